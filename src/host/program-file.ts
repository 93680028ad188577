// A look at a program in a rootfs, to say why it can't be executed or to warn of it beforehand. The rootfs is hostile:
// its links are resolved inside it (openat2(2)), nothing but a regular file is opened, and little of that is read.
// Sees the directory only, none of the mounts that the container will have on it. Not on the way of any start.

import { closeSync, readSync } from 'node:fs';
import { descriptorPath, fileCall, nameOf, openHow, statusOf } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { type ElfHeader, isElf, type ReadAt, readElfHeader } from './elf-header.ts';

/** What is in a regular file, by what execve(2) makes of it. */
export type ProgramContent =
  | ({ readonly kind: 'elf' } & ElfHeader)
  /** `#!`; the interpreter as it stands there, a carriage return at its end included. */
  | { readonly kind: 'script'; readonly interpreter: string; readonly argument?: string }
  | { readonly kind: 'empty' }
  /** ENOEXEC, unless binfmt_misc knows better: a text without `#!`, an object file. */
  | { readonly kind: 'unknown' };

export type ProgramFile =
  | { readonly kind: 'directory' }
  /** A device, a fifo or a socket. */
  | { readonly kind: 'special' }
  /** Why it can't be reached, or can't be read by this caller. */
  | { readonly kind: 'missing' | 'unreadable'; readonly errno: number }
  | (ProgramContent & {
    /** Whether anybody at all may execute it. */
    readonly executable: boolean;
  });

/**
 * Looks at a file of a rootfs.
 *
 * @param rootfs the directory, an absolute path of the host
 * @param path as the container has it; a relative one is relative to its root
 */
export function inspectProgram(ffi: Ffi, rootfs: string, path: string): ProgramFile {
  if (path.includes('\0')) return { kind: 'missing', errno: errno.ENOENT };
  const flags = L.O_PATH | L.O_CLOEXEC;
  const root = fileCall(ffi, 'openat', L.AT_FDCWD, nameOf(rootfs), flags | L.O_DIRECTORY, 0);
  if (root < 0) return { kind: 'missing', errno: -root };
  let found = -1;
  try {
    found = resolve(ffi, root, path === '' ? '.' : path);
    return found < 0 ? { kind: 'missing', errno: -found } : inspectOpen(ffi, found);
  } finally {
    closeSync(root);
    if (found >= 0) closeSync(found);
  }
}

/** Opens a path below `root` as O_PATH. @returns the descriptor, or -errno */
function resolve(ffi: Ffi, root: number, path: string): number {
  const how = openHow(L.O_PATH | L.O_CLOEXEC, L.RESOLVE_IN_ROOT | L.RESOLVE_NO_MAGICLINKS);
  let found = -errno.EAGAIN;
  // As plans do: `again` in plan/operation.ts.
  for (let left = MOST_TRIES; found === -errno.EAGAIN && left > 0; left--) {
    found = fileCall(ffi, 'openat2', root, nameOf(path), how, L.OPEN_HOW_SIZE);
  }
  return found;
}

/** How often what is renamed elsewhere on the host may stand in the way: for some tenths of a second. */
const MOST_TRIES = 10_000;

/** @param found open as O_PATH */
function inspectOpen(ffi: Ffi, found: number): ProgramFile {
  const status = statusOf(ffi, found);
  if (typeof status === 'number') return { kind: 'unreadable', errno: -status };
  const type = status.mode & L.S_IFMT;
  if (type === L.S_IFDIR) return { kind: 'directory' };
  if (type !== L.S_IFREG) return { kind: 'special' };
  const executable = (status.mode & 0o111) !== 0;
  // Through procfs it is that very file, which is known not to block.
  const flags = L.O_RDONLY | L.O_CLOEXEC | L.O_NONBLOCK | L.O_NOCTTY;
  const opened = fileCall(ffi, 'openat', L.AT_FDCWD, descriptorPath(found), flags, 0);
  if (opened < 0) return { kind: 'unreadable', errno: -opened };
  try {
    return { ...readContent((offset, length) => readBytes(opened, offset, length)), executable };
  } catch {
    return { kind: 'unreadable', errno: errno.EIO };
  } finally {
    closeSync(opened);
  }
}

function readBytes(...[descriptor, offset, length]: [descriptor: number, offset: number, length: number]): Uint8Array {
  const bytes = new Uint8Array(length);
  if (!Number.isSafeInteger(offset)) return bytes.subarray(0, 0);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
}

/** As much as the kernel looks at of a script: BINPRM_BUF_SIZE. */
const START = 256;

/** What a file is by its content. */
export function readContent(readAt: ReadAt): ProgramContent {
  const start = readAt(0, START);
  if (start.length === 0) return { kind: 'empty' };
  if (isElf(start)) {
    const header = readElfHeader(readAt);
    return header === undefined ? { kind: 'unknown' } : { kind: 'elf', ...header };
  }
  return readScript(start) ?? { kind: 'unknown' };
}

/** fs/binfmt_script.c: blanks around, the first word, and all the rest as one argument. */
function readScript(start: Uint8Array): ProgramContent | undefined {
  if (start[0] !== 0x23 || start[1] !== 0x21) return undefined;
  const line = new TextDecoder().decode(start.subarray(2)).split(/[\n\0]/, 1)[0] ?? '';
  const [, interpreter = '', argument = ''] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (interpreter === '') return undefined;
  return { kind: 'script', interpreter, ...(argument === '' ? {} : { argument }) };
}
