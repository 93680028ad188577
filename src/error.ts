// The closed set of errors that nunc reports to a person, and what a program can know of each. Knows nothing of where
// they are printed.

import { type Finding, firstOf, lineOf } from './finding.ts';

/** What went wrong: the command line, config.json, the container's state, a system call, a hook, or this host. */
export type ErrorKind = 'usage' | 'config' | 'state' | 'syscall' | 'hook' | 'host';

/** What programs know an error by: docs/errors.md has the cause and the remedy of each. They stay as they are. */
export const ERROR_CODES = [
  'E_USAGE', 'E_CONFIG', 'E_NOT_FOUND', 'E_EXISTS', 'E_STATE', 'E_EXEC', 'E_MOUNT', 'E_CGROUP', 'E_NAMESPACE',
  'E_NETWORK', 'E_SECCOMP', 'E_MEMORY', 'E_HOOK', 'E_CHECKPOINT', 'E_PERMISSION', 'E_HOST', 'E_SYSCALL', 'E_INTERNAL',
] as const;

export type ErrorCode = typeof ERROR_CODES[number];

/** What errors of a kind are, where nothing more is known of them. */
const CODES: Readonly<Record<ErrorKind, ErrorCode>> = {
  usage: 'E_USAGE', config: 'E_CONFIG', state: 'E_STATE', syscall: 'E_SYSCALL', hook: 'E_HOOK', host: 'E_HOST',
};

/** An error number of the kernel's. */
export interface Errno {
  /** `ENOENT`. */
  readonly name: string;
  readonly number: number;
}

/** The operation of a plan that has failed. */
export interface FailedOperation {
  /** From 0, as `nunc explain --format json` counts; a message says one more. */
  readonly index: number;
  /** How many the plan has. */
  readonly of: number;
  /** A system call's name, or one of the few kinds between calls. */
  readonly kind: string;
  /** What it was for, to follow "cannot". */
  readonly action: string;
}

/** What a program can know of an error. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly operation?: FailedOperation | undefined;
  /** JSON pointer of the entry of config.json that asked for what has failed. */
  readonly origin?: string | undefined;
  readonly errno?: Errno | undefined;
  /** What may be behind it, or what can be done about it: a clause without a final period. Not one of the phrases that
   * managers look for in messages, unless the message has it too. */
  readonly hint?: string | undefined;
}

export interface ErrorOptions extends Partial<ErrorDetails> {
  /** What of the details is not given is the cause's, where that is a NuncError. */
  readonly cause?: unknown;
  /** Exit status of the command; 1 unless told, as runc's. */
  readonly exitStatus?: number;
}

/** An error with a message for a person: `cannot <action> "<object>": <reason>`, one line, no final period. The hint is
 * not in it. */
export class NuncError extends Error implements ErrorDetails {
  readonly kind: ErrorKind;
  readonly exitStatus: number;
  readonly code: ErrorCode;
  readonly operation: FailedOperation | undefined;
  readonly origin: string | undefined;
  readonly errno: Errno | undefined;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    const { cause } = options;
    const inherited = cause instanceof NuncError ? cause : undefined;
    super(message, { cause });
    this.kind = kind;
    this.exitStatus = options.exitStatus ?? 1;
    this.errno = options.errno ?? inherited?.errno ?? errnoOf(cause);
    this.code = options.code ?? inherited?.code ?? codeFor(kind, this.errno);
    this.operation = options.operation ?? inherited?.operation;
    this.origin = options.origin ?? inherited?.origin;
    this.hint = options.hint ?? inherited?.hint;
  }
}

/** Who may not call the kernel so is told apart from whom it can't serve. */
function codeFor(kind: ErrorKind, errno: Errno | undefined): ErrorCode {
  const denied = kind === 'syscall' && (errno?.name === 'EACCES' || errno?.name === 'EPERM');
  return denied ? 'E_PERMISSION' : CODES[kind];
}

interface ConfigErrorOptions extends ErrorOptions {
  /** What is wrong, when it is not a config.json; '' where the findings say themselves what they are about. */
  readonly document?: string;
}

/** Everything that is wrong with one config.json, or of very much the first. What there is to say of
 * one finding alone is said of the error. */
export class ConfigError extends NuncError {
  readonly findings: readonly Finding[];
  /** The same, one line each. */
  readonly problems: readonly string[];

  constructor(all: readonly Finding[], { document, ...options }: ConfigErrorOptions = {}) {
    const findings = firstOf(all);
    const problems = findings.map((finding) => lineOf(finding, document));
    const [only, ...more] = findings;
    const alone = only === undefined || more.length > 0 ? {} : { origin: only.pointer || undefined, hint: only.hint };
    super('config', problems.join('; '), { ...alone, ...options });
    this.findings = findings;
    this.problems = problems;
  }
}

/** A line for a person: what has happened and, behind a semicolon, the hint. */
export function sentenceOf({ message, hint }: Pick<ErrorDetails, 'hint'> & { readonly message: string }): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

/** The errno's name (`ENOENT`) of a failed call of the engine's; undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof NuncError) return undefined;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The errno of a failed call of the engine's, which has it negated as libuv does. */
function errnoOf(error: unknown): Errno | undefined {
  const name = codeOf(error);
  if (name === undefined || !(error instanceof Error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? { name, number: Math.abs(error.errno) } : undefined;
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
