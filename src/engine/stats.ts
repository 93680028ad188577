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

/** What comes behind is of later kernels. */
const USED = 144;

const block = new Uint8Array(STATX_SIZE);
const view = new DataView(block.buffer);

/** A device number as glibc's makedev(3) has it. */
function device(major: number, minor: number): number {
  const high = Math.floor(major / 0x1000) * 2 ** 44 + Math.floor(minor / 0x100) * 2 ** 20;
  return high + (major & 0xfff) * 2 ** 8 + (minor & 0xff);
}

/** Most are asked one thing: what is seldom wanted is read from the copy when it is. */
export class FileStats {
  readonly mode = view.getUint16(OFFSET.mode, true);
  readonly #copy = block.slice(0, USED);

  get #view(): DataView {
    return new DataView(this.#copy.buffer);
  }

  get ino(): number {
    return readLong(this.#view, OFFSET.inode);
  }

  get nlink(): number {
    return this.#view.getUint32(OFFSET.links, true);
  }

  get uid(): number {
    return this.#view.getUint32(OFFSET.uid, true);
  }

  get gid(): number {
    return this.#view.getUint32(OFFSET.gid, true);
  }

  get size(): number {
    return readLong(this.#view, OFFSET.size);
  }

  get dev(): number {
    return device(this.#view.getUint32(OFFSET.deviceMajor, true), this.#view.getUint32(OFFSET.deviceMinor, true));
  }

  get rdev(): number {
    return device(this.#view.getUint32(OFFSET.rdevMajor, true), this.#view.getUint32(OFFSET.rdevMinor, true));
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
