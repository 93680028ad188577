// This machine's system calls by name.

import { native } from '../ffi/native.ts';
import { syscalls } from '../linux/syscalls.ts';

/** Of this machine's architecture. */
export const numbers = native.arch === 'arm64' ? syscalls.aarch64 : syscalls.x86_64;

/** A path as system calls take it. One with a NUL in it stays one: as a string it is refused. */
export function pathArgument(path: string | Uint8Array): string | Uint8Array {
  if (typeof path === 'string') return path;
  if (path.includes(0)) return '\0';
  const terminated = new Uint8Array(path.length + 1);
  terminated.set(path);
  return terminated;
}

/** The 64 bits of a structure's field as a number, exact up to 2^53. */
export function readLong(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}
