// Paths inside the rootfs, which is hostile: every one is resolved by openat2(2) below the rootfs' descriptor, once,
// and used by descriptor from then on (CVE-2019-16884, CVE-2021-30465, CVE-2024-45310).

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { call, type CallOptions, close, type Draft, mark, newLabel, set } from './draft.ts';
import type { Reason, Slot, Value, Word } from './operation.ts';
import { planRequest } from './request.ts';

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
export function howInRoot(flags: number, resolve = 0): { words: readonly Word[] } {
  return { words: [flags | L.O_CLOEXEC, 0, L.RESOLVE_IN_ROOT | L.RESOLVE_NO_MAGICLINKS | resolve] };
}

// Constant, so that the assembler stores it once.
const HOW_PATH = howInRoot(L.O_PATH);
const HOW_DIRECTORY = howInRoot(L.O_PATH | L.O_DIRECTORY);
const HOW_NOFOLLOW = howInRoot(L.O_PATH | L.O_NOFOLLOW);
const HOW_ORDINARY_DIRECTORY = howInRoot(L.O_PATH | L.O_DIRECTORY | L.O_NOFOLLOW);

/** Opens `path` of the rootfs (descriptor `root`) as O_PATH; the callers' options say what a failure means. */
export function openInRoot(
  draft: Draft,
  root: Value,
  options: { path: string; result: Slot; nofollow?: boolean | undefined; directory?: boolean } & CallOptions,
): void {
  const { path, nofollow, directory, ...rest } = options;
  resolveInRoot(draft, [root, { text: path === '' ? '.' : path }, howTo(nofollow, directory), L.OPEN_HOW_SIZE], rest);
}

/** openat2(2) with arguments that confine it (howInRoot), however busy the host is. */
export function resolveInRoot(draft: Draft, args: readonly Value[], options: CallOptions): void {
  call(draft, 'openat2', args, { again: true, ...options });
}

function howTo(nofollow: boolean | undefined, directory: boolean | undefined): typeof HOW_PATH {
  if (nofollow === true) return directory === true ? HOW_ORDINARY_DIRECTORY : HOW_NOFOLLOW;
  return directory === true ? HOW_DIRECTORY : HOW_PATH;
}

export interface WantedTarget {
  readonly components: readonly string[];
  /** What to make of the last component when it is missing. */
  readonly kind: 'directory' | 'file';
}

interface Target extends WantedTarget {
  /** Fails with ENOTDIR when the last component is a symbolic link. */
  readonly nofollow?: boolean;
  /** Receives the O_PATH descriptor of the target. */
  readonly result: Slot;
  /** A slot that may be overwritten. */
  readonly parent: Slot;
  /** Receives 1 when the target was not there, otherwise 0. */
  readonly missing?: Slot | undefined;
  readonly reasons?: readonly Reason[];
  /** The create may begin once more when a link dangles: nothing has been done yet that must not be done twice. */
  readonly repeatable?: true;
}

/**
 * Opens a path of the rootfs, making what is missing of it: directories 0755, and a last component of kind `file` as
 * an empty file. A symbolic link that leads nowhere is beyond these straight steps: it fails with ENOENT and a mark,
 * for the runtime to try once more with a plan in which it makes the targets itself (launch/make-target.ts).
 */
export function openOrMake(draft: CreateDraft, root: Value, target: Target): void {
  const { components, nofollow, result, missing, reasons = [] } = target;
  const found = newLabel(draft, 'found');
  if (missing !== undefined) set(draft, missing, 0);
  // What is there and is no directory is ENOTDIR, a word that docker looks for; move_mount(2) would say EINVAL.
  const directory = target.kind === 'directory';
  const path = components.join('/');
  openInRoot(draft, root, { path, nofollow, directory, result, reasons, tolerate: [errno.ENOENT], success: found });
  if (missing !== undefined) set(draft, missing, 1);
  if (draft.input.runtimeMakesTargets) askForTarget(draft, root, target);
  else makeTarget(draft, root, target);
  mark(draft, found);
}

function makeTarget(draft: CreateDraft, root: Value, target: Target): void {
  const { components, nofollow, result, reasons = [] } = target;
  const directory = target.kind === 'directory';
  let parent = root;
  let prefix = '';
  for (let i = 0; i < components.length; i++) {
    const name = components[i] as string;
    const last = i === components.length - 1;
    makeEntry(draft, parent, { name, kind: last ? target.kind : 'directory', scratch: result });
    prefix = i === 0 ? name : `${prefix}/${name}`;
    openInRoot(draft, root, {
      path: prefix,
      nofollow: last && nofollow,
      directory: directory || !last,
      result,
      reasons,
      mayDangle: target.repeatable === true,
    });
    if (parent !== root) close(draft, parent);
    if (last) break;
    set(draft, target.parent, { slot: result });
    parent = { slot: target.parent };
  }
}

function askForTarget(draft: CreateDraft, root: Value, target: Target): void {
  const { components, kind, nofollow, result, reasons = [] } = target;
  const value = draft.targets.push({ components, kind }) - 1;
  set(draft, target.parent, root);
  planRequest(draft, 'mount-target', { value, descriptors: [target.parent] });
  openInRoot(draft, root, { path: components.join('/'), nofollow, directory: kind === 'directory', result, reasons });
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
