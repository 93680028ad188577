// The closed set of errors that nunc reports to a person. Knows nothing of where they are printed.

import { type Finding, lineOf } from './finding.ts';

/** What went wrong: the command line, config.json, the container's state, a system call, a hook, or this host. */
export type ErrorKind = 'usage' | 'config' | 'state' | 'syscall' | 'hook' | 'host';

interface ErrorOptions {
  readonly cause?: unknown;
  /** Exit status of the command; 1 unless told, as runc's. */
  readonly exitStatus?: number;
}

/** An error with a message for a person: `cannot <action> "<object>": <reason>`, one line, no final period. */
export class NuncError extends Error {
  readonly kind: ErrorKind;
  readonly exitStatus: number;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.exitStatus = options.exitStatus ?? 1;
  }
}

interface ConfigErrorOptions extends ErrorOptions {
  /** What is wrong, when it is not a config.json; '' where the findings say themselves what they are about. */
  readonly document?: string;
}

/** Everything that is wrong with one config.json. */
export class ConfigError extends NuncError {
  readonly findings: readonly Finding[];
  /** The same, one line each. */
  readonly problems: readonly string[];

  constructor(findings: readonly Finding[], { document, ...options }: ConfigErrorOptions = {}) {
    const problems = findings.map((finding) => lineOf(finding, document));
    super('config', problems.join('; '), options);
    this.findings = findings;
    this.problems = problems;
  }
}

/** The errno's name (`ENOENT`) of a failed call of the engine's; undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What a caught value says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The kernel's reason alone: the engines' messages have it between the errno's name and the call's. */
export function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return /: (.*?), /.exec(message)?.[1] ?? message;
}

/** Makes the compiler prove that a `switch` is exhaustive; throws when a value got past the types. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
