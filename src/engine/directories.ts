// Directories, as node:fs has them.

import { native } from '../ffi/native.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { Bytes, concatBytes } from './buffer.ts';
import { numbers, pathArgument } from './calls.ts';
import { lstatSync } from './stats.ts';
import { check, type Path, SystemError } from './system-error.ts';
import { decodeUtf8 } from './text.ts';

/** Offsets into struct linux_dirent64. */
const ENTRY = { length: 16, type: 18, name: 19 } as const;
const DT_UNKNOWN = 0;
const DT_DIR = 4;
const BLOCK_SIZE = 32768;
const SLASH = Uint8Array.of(0x2f);

class DirectoryEntry {
  readonly name: string;
  readonly #directory: Path;
  readonly #type: number;

  constructor(name: string, directory: Path, type: number) {
    this.name = name;
    this.#directory = directory;
    this.#type = type;
  }

  isDirectory(): boolean {
    if (this.#type !== DT_UNKNOWN) return this.#type === DT_DIR;
    return lstatSync(`${String(this.#directory)}/${this.name}`, { throwIfNoEntry: false })?.isDirectory() === true;
  }
}

interface ReadOptions {
  readonly encoding?: 'buffer' | 'utf8';
  readonly withFileTypes?: boolean;
}

/** Every entry but `.` and `..`, in the kernel's order. @throws SystemError */
export function readdirSync(path: Path, options: ReadOptions = {}): (string | Bytes | DirectoryEntry)[] {
  const flags = L.O_RDONLY | L.O_DIRECTORY | L.O_CLOEXEC;
  const call = native.syscall(numbers.openat, L.AT_FDCWD, pathArgument(path), flags);
  const descriptor = check(call, 'scandir', path);
  try {
    const entries: (string | Bytes | DirectoryEntry)[] = [];
    const block = new Uint8Array(BLOCK_SIZE);
    for (;;) {
      const length = check(native.syscall(numbers.getdents64, descriptor, block, block.length), 'scandir', path);
      if (length === 0) return entries;
      takeEntries(block.subarray(0, length), (name, type) => {
        if (options.encoding === 'buffer') entries.push(new Bytes(name));
        else if (options.withFileTypes === true) entries.push(new DirectoryEntry(decodeUtf8(name), path, type));
        else entries.push(decodeUtf8(name));
      });
    }
  } finally {
    native.syscall(numbers.close, descriptor);
  }
}

function takeEntries(block: Uint8Array, take: (name: Uint8Array, type: number) => void): void {
  for (let at = 0; at < block.length;) {
    const length = (block[at + ENTRY.length] ?? 0) | ((block[at + ENTRY.length + 1] ?? 0) << 8);
    const start = at + ENTRY.name;
    const name = block.subarray(start, block.indexOf(0, start));
    const isDot = name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
    if (!isDot) take(name, block[at + ENTRY.type] ?? DT_UNKNOWN);
    at += length;
  }
}

interface MakeOptions {
  readonly recursive?: boolean;
  readonly mode?: number;
}

/** @throws SystemError */
export function mkdirSync(path: Path, options: MakeOptions | number = {}): void {
  const { recursive = false, mode = 0o777 } = typeof options === 'number' ? { mode: options } : options;
  const result = native.syscall(numbers.mkdirat, L.AT_FDCWD, pathArgument(path), mode);
  if (result >= 0) return;
  if (!recursive || typeof path !== 'string') throw new SystemError(-result, 'mkdir', path);
  const parent = path.replace(/\/+[^/]*\/*$/, '');
  if (result === -errno.ENOENT && parent !== '' && parent !== path) {
    mkdirSync(parent, options);
    mkdirSync(path, options);
    return;
  }
  const isThere = result === -errno.EEXIST || result === -errno.EROFS;
  if (!isThere || !isDirectory(path)) throw new SystemError(-result, 'mkdir', path);
}

function isDirectory(path: string): boolean {
  return native.syscall(numbers.faccessat, L.AT_FDCWD, `${path}/.`, 0) >= 0;
}

/** @throws SystemError */
export function rmdirSync(path: Path): void {
  check(native.syscall(numbers.unlinkat, L.AT_FDCWD, pathArgument(path), L.AT_REMOVEDIR), 'rmdir', path);
}

interface RemoveOptions {
  readonly force?: boolean;
  readonly recursive?: boolean;
}

/** @throws SystemError */
export function rmSync(path: Path, { force = false, recursive = false }: RemoveOptions = {}): void {
  const result = native.syscall(numbers.unlinkat, L.AT_FDCWD, pathArgument(path), 0);
  if (result >= 0 || (force && result === -errno.ENOENT)) return;
  if (result !== -errno.EISDIR || !recursive) throw new SystemError(-result, 'rm', path);
  // By bytes: not every name is UTF-8.
  const directory = concatBytes([typeof path === 'string' ? new Bytes(native.encode(path)) : path, SLASH]);
  for (const name of readdirSync(path, { encoding: 'buffer' })) {
    rmSync(concatBytes([directory, name as Bytes]), { force, recursive });
  }
  rmdirSync(path);
}
