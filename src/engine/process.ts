// What nunc uses of Node's `process`.

import { native } from '../ffi/native.ts';
import { PATH_MAX, TIOCGWINSZ } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { SIGNALS } from '../linux/signals.ts';
import { numbers } from './calls.ts';
import { listen, signalNumber } from './loop.ts';
import { check, SystemError } from './system-error.ts';
import { decodeUtf8 } from './text.ts';

const STDOUT = 1;

class Process {
  readonly arch = native.arch;
  readonly #onExit = new Set<() => void>();
  #env: Record<string, string> | undefined;

  get argv(): string[] {
    return native.argv();
  }

  get env(): Record<string, string> {
    return (this.#env ??= readEnvironment());
  }

  get pid(): number {
    return native.syscall(numbers.getpid);
  }

  get ppid(): number {
    return native.syscall(numbers.getppid);
  }

  get stdout(): { isTTY: boolean; columns: number } {
    // struct winsize: rows, columns, and two that nobody fills.
    const size = new Uint16Array(4);
    const result = native.syscall(numbers.ioctl, STDOUT, TIOCGWINSZ, new Uint8Array(size.buffer));
    return { isTTY: result >= 0, columns: size[1] ?? 0 };
  }

  geteuid(): number {
    return native.syscall(numbers.geteuid);
  }

  getegid(): number {
    return native.syscall(numbers.getegid);
  }

  /** @throws SystemError for a directory that can't be named any more */
  cwd(): string {
    const block = new Uint8Array(PATH_MAX);
    const length = check(native.syscall(numbers.getcwd, block, block.length), 'getcwd');
    const path = decodeUtf8(block.subarray(0, length - 1));
    // Outside the root directory, or in one that is gone: getcwd(2).
    if (!path.startsWith('/')) throw new SystemError(errno.ENOENT, 'getcwd');
    return path;
  }

  /** @returns the mask before */
  umask(mask?: number): number {
    const before = native.syscall(numbers.umask, mask ?? 0);
    if (mask === undefined) native.syscall(numbers.umask, before);
    return before;
  }

  /** @throws SystemError */
  kill(pid: number, signal: number | string): void {
    const number = typeof signal === 'number' ? signal : signalNumber(signal);
    if (number === undefined) throw new TypeError(`Unknown signal: ${signal}`);
    check(native.syscall(numbers.kill, pid, number), 'kill');
  }

  on(event: string, listener: () => void): void {
    const signal = signalNumber(event);
    if (signal !== undefined) listen(signal, listener);
    else this.#onExit.add(listener);
  }

  off(_event: string, listener: () => void): void {
    this.#onExit.delete(listener);
  }

  exit(status: number): never {
    for (const listener of this.#onExit) listener();
    native.syscall(numbers.exit_group, status);
    throw new Error('exit_group(2) has returned');
  }

  abort(): never {
    native.syscall(numbers.kill, this.pid, SIGNALS['ABRT'] ?? 0);
    return this.exit(1);
  }
}

function readEnvironment(): Record<string, string> {
  // Without a prototype: a variable can be called `constructor`.
  const environment = Object.create(null) as Record<string, string>;
  for (const text of native.environ()) {
    const at = text.indexOf('=', 1);
    if (at < 0) continue;
    const name = text.slice(0, at);
    // Of two of the same name getenv(3) finds the first.
    environment[name] ??= text.slice(at + 1);
  }
  return environment;
}

export const nodeProcess = new Process();
