// What the executable's engine has for the modules in TypeScript (engine/engine.c).

import type { SpawnLibc } from './posix-spawn.ts';

export interface Native {
  /** As Node names it. */
  readonly arch: 'x64' | 'arm64';
  readonly libc: SpawnLibc;
  /** The result or -errno; -EINVAL also for a string with a NUL in it. */
  syscall(number: number, ...args: readonly (number | string | Uint8Array)[]): number;
  address(memory: Uint8Array): number;
  encode(text: string): ArrayBuffer;
  /** As much of the text as there is room for. @returns how many bytes; less 1 and negated when that is not all */
  encodeInto(text: string, into: Uint8Array): number;
  decode(bytes: Uint8Array, fatal: boolean, stream: boolean): string | undefined;
  latin1(bytes: Uint8Array): string;
  /** JSON.parse, for documents that are not too deep. */
  parse(text: string): unknown;
  /** Milliseconds since the program began. */
  now(): number;
  /** What is not UTF-8 has U+FFFD in its place. */
  argv(): string[];
  environ(): string[];
}

declare global {
  var nuncNative: Native;
}

export const native = nuncNative;
