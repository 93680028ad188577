// Makes the target of a mount as if every symbolic link on its way led somewhere: what a link points to is made too,
// inside the rootfs, as runc does. The init can't (its steps are laid down before links are known), so this runs in the
// runtime when there is a link that dangles. One component at a time, by descriptor; `..` goes back to the directory
// that it came from, so that nothing that is renamed meanwhile leads out of the rootfs (CVE-2024-45310).

import { closeSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { fileCall, linkText, nameOf, statusOf } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import * as L from '../linux/constants.ts';
import { errno, errnoMessage, namedErrno } from '../linux/errno.ts';
import type { WantedTarget } from '../plan/paths.ts';
import type { Rights } from './container-rights.ts';

/** As many as the kernel follows, path_resolution(7). */
const MOST_LINKS = 40;

interface Walk {
  readonly ffi: Ffi;
  readonly rights: Rights;
  /** The directories from the rootfs to here. */
  readonly directories: number[];
  /** What is still to be walked, the next one last. */
  readonly pending: string[];
  links: number;
}

/**
 * Makes what is missing of a path below the directory `root`, which stays open.
 *
 * @throws NuncError with the kernel's reason
 */
export function makeTarget(ffi: Ffi, root: number, wanted: { target: WantedTarget; rights: Rights }): void {
  const { target: { components, kind }, rights } = wanted;
  const walk: Walk = { ffi, rights, directories: [root], pending: [...components].reverse(), links: 0 };
  try {
    for (let name = walk.pending.pop(); name !== undefined; name = walk.pending.pop()) {
      if (name === '..') leave(walk);
      else if (name !== '' && name !== '.') enter(walk, name, kind);
    }
  } finally {
    while (walk.directories.length > 1) leave(walk);
  }
}

function leave({ directories }: Walk): void {
  if (directories.length > 1) closeSync(directories.pop() ?? -1);
}

function enter(walk: Walk, name: string, kind: WantedTarget['kind']): void {
  const found = openOrMake(walk, name, isLast(walk) ? kind : 'directory');
  let kept = false;
  try {
    const status = check(statusOf(walk.ffi, found), name);
    const type = status.mode & L.S_IFMT;
    if (type === L.S_IFLNK) followLink(walk, found, name);
    else if (type === L.S_IFDIR) kept = true;
    else if (!isLast(walk)) throw refused(name, errno.ENOTDIR);
    if (kept) walk.directories.push(found);
  } finally {
    if (!kept) closeSync(found);
  }
}

function isLast({ pending }: Walk): boolean {
  return pending.every((name) => name === '' || name === '.');
}

/** Opens an entry of the innermost directory as O_PATH, without following it. */
function openOrMake(walk: Walk, name: string, kind: WantedTarget['kind']): number {
  const { ffi, rights, directories } = walk;
  const directory = directories.at(-1) ?? -1;
  const owner = check(statusOf(ffi, directory), name);
  const bytes = nameOf(name);
  const open = (): number => fileCall(ffi, 'openat', directory, bytes, L.O_PATH | L.O_NOFOLLOW | L.O_CLOEXEC, 0);
  return rights.over(owner, () => {
    const found = open();
    if (found !== -errno.ENOENT) return check(found, name);
    const made = kind === 'directory'
      ? fileCall(ffi, 'mkdirat', directory, bytes, 0o755)
      : fileCall(ffi, 'mknodat', directory, bytes, L.S_IFREG | 0o755, 0);
    if (made !== -errno.EEXIST) check(made, name);
    return check(open(), name);
  });
}

/** Puts a link's components in the place of its name. */
function followLink(walk: Walk, link: number, name: string): void {
  walk.links += 1;
  if (walk.links > MOST_LINKS) throw refused(name, errno.ELOOP);
  const text = new TextDecoder().decode(check(linkText(walk.ffi, link), name).subarray(0, -1));
  if (text.startsWith('/')) while (walk.directories.length > 1) leave(walk);
  walk.pending.push(...text.split('/').reverse());
}

function check(result: number, name: string): number;
function check<Success extends object>(result: Success | number, name: string): Success;
function check(result: object | number, name: string): object | number {
  if (typeof result === 'number' && result < 0) throw refused(name, -result);
  return result;
}

function refused(name: string, reason: number): NuncError {
  return new NuncError('syscall', `cannot make ${JSON.stringify(name)}: ${errnoMessage(reason)}`, {
    code: 'E_MOUNT', errno: namedErrno(reason),
  });
}
