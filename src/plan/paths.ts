// Paths inside the rootfs, which is hostile: every one is resolved by openat2(2) below the rootfs' descriptor, once,
// and used by descriptor from then on (CVE-2019-16884, CVE-2021-30465, CVE-2024-45310).

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { call, close, type Draft, mark, newLabel, set } from './draft.ts';
import type { Slot, Value, Word } from './operation.ts';

/** The components of `path` taken from the root, `.` and `..` resolved by their letters as Go's filepath.Clean does. */
export function splitPath(path: string): string[] {
  const components: string[] = [];
  for (const component of path.split('/')) {
    if (component === '..') components.pop();
    else if (component !== '' && component !== '.') components.push(component);
  }
  return components;
}

/** `path` as it is below the rootfs' descriptor: normalised, without a slash in front. */
export function pathInRoot(path: string): string {
  return splitPath(path).join('/');
}

/** A struct open_how that stays below the directory it is used with. */
export function howInRoot(flags: number): { words: readonly Word[] } {
  return { words: [flags | L.O_CLOEXEC, 0, L.RESOLVE_IN_ROOT | L.RESOLVE_NO_MAGICLINKS] };
}

// Constant, so that the assembler stores it once.
const HOW_PATH = howInRoot(L.O_PATH);
const HOW_DIRECTORY = howInRoot(L.O_PATH | L.O_DIRECTORY);
const HOW_NOFOLLOW = howInRoot(L.O_PATH | L.O_NOFOLLOW);

/** Opens `path` of the rootfs (descriptor `root`) as O_PATH; the callers' options say what a failure means. */
export function openInRoot(
  draft: Draft,
  root: Value,
  options: { path: string; result: Slot; nofollow?: boolean; directory?: boolean } & Parameters<typeof call>[3],
): void {
  const { path, nofollow, directory, ...rest } = options;
  const how = nofollow === true ? HOW_NOFOLLOW : directory === true ? HOW_DIRECTORY : HOW_PATH;
  call(draft, 'openat2', [root, { text: path === '' ? '.' : path }, how, L.OPEN_HOW_SIZE], rest);
}

interface Target {
  readonly components: readonly string[];
  /** What to make of the last component when it is missing. */
  readonly kind: 'directory' | 'file';
  /** Receives the O_PATH descriptor of the target. */
  readonly result: Slot;
  /** A slot that may be overwritten. */
  readonly parent: Slot;
  /** Opens a symbolic link at the last component, not what it leads to. */
  readonly nofollow?: boolean;
}

/**
 * Opens a path of the rootfs, making what is missing of it: directories 0755, and a last component of kind `file` as
 * an empty file. A symbolic link that leads nowhere is not followed into being: it fails with ENOENT.
 */
export function openOrMake(draft: Draft, root: Value, target: Target): void {
  const { components, result, nofollow = false } = target;
  const found = newLabel(draft, 'found');
  // What is there and is no directory is ENOTDIR, a word that docker looks for; move_mount(2) would say EINVAL.
  const directory = target.kind === 'directory';
  const path = components.join('/');
  openInRoot(draft, root, { path, directory, nofollow, result, tolerate: [errno.ENOENT], success: found });
  let parent = root;
  let prefix = '';
  for (let i = 0; i < components.length; i++) {
    const name = components[i] as string;
    const last = i === components.length - 1;
    makeEntry(draft, parent, { name, kind: last ? target.kind : 'directory', scratch: result });
    prefix = i === 0 ? name : `${prefix}/${name}`;
    openInRoot(draft, root, { path: prefix, directory: directory || !last, nofollow: nofollow && last, result });
    if (parent !== root) close(draft, parent);
    if (last) break;
    set(draft, target.parent, { slot: result });
    parent = { slot: target.parent };
  }
  mark(draft, found);
}

/** Makes a directory, or an empty file, in an opened directory; one that exists already is no failure. */
function makeEntry(
  draft: Draft,
  parent: Value,
  entry: { name: string; kind: 'directory' | 'file'; scratch: Slot },
): void {
  if (entry.kind === 'directory') {
    call(draft, 'mkdirat', [parent, { text: entry.name }, 0o755], { tolerate: [errno.EEXIST] });
    return;
  }
  const exists = newLabel(draft, 'exists');
  const flags = L.O_WRONLY | L.O_CREAT | L.O_EXCL | L.O_NOFOLLOW | L.O_CLOEXEC;
  call(draft, 'openat', [parent, { text: entry.name }, flags, 0o755], {
    result: entry.scratch,
    on: [{ errno: errno.EEXIST, to: exists }],
  });
  close(draft, { slot: entry.scratch });
  mark(draft, exists);
}
