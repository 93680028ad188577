// Copies what is in a directory into another one: contents with their holes, owners, modes, times, extended attributes,
// links, hard links and special files. The source belongs to a container and may change meanwhile: every entry is
// opened once, without following it, and read through that descriptor alone; what it turned out to be decides. The
// destination is a file system that nobody else can reach yet: only its size bounds what is copied.

import { closeSync } from 'node:fs';
import { descriptorPath, fileCall, type FileStatus, linkText, statusOf } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { Rights } from './container-rights.ts';
import { ATTRIBUTES_SIZE, copyAttributes, copyContents, type Copying, need } from './copy-file.ts';

interface Copy extends Copying {
  /** The destination's root. */
  readonly root: number;
  /** Where files with several names were copied to first: path below `root`, NUL-terminated, by identity. */
  readonly links: Map<string, Uint8Array>;
}

/** A directory that is being copied. */
interface Frame {
  readonly from: number;
  readonly to: number;
  readonly status: FileStatus;
  /** Below the root, without a slash in front. */
  readonly path: Uint8Array;
  /** struct linux_dirent64, one after the other; those from `at` on are still to come. */
  readonly entries: Uint8Array;
  filled: number;
  at: number;
}

/** An entry on its way. */
interface Entry {
  readonly frame: Frame;
  /** NUL-terminated. */
  readonly name: Uint8Array;
  /** Open as O_PATH. */
  readonly descriptor: number;
  readonly status: FileStatus;
}

const ENTRIES_SIZE = 32768;

/**
 * Copies the entries of the directory `from` into the directory `to`. Both stay open, and `to` as it is.
 *
 * @throws NuncError `cannot copy "<path>": <reason>`
 */
export function copyTree(ffi: Ffi, ends: { from: number; to: number }, rights: Rights): void {
  const attributes = { names: new Uint8Array(ATTRIBUTES_SIZE), value: new Uint8Array(ATTRIBUTES_SIZE) };
  const copy: Copy = { ffi, rights, attributes, root: ends.to, links: new Map() };
  const none = new Uint8Array();
  const status = need(statusOf(ffi, ends.from), none);
  const frames: Frame[] = [openFrame(copy, { descriptor: ends.from, status, to: ends.to, path: none })];
  try {
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const name = nextName(copy, frame);
      if (name === undefined) leaveFrame(copy, frames);
      else copyEntry(copy, frames, name);
    }
  } finally {
    for (const frame of frames) closeFrame(frame, ends.to);
  }
}

interface Directory {
  readonly descriptor: number;
  readonly status: FileStatus;
  readonly to: number;
  readonly path: Uint8Array;
}

function openFrame(copy: Copy, { descriptor, status, to, path }: Directory): Frame {
  const from = reopen(copy, { descriptor, status, path }, L.O_DIRECTORY);
  return { from, to, status, path, entries: new Uint8Array(ENTRIES_SIZE), filled: 0, at: 0 };
}

function closeFrame(frame: Frame, root: number): void {
  closeSync(frame.from);
  if (frame.to !== root) closeSync(frame.to);
}

/** Opens for reading what is open as O_PATH: the very file, whatever its name leads to by now. */
function reopen(
  { ffi, rights }: Copy,
  file: { descriptor: number; status: FileStatus; path: Uint8Array },
  flags = 0,
): number {
  const how = L.O_RDONLY | L.O_NONBLOCK | L.O_NOCTTY | L.O_CLOEXEC | flags;
  return rights.over(file.status, () => {
    return need(fileCall(ffi, 'openat', L.AT_FDCWD, descriptorPath(file.descriptor), how, 0), file.path);
  });
}

/** Gives a finished directory its last properties: its times change with every entry. */
function leaveFrame(copy: Copy, frames: Frame[]): void {
  const frame = frames.pop();
  if (frame === undefined) return;
  try {
    if (frame.to !== copy.root) copyAttributes(copy, frame);
  } finally {
    closeFrame(frame, copy.root);
  }
}

const NAME_OFFSET = 19;

function nextName({ ffi }: Copy, frame: Frame): Uint8Array | undefined {
  for (;;) {
    if (frame.at >= frame.filled) {
      frame.filled = need(fileCall(ffi, 'getdents64', frame.from, frame.entries, ENTRIES_SIZE), frame.path);
      frame.at = 0;
      if (frame.filled === 0) return undefined;
    }
    const start = frame.at + NAME_OFFSET;
    frame.at += new DataView(frame.entries.buffer).getUint16(frame.at + 16, true);
    const name = frame.entries.slice(start, frame.entries.indexOf(0, start) + 1);
    const isDots = name[0] === DOT && (name.length === 2 || (name.length === 3 && name[1] === DOT));
    if (!isDots) return name;
  }
}

const DOT = 0x2e;
const SLASH = 0x2f;

function copyEntry(copy: Copy, frames: Frame[], name: Uint8Array): void {
  const { ffi, rights } = copy;
  const frame = frames.at(-1);
  if (frame === undefined) return;
  const flags = L.O_PATH | L.O_NOFOLLOW | L.O_CLOEXEC;
  const descriptor = rights.over(frame.status, () => fileCall(ffi, 'openat', frame.from, name, flags, 0));
  // Removed since the directory was read.
  if (descriptor === -errno.ENOENT) return;
  need(descriptor, pathOf(frame, name));
  try {
    const status = need(statusOf(ffi, descriptor), pathOf(frame, name));
    const entry: Entry = { frame, name, descriptor, status };
    if ((status.mode & L.S_IFMT) === L.S_IFDIR) frames.push(enterDirectory(copy, entry));
    else if (!copyHardLink(copy, entry)) copyFile(copy, entry);
  } finally {
    closeSync(descriptor);
  }
}

function enterDirectory(copy: Copy, { frame, name, descriptor, status }: Entry): Frame {
  const { ffi } = copy;
  const path = pathOf(frame, name);
  need(fileCall(ffi, 'mkdirat', frame.to, name, 0o700), path);
  const to = need(fileCall(ffi, 'openat', frame.to, name, L.O_RDONLY | L.O_DIRECTORY | L.O_CLOEXEC, 0), path);
  try {
    return openFrame(copy, { descriptor, status, to, path });
  } catch (error) {
    closeSync(to);
    throw error;
  }
}

/** Another name of a file that has been copied. @returns false when it is to be copied, for the first time */
function copyHardLink({ ffi, root, links }: Copy, { frame, name, status }: Entry): boolean {
  if (status.links < 2) return false;
  const path = pathOf(frame, name);
  const first = links.get(status.identity);
  if (first === undefined) {
    // The kernel takes no longer paths: such a file gets a copy for each name.
    if (path.length < L.PATH_MAX) links.set(status.identity, new Uint8Array([...path, 0]));
    return false;
  }
  need(fileCall(ffi, 'linkat', root, first, frame.to, name, 0), path);
  return true;
}

function copyFile(copy: Copy, entry: Entry): void {
  const { ffi } = copy;
  const { frame, name, descriptor, status } = entry;
  const path = pathOf(frame, name);
  const type = status.mode & L.S_IFMT;
  if (type === L.S_IFREG) {
    copyRegular(copy, entry, path);
    return;
  }
  if (type === L.S_IFLNK) {
    need(fileCall(ffi, 'symlinkat', need(linkText(ffi, descriptor), path), frame.to, name), path);
  } else {
    // Devices, fifos and sockets are never opened: only their node is copied.
    const device = deviceNumber(status);
    need(fileCall(ffi, 'mknodat', frame.to, name, type | 0o600, device), path);
  }
  copyNodeAttributes(copy, entry, path);
}

function copyRegular(copy: Copy, { frame, name, descriptor, status }: Entry, path: Uint8Array): void {
  const { ffi } = copy;
  const from = reopen(copy, { descriptor, status, path });
  try {
    const flags = L.O_WRONLY | L.O_CREAT | L.O_EXCL | L.O_NOFOLLOW | L.O_CLOEXEC;
    const to = need(fileCall(ffi, 'openat', frame.to, name, flags, 0o600), path);
    try {
      copyContents(copy, { from, to, status, path });
      copyAttributes(copy, { from, to, status, path });
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

/** Owner, mode and times of what can't be opened. */
function copyNodeAttributes({ ffi, rights }: Copy, { frame, name, status }: Entry, path: Uint8Array): void {
  const { uid, gid } = rights.ownerOfCopy(status);
  need(fileCall(ffi, 'fchownat', frame.to, name, uid, gid, L.AT_SYMLINK_NOFOLLOW), path);
  // A link has no mode of its own.
  if ((status.mode & L.S_IFMT) !== L.S_IFLNK) {
    need(fileCall(ffi, 'fchmodat', frame.to, name, status.mode & 0o7777), path);
  }
  need(fileCall(ffi, 'utimensat', frame.to, name, status.times, L.AT_SYMLINK_NOFOLLOW), path);
}

/** A device's number as mknod(2) takes it (the kernel's new_decode_dev). */
function deviceNumber({ deviceMajor, deviceMinor }: FileStatus): number {
  return (deviceMinor & 0xff) + deviceMajor * 0x100 + (deviceMinor >>> 8) * 0x100000;
}

function pathOf(frame: Frame, name: Uint8Array): Uint8Array {
  const { path } = frame;
  const joined = new Uint8Array(path.length === 0 ? name.length - 1 : path.length + name.length);
  joined.set(path);
  if (path.length > 0) joined[path.length] = SLASH;
  joined.set(name.subarray(0, -1), path.length === 0 ? 0 : path.length + 1);
  return joined;
}
