// The closed set of errors that nunc reports to a person. Knows nothing of where they are printed.

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

/** Everything that is wrong with one config.json, one line a problem. */
export class ConfigError extends NuncError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('config', problems.join('; '));
    this.problems = problems;
  }
}

/** Makes the compiler prove that a `switch` is exhaustive; throws when a value got past the types. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
