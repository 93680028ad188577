// What nunc uses of node:fs, on system calls. Descriptors are close-on-exec, as Node's.

import { native } from '../ffi/native.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { Bytes } from './buffer.ts';
import { numbers, pathArgument, readLong } from './calls.ts';
import { check, type Path, patiently, SystemError } from './system-error.ts';
import { decodeUtf8 } from './text.ts';

export { mkdirSync, readdirSync, rmdirSync, rmSync } from './directories.ts';
export { fstatSync, lstatSync, statSync } from './stats.ts';

const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;

export const constants = {
  F_OK: 0, R_OK: 4, W_OK: 2, X_OK: L.X_OK,
  O_RDONLY: L.O_RDONLY, O_WRONLY: L.O_WRONLY, O_RDWR: L.O_RDWR, O_CREAT: L.O_CREAT, O_EXCL: L.O_EXCL,
  O_NOCTTY: L.O_NOCTTY, O_TRUNC, O_APPEND, O_NONBLOCK: L.O_NONBLOCK, O_DIRECTORY: L.O_DIRECTORY,
  O_NOFOLLOW: L.O_NOFOLLOW,
} as const;

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL } = L;
const FLAGS: Readonly<Record<string, number>> = {
  'r': 0, 'r+': O_RDWR, 'w': O_WRONLY | O_CREAT | O_TRUNC, 'wx': O_WRONLY | O_CREAT | O_EXCL,
  'a': O_WRONLY | O_CREAT | O_APPEND,
};

/** @throws SystemError */
export function openSync(path: Path, flags: string | number = 'r', mode = 0o666): number {
  const bits = typeof flags === 'number' ? flags : FLAGS[flags];
  if (bits === undefined) throw new TypeError(`unknown flags ${flags}`);
  const file = pathArgument(path);
  const open = (): number => native.syscall(numbers.openat, L.AT_FDCWD, file, bits | L.O_CLOEXEC, mode);
  return check(patiently(open), 'open', path);
}

/** @throws SystemError */
export function closeSync(descriptor: number): void {
  const result = native.syscall(numbers.close, descriptor);
  // It is closed all the same: close(2).
  if (result !== -errno.EINTR) check(result, 'close');
}

/** @throws SystemError */
// eslint-disable-next-line max-params -- node:fs has them
export function readSync(
  descriptor: number, into: Uint8Array, offset = 0, length = into.length - offset, position: number | null = null,
): number {
  const memory = into.subarray(offset, offset + length);
  return check(patiently(() => readOnce(descriptor, memory, position)), 'read');
}

function readOnce(descriptor: number, memory: Uint8Array, position: number | null): number {
  if (position === null) return native.syscall(numbers.read, descriptor, memory, memory.length);
  return native.syscall(numbers.pread64, descriptor, memory, memory.length, position);
}

/** @returns how many bytes were written, which can be fewer. @throws SystemError */
export function writeSync(descriptor: number, data: string | Uint8Array, offset = 0): number {
  const memory = (typeof data === 'string' ? new Uint8Array(native.encode(data)) : data).subarray(offset);
  return check(patiently(() => native.syscall(numbers.write, descriptor, memory, memory.length)), 'write');
}

type Encoding = 'utf8' | 'latin1';

let scratch: Uint8Array | undefined;

/** A file's contents. @throws SystemError */
export function readFileSync(path: Path | number, encoding: Encoding): string;
export function readFileSync(path: Path | number): Bytes;
export function readFileSync(path: Path | number, encoding?: Encoding): string | Bytes {
  const descriptor = typeof path === 'number' ? path : openSync(path);
  try {
    const bytes = readAll(descriptor);
    if (encoding === undefined) return new Bytes(bytes);
    return encoding === 'latin1' ? native.latin1(bytes) : decodeUtf8(bytes);
  } finally {
    if (typeof path !== 'number') closeSync(descriptor);
  }
}

/** In memory that the next call uses again. */
function readAll(descriptor: number): Uint8Array {
  let block = (scratch ??= new Uint8Array(1 << 16));
  for (let length = 0;;) {
    // By its address: an object for the part costs more than the call.
    const count = native.syscall(numbers.read, descriptor, native.address(block) + length, block.length - length);
    if (count === -errno.EINTR) continue;
    if (check(count, 'read') === 0) return block.subarray(0, length);
    length += count;
    if (length < block.length) continue;
    const larger = new Uint8Array(2 * block.length);
    larger.set(block);
    block = larger;
  }
}

interface WriteOptions {
  readonly mode?: number;
  readonly flag?: string;
}

/** @throws SystemError */
export function writeFileSync(path: Path, data: string | Uint8Array, { mode, flag = 'w' }: WriteOptions = {}): void {
  const bytes = typeof data === 'string' ? new Uint8Array(native.encode(data)) : data;
  const descriptor = openSync(path, flag, mode);
  try {
    // Also what is empty: for some files of the kernel's that says something.
    let written = writeSync(descriptor, bytes);
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  } finally {
    closeSync(descriptor);
  }
}

/** As the real user. @throws SystemError */
export function accessSync(path: Path, mode = 0): void {
  check(native.syscall(numbers.faccessat, L.AT_FDCWD, pathArgument(path), mode), 'access', path);
}

export function existsSync(path: Path): boolean {
  return native.syscall(numbers.faccessat, L.AT_FDCWD, pathArgument(path), 0) >= 0;
}

/** @throws SystemError */
export function unlinkSync(path: Path): void {
  check(native.syscall(numbers.unlinkat, L.AT_FDCWD, pathArgument(path), 0), 'unlink', path);
}

/** @throws SystemError */
export function renameSync(from: Path, to: Path): void {
  const paths = [pathArgument(from), pathArgument(to)] as const;
  check(native.syscall(numbers.renameat2, L.AT_FDCWD, paths[0], L.AT_FDCWD, paths[1], 0), 'rename', from, to);
}

/** @throws SystemError */
export function chmodSync(path: Path, mode: number): void {
  check(native.syscall(numbers.fchmodat, L.AT_FDCWD, pathArgument(path), mode), 'chmod', path);
}

/** @throws SystemError */
export function chownSync(path: Path, uid: number, gid: number): void {
  check(native.syscall(numbers.fchownat, L.AT_FDCWD, pathArgument(path), uid, gid, 0), 'chown', path);
}

/** @throws SystemError */
export function readlinkSync(path: Path): string {
  for (let size = 256;; size *= 4) {
    const block = new Uint8Array(size);
    const length = native.syscall(numbers.readlinkat, L.AT_FDCWD, pathArgument(path), block, size);
    if (length < 0) throw new SystemError(-length, 'readlink', path);
    if (length < size) return decodeUtf8(block.subarray(0, length));
  }
}

/** Offsets into struct statfs of 64-bit architectures. */
const STATFS = { type: 0, bsize: 8, blocks: 16, bfree: 24, bavail: 32, files: 40, ffree: 48, size: 120 } as const;

/** @throws SystemError */
export function statfsSync(path: Path): Record<'type' | 'bsize' | 'blocks' | 'bfree' | 'bavail', number> {
  const block = new Uint8Array(STATFS.size);
  check(native.syscall(numbers.statfs, pathArgument(path), block), 'statfs', path);
  const view = new DataView(block.buffer);
  const long = (offset: number): number => readLong(view, offset);
  const { type, bsize, blocks, bfree, bavail } = STATFS;
  return { type: long(type), bsize: long(bsize), blocks: long(blocks), bfree: long(bfree), bavail: long(bavail) };
}
