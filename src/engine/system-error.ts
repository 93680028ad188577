// Errors of failed system calls, in the form of Node's: a message that has the reason between the errno's name and the
// call's, and the properties `code`, `errno`, `syscall`, `path`.

import { errno, errnoMessage, errnoName } from '../linux/errno.ts';
import { decodeUtf8 } from './text.ts';

export type Path = string | Uint8Array;

export class SystemError extends Error {
  readonly code: string;
  /** Negative. */
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;

  constructor(number: number, syscall: string, path?: Path, other?: Path) {
    const code = errnoName(number);
    const subject = path === undefined ? '' : ` '${textOf(path)}'`;
    const target = other === undefined ? '' : ` -> '${textOf(other)}'`;
    super(`${code}: ${errnoMessage(number)}, ${syscall}${subject}${target}`);
    this.code = code;
    this.errno = -number;
    this.syscall = syscall;
    this.path = path === undefined ? undefined : textOf(path);
  }
}

function textOf(path: Path): string {
  return typeof path === 'string' ? path : decodeUtf8(path);
}

/** @returns the result. @throws SystemError for -errno */
export function check(result: number, syscall: string, path?: Path, other?: Path): number {
  if (result < 0) throw new SystemError(-result, syscall, path, other);
  return result;
}

/** The same call again after a signal. @returns the result or -errno */
export function patiently(call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -errno.EINTR) return result;
  }
}
