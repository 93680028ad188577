// System calls on files by directory descriptor and name, which node:fs does not have. Names are bytes that end in NUL,
// as the kernel gives them: they need not be UTF-8. Results are as the port's, negative errnos.

import * as L from '../linux/constants.ts';
import type { syscalls } from '../linux/syscalls.ts';
import type { Ffi, SyscallArgument } from './port.ts';
import { numbers } from './system-calls.ts';

type FileCall = keyof typeof syscalls.aarch64 & keyof typeof syscalls.x86_64;

/** Any call that all architectures have. */
export function fileCall(ffi: Ffi, name: FileCall, ...args: readonly SyscallArgument[]): number {
  return ffi.syscall(numbers[name], ...args);
}

/** A name as the kernel wants it. */
export function nameOf(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

const EMPTY_NAME = nameOf('');

/** What statx(2) says of a file. */
export interface FileStatus {
  /** The file's type and permissions. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Device and inode, as one key. */
  readonly identity: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** struct timespec[2], as utimensat(2) takes it. */
  readonly times: Uint8Array;
}

const STRUCT_STATX_SIZE = 256;
/** Offsets into struct statx. */
const STATX = {
  links: 16, uid: 20, gid: 24, mode: 28, inode: 32, size: 40, atime: 64, mtime: 112, rdevMajor: 128, rdevMinor: 132,
  deviceMajor: 136, deviceMinor: 140,
} as const;

/** statx(2) of an open file. @returns its status or -errno */
export function statusOf(ffi: Ffi, descriptor: number): FileStatus | number {
  const block = new Uint8Array(STRUCT_STATX_SIZE);
  const flags = L.AT_EMPTY_PATH | L.AT_NO_AUTOMOUNT;
  const result = fileCall(ffi, 'statx', descriptor, EMPTY_NAME, flags, L.STATX_BASIC_STATS, block);
  if (result < 0) return result;
  const view = new DataView(block.buffer);
  const word = (offset: number): number => view.getUint32(offset, true);
  const times = new Uint8Array(32);
  copyTime(view, STATX.atime, times, 0);
  copyTime(view, STATX.mtime, times, 16);
  return {
    mode: view.getUint16(STATX.mode, true),
    links: word(STATX.links),
    uid: word(STATX.uid),
    gid: word(STATX.gid),
    size: Number(view.getBigUint64(STATX.size, true)),
    identity: `${word(STATX.deviceMajor)}:${word(STATX.deviceMinor)}:${view.getBigUint64(STATX.inode, true)}`,
    deviceMajor: word(STATX.rdevMajor),
    deviceMinor: word(STATX.rdevMinor),
    times,
  };
}

/** struct statx_timestamp (64-bit seconds, 32-bit nanoseconds) to struct timespec. */
function copyTime(from: DataView, offset: number, ...[to, at]: [Uint8Array, number]): void {
  const view = new DataView(to.buffer);
  view.setBigInt64(at, from.getBigInt64(offset, true), true);
  view.setUint32(at + 8, from.getUint32(offset + 8, true), true);
}

/** The text of a symbolic link that is open as O_PATH, NUL-terminated; or -errno. */
export function linkText(ffi: Ffi, descriptor: number): Uint8Array | number {
  const text = new Uint8Array(L.PATH_MAX + 1);
  const length = fileCall(ffi, 'readlinkat', descriptor, EMPTY_NAME, text, L.PATH_MAX);
  return length < 0 ? length : text.subarray(0, length + 1);
}

/** The path of an open file through procfs, which leads to that very file. */
export function descriptorPath(descriptor: number): Uint8Array {
  return nameOf(`/proc/self/fd/${descriptor}`);
}

/** struct open_how of openat2(2), without a mode. */
export function openHow(flags: number, resolve: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(flags), 0n, BigInt(resolve)).buffer);
}
