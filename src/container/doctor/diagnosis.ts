// One thing that doctor says of this host. Knows nothing of what there is to look at.

/** `ok`: as it should be. `info`: a fact, or something that few need. `warn`: some configs can't be done. `fail`: no
 * container can be run. */
export type Severity = 'ok' | 'info' | 'warn' | 'fail';

export interface Diagnosis {
  /** A name for programs, and for people who look for it. */
  readonly name: string;
  readonly severity: Severity;
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Looks at files of the host, or of a tree that stands for one. */
export interface Files {
  /** undefined for what can't be read. */
  read(path: string): string | undefined;
  exists(path: string): boolean;
  isWritable(path: string): boolean;
}

export function ok(name: string, text: string): Diagnosis {
  return { name, severity: 'ok', text };
}

export function info(name: string, text: string, remedy?: string): Diagnosis {
  return { name, severity: 'info', text, ...(remedy === undefined ? {} : { remedy }) };
}

export function warn(name: string, text: string, remedy?: string): Diagnosis {
  return { name, severity: 'warn', text, ...(remedy === undefined ? {} : { remedy }) };
}

export function fail(name: string, text: string, remedy?: string): Diagnosis {
  return { name, severity: 'fail', text, ...(remedy === undefined ? {} : { remedy }) };
}
