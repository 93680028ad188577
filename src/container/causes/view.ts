// A container's files as they were, or would have been, for the container: its rootfs and what the config mounts over
// parts of it, put together without mounting anything. Links are followed here, one component at a time and never out
// of the rootfs, which is hostile; nothing is opened but as O_PATH. A file system that is gone with the container, or
// whose content nobody knows beforehand, ends the walk.

import { closeSync } from 'node:fs';
import type { Mount } from '../../config/types.ts';
import { fileCall, type FileStatus, linkText, nameOf, openHow, statusOf } from '../../ffi/file-calls.ts';
import type { Ffi } from '../../ffi/port.ts';
import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { parseMountOptions } from '../../plan/mount-options.ts';
import { bindSource } from '../../plan/mounts.ts';
import type { Scene } from './scene.ts';

/** A mount of the config, where its destination has turned out to be. */
export interface PlacedMount {
  readonly index: number;
  readonly path: string;
  readonly mount: Mount;
  /** The directory or file of the host that is there; undefined for a file system of its own. */
  readonly source: string | undefined;
}

export interface View {
  readonly ffi: Ffi;
  readonly rootfs: string;
  readonly mounts: readonly PlacedMount[];
}

/** Where a path leads. */
export interface Located {
  /** Without links, as the container has it. */
  readonly path: string;
  /** What it is on; undefined for the rootfs. */
  readonly mount: PlacedMount | undefined;
  /** A directory of the host and the path below it: never through a link. */
  readonly base: string;
  readonly below: string;
  /** What is there, or why not: undefined where it can't be known. */
  readonly found: FileStatus | number | undefined;
  /** The directories on the way, from the root on, with their status. */
  readonly way: readonly { readonly path: string; readonly status: FileStatus }[];
}

/** Links that a walk follows, as the kernel: path_resolution(7). */
const MOST_LINKS = 40;

/** The container's files: with its mounts where the scene shows none. */
export function viewOf(ffi: Ffi, { spec, bundle, rootfs, isLive }: Scene): View {
  const mounts: PlacedMount[] = [];
  const view = { ffi, rootfs, mounts };
  if (isLive) return view;
  (spec.mounts ?? []).forEach((mount, index) => {
    const { bind, remount } = parseMountOptions(mount.options ?? [], mount.type);
    if (remount) return;
    const { path } = locate(view, mount.destination);
    mounts.push({ index, path, mount, source: bind ? bindSource(mount, bundle) : undefined });
  });
  return view;
}

/** Follows a path from the container's root. */
export function locate(view: View, path: string): Located {
  const pending = path.split('/').reverse();
  const way: { path: string; status: FileStatus }[] = [];
  let at = look(view, '/');
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    if (typeof at.found !== 'object') return { ...at, path: join(at.path, name, pending), way };
    if ((at.found.mode & L.S_IFMT) !== L.S_IFDIR) return { ...at, found: -errno.ENOTDIR, way };
    way.push({ path: at.path, status: at.found });
    const next = look(view, name === '..' ? parentOf(at.path) : join(at.path, name));
    const target = next.link;
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return { ...next, found: -errno.ELOOP, way };
    if (target.startsWith('/')) at = look(view, '/');
    pending.push(...target.split('/').reverse());
  }
  return { ...at, way };
}

function join(directory: string, name: string, pending: readonly string[] = []): string {
  return [directory === '/' ? '' : directory, name, ...[...pending].reverse()].join('/');
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

type Seen = Omit<Located, 'way'> & {
  /** Where a symbolic link points to. */
  readonly link?: string;
};

/** Looks at a path that has no link above its last component. */
function look({ ffi, rootfs, mounts }: View, path: string): Seen {
  const mount = mounts.findLast((one) => one.path === path || one.path === '/' || path.startsWith(`${one.path}/`));
  const base = mount === undefined ? rootfs : mount.source;
  const below = mount === undefined ? path.slice(1) : path.slice(mount.path === '/' ? 1 : mount.path.length + 1);
  if (base === undefined) return { path, mount, base: '', below, found: undefined };
  const place = { path, mount, base, below };
  const root = fileCall(ffi, 'openat', L.AT_FDCWD, nameOf(base), L.O_PATH | L.O_CLOEXEC, 0);
  if (root < 0) return { ...place, found: root };
  let found = -1;
  try {
    found = below === '' ? root : fileCall(ffi, 'openat2', root, nameOf(below), HOW, L.OPEN_HOW_SIZE);
    if (found < 0) return { ...place, found };
    const status = statusOf(ffi, found);
    if (typeof status === 'number' || (status.mode & L.S_IFMT) !== L.S_IFLNK) return { ...place, found: status };
    const text = linkText(ffi, found);
    return typeof text === 'number'
      ? { ...place, found: text }
      : { ...place, found: status, link: new TextDecoder().decode(text.subarray(0, -1)) };
  } finally {
    if (found >= 0 && found !== root) closeSync(found);
    closeSync(root);
  }
}

/** What has become a link meanwhile is an error. */
const HOW = openHow(
  L.O_PATH | L.O_NOFOLLOW | L.O_CLOEXEC, L.RESOLVE_BENEATH | L.RESOLVE_NO_SYMLINKS | L.RESOLVE_NO_MAGICLINKS);
