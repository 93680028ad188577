// The parts of copying one open file: its contents and what belongs to it. Knows nothing of names and directories.

import { NuncError } from '../error.ts';
import { fileCall, type FileStatus } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import * as L from '../linux/constants.ts';
import { errno, errnoMessage, namedErrno } from '../linux/errno.ts';
import type { Rights } from './container-rights.ts';

/** What all files of one copy share. */
export interface Copying {
  readonly ffi: Ffi;
  readonly rights: Rights;
  /** Scratch, of ATTRIBUTES_SIZE bytes each. */
  readonly attributes: { readonly names: Uint8Array; readonly value: Uint8Array };
}

/** The kernel's limit both of all names and of one value, xattr(7). */
export const ATTRIBUTES_SIZE = 65536;

interface OpenFile {
  readonly from: number;
  readonly to: number;
  readonly status: FileStatus;
  readonly path: Uint8Array;
}

/** What sendfile(2) moves at most in one call. */
const MOST_AT_ONCE = 0x7ffff000;

/** Copies as many bytes as the file had when it was looked at; holes stay holes. */
export function copyContents({ ffi }: Copying, { from, to, status, path }: OpenFile): void {
  const { size } = status;
  // What a number can't count exactly, no tmpfs holds either.
  if (size > Number.MAX_SAFE_INTEGER) need(-errno.EFBIG, path);
  for (let at = 0; at < size;) {
    // Some file systems can't tell, and give EINVAL.
    const start = fileCall(ffi, 'lseek', from, at, L.SEEK_DATA);
    const hole = start < 0 ? start : fileCall(ffi, 'lseek', from, start, L.SEEK_HOLE);
    // Nothing but a hole; or cut off meanwhile.
    if (start === -errno.ENXIO || hole === -errno.ENXIO) break;
    const end = hole === -errno.EINVAL ? size : Math.min(need(hole, path), size);
    if (start > at) at = start;
    need(fileCall(ffi, 'lseek', from, at, L.SEEK_SET), path);
    need(fileCall(ffi, 'lseek', to, at, L.SEEK_SET), path);
    while (at < end) {
      const sent = need(fileCall(ffi, 'sendfile', to, from, 0, Math.min(end - at, MOST_AT_ONCE)), path);
      if (sent === 0) break;
      at += sent;
    }
    if (at < end) break;
  }
  need(fileCall(ffi, 'ftruncate', to, size), path);
}

/** Owner, then what a change of owner takes away: file capabilities and the set-id bits; at last the times. */
export function copyAttributes(copy: Copying, file: OpenFile): void {
  const { ffi, rights } = copy;
  const { to, status, path } = file;
  const { uid, gid, foreign } = rights.ownerOfCopy(status);
  need(fileCall(ffi, 'fchown', to, uid, gid), path);
  copyExtendedAttributes(copy, file);
  // Set-id bits are for the owner that the file had.
  need(fileCall(ffi, 'fchmod', to, status.mode & (foreign ? 0o1777 : 0o7777)), path);
  need(fileCall(ffi, 'utimensat', to, 0, status.times, 0), path);
}

/** Those that belong to a file itself: labels, measurements and an overlay's marks are the host's. */
function isCopied(name: string): boolean {
  return name.startsWith('user.') || name === 'security.capability'
    || name === 'system.posix_acl_access' || name === 'system.posix_acl_default';
}

function copyExtendedAttributes({ ffi, attributes }: Copying, { from, to, path }: OpenFile): void {
  const { names, value } = attributes;
  const length = fileCall(ffi, 'flistxattr', from, names, names.length);
  if (length === -errno.EOPNOTSUPP) return;
  let at = 0;
  while (at < need(length, path)) {
    const end = names.indexOf(0, at) + 1;
    const name = names.slice(at, end);
    at = end;
    if (!isCopied(new TextDecoder().decode(name.subarray(0, -1)))) continue;
    const size = fileCall(ffi, 'fgetxattr', from, name, value, value.length);
    // Removed meanwhile.
    if (size === -errno.ENODATA) continue;
    const result = fileCall(ffi, 'fsetxattr', to, name, value, need(size, path), 0);
    // A tmpfs has no user.… ones before Linux 6.6.
    if (result !== -errno.EOPNOTSUPP) need(result, path);
  }
}

/** The result of a call. @throws NuncError when it has failed, with what was being copied */
export function need(result: number, path: Uint8Array): number;
export function need<Success extends object>(result: Success | number, path: Uint8Array): Success;
export function need(result: object | number, path: Uint8Array): object | number {
  if (typeof result !== 'number' || result >= 0) return result;
  const name = path.length === 0 ? 'the directory' : JSON.stringify(new TextDecoder().decode(path));
  throw new NuncError('syscall', `cannot copy ${name}: ${errnoMessage(-result)}`, { errno: namedErrno(-result) });
}
