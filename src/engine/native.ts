// What engine.c has for the modules beside it. Types only.

import type { SpawnLibc } from '../ffi/posix-spawn.ts';

export interface Native {
  /** As Node names it. */
  readonly arch: 'x64' | 'arm64';
  readonly libc: SpawnLibc;
  /** The result or -errno; -EINVAL also for a string with a NUL in it. */
  syscall(number: number, ...args: readonly (number | string | Uint8Array)[]): number;
  address(memory: Uint8Array): number;
  encode(text: string): ArrayBuffer;
  decode(bytes: Uint8Array, fatal: boolean, stream: boolean): string | undefined;
  latin1(bytes: Uint8Array): string;
  /** JSON.parse, for documents that are not too deep. */
  parse(text: string): unknown;
  /** Milliseconds since the program began. */
  now(): number;
  argv(): ArrayBuffer[];
  environ(): ArrayBuffer[];
}

declare global {
  // eslint-disable-next-line no-var -- how TypeScript declares a property of globalThis
  var nuncNative: Native;
}

export const native = nuncNative;
