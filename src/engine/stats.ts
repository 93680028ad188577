// stat, lstat and fstat of node:fs, on statx(2).

import { native } from '../ffi/native.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { numbers, pathArgument, readLong } from './calls.ts';
import { check, type Path, SystemError } from './system-error.ts';

const S_IFSOCK = 0o140000;
const STATX_SIZE = 256;
/** Offsets into struct statx. */
const OFFSET = {
  links: 16, uid: 20, gid: 24, mode: 28, inode: 32, size: 40, rdevMajor: 128, rdevMinor: 132, deviceMajor: 136,
  deviceMinor: 140,
} as const;

const block = new Uint8Array(STATX_SIZE);
const view = new DataView(block.buffer);

/** A device number as glibc's makedev(3) has it. */
function device(major: number, minor: number): number {
  const high = Math.floor(major / 0x1000) * 2 ** 44 + Math.floor(minor / 0x100) * 2 ** 20;
  return high + (major & 0xfff) * 2 ** 8 + (minor & 0xff);
}

export class FileStats {
  readonly #device = [view.getUint32(OFFSET.deviceMajor, true), view.getUint32(OFFSET.deviceMinor, true)] as const;
  readonly #special = [view.getUint32(OFFSET.rdevMajor, true), view.getUint32(OFFSET.rdevMinor, true)] as const;
  readonly ino = readLong(view, OFFSET.inode);
  readonly mode = view.getUint16(OFFSET.mode, true);
  readonly nlink = view.getUint32(OFFSET.links, true);
  readonly uid = view.getUint32(OFFSET.uid, true);
  readonly gid = view.getUint32(OFFSET.gid, true);
  readonly size = readLong(view, OFFSET.size);

  get dev(): number {
    return device(...this.#device);
  }

  get rdev(): number {
    return device(...this.#special);
  }

  isFile(): boolean {
    return (this.mode & L.S_IFMT) === L.S_IFREG;
  }

  isDirectory(): boolean {
    return (this.mode & L.S_IFMT) === L.S_IFDIR;
  }

  isSymbolicLink(): boolean {
    return (this.mode & L.S_IFMT) === L.S_IFLNK;
  }

  isCharacterDevice(): boolean {
    return (this.mode & L.S_IFMT) === L.S_IFCHR;
  }

  isBlockDevice(): boolean {
    return (this.mode & L.S_IFMT) === L.S_IFBLK;
  }

  isFIFO(): boolean {
    return (this.mode & L.S_IFMT) === L.S_IFIFO;
  }

  isSocket(): boolean {
    return (this.mode & L.S_IFMT) === S_IFSOCK;
  }
}

function statx(directory: number, path: Path, flags: number): number {
  return native.syscall(numbers.statx, directory, pathArgument(path), flags, L.STATX_BASIC_STATS, block);
}

interface StatOptions {
  readonly throwIfNoEntry?: boolean;
}

function statusAt(path: Path, { flags, name }: { flags: number; name: string }, options: StatOptions):
FileStats | undefined {
  const result = statx(L.AT_FDCWD, path, flags);
  if (result >= 0) return new FileStats();
  if (result === -errno.ENOENT && options.throwIfNoEntry === false) return undefined;
  throw new SystemError(-result, name, path);
}

export function statSync(path: Path, options: StatOptions = {}): FileStats | undefined {
  return statusAt(path, { flags: 0, name: 'stat' }, options);
}

export function lstatSync(path: Path, options: StatOptions = {}): FileStats | undefined {
  return statusAt(path, { flags: L.AT_SYMLINK_NOFOLLOW, name: 'lstat' }, options);
}

export function fstatSync(descriptor: number): FileStats {
  check(statx(descriptor, '', L.AT_EMPTY_PATH), 'fstat');
  return new FileStats();
}
