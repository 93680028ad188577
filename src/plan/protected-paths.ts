// What is taken away again: masked paths, read-only paths, read-only mounts and rootfs. Runs inside the new root.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { verifyNode } from './devices.ts';
import { branch, call, close, EMPTY, jump, mark, newLabel, newSlot, set, tell } from './draft.ts';
import { configureLabel } from './labels.ts';
import { attach, READONLY, setAttributes } from './mount-steps.ts';
import type { Label, Slot, Value } from './operation.ts';
import { openInRoot, pathInRoot, splitPath } from './paths.ts';

const CLONE_DESCRIPTOR = L.OPEN_TREE_CLONE | L.OPEN_TREE_CLOEXEC | L.AT_EMPTY_PATH;

/** Mounts that were left writable until everything in them was made. */
export function planReadonlyMounts(draft: CreateDraft): void {
  for (const { destination, origin, mount } of draft.readonlyLater) {
    tell(draft, origin, `make the mount ${JSON.stringify(destination)} read-only`);
    if (mount === undefined) {
      openInRoot(draft, { slot: draft.root }, { path: pathInRoot(destination), result: draft.target });
    }
    const descriptor: Value = { slot: mount ?? draft.target };
    setAttributes(draft, descriptor, { change: READONLY });
    close(draft, descriptor);
  }
}

/** The rootfs too. */
export function planReadonlyRootfs(draft: CreateDraft): void {
  if (draft.input.spec.root?.readonly !== true) return;
  tell(draft, '/root/readonly', 'make the rootfs read-only');
  setAttributes(draft, { slot: draft.root }, { change: READONLY });
}

/** Where the kernel shows what has to be protected. */
const KERNEL_DIRECTORIES: readonly string[] = ['proc', 'sys'];

/** A slot to keep a mount in that has something below it to protect: who shares the rootfs could have moved the
 * directory that it is mounted at, and put one in its place in which there is nothing to protect. */
export function keepForProtection(draft: CreateDraft, destination: string): Slot | undefined {
  const { spec: { linux }, live } = draft.input;
  const path = pathInRoot(destination);
  if (live === true || !KERNEL_DIRECTORIES.includes(path)) return undefined;
  const isBelow = (other: string): boolean => pathInRoot(other).startsWith(`${path}/`);
  if (!(linux?.maskedPaths ?? []).some(isBelow) && !(linux?.readonlyPaths ?? []).some(isBelow)) return undefined;
  // One that is mounted over another is what counts.
  letGo(draft, path);
  const slot = newSlot(draft);
  draft.protectedMounts.set(path, slot);
  return slot;
}

function letGo(draft: CreateDraft, path: string): void {
  const slot = draft.protectedMounts.get(path);
  if (slot !== undefined) close(draft, { slot });
  draft.protectedMounts.delete(path);
}

/** Opens a path in `draft.target`; one that does not exist needs no protection. */
function openExisting(draft: CreateDraft, path: string, missing: Label): void {
  const on = [{ errno: errno.ENOENT, to: missing }, { errno: errno.ENOTDIR, to: missing }];
  const [first = '', ...below] = splitPath(path);
  // What is bound over the whole directory is what has to be protected from then on.
  if (below.length === 0) letGo(draft, first);
  const mount = draft.protectedMounts.get(first);
  if (mount === undefined) {
    openInRoot(draft, { slot: draft.root }, { path: pathInRoot(path), result: draft.target, on });
  } else openInRoot(draft, { slot: mount }, { path: below.join('/'), result: draft.target, on });
}

/** linux.readonlyPaths and linux.maskedPaths. */
export function planProtectedPaths(draft: CreateDraft): void {
  planReadonlyPaths(draft);
  planMaskedPaths(draft);
  for (const directory of KERNEL_DIRECTORIES) letGo(draft, directory);
}

/** linux.readonlyPaths: each is bound onto itself, keeping its flags, and made read-only. */
function planReadonlyPaths(draft: CreateDraft): void {
  const paths = draft.input.spec.linux?.readonlyPaths ?? [];
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i] as string;
    const missing = newLabel(draft, 'missing');
    tell(draft, `/linux/readonlyPaths/${i}`, `make ${JSON.stringify(path)} read-only`);
    openExisting(draft, path, missing);
    const args = [{ slot: draft.target }, EMPTY, CLONE_DESCRIPTOR | L.AT_RECURSIVE];
    call(draft, 'open_tree', args, { result: draft.tree });
    setAttributes(draft, { slot: draft.tree }, { change: READONLY });
    attach(draft, draft.tree);
    mark(draft, missing);
  }
}

/** linux.maskedPaths: /dev/null over files, one empty read-only tmpfs over directories. */
function planMaskedPaths(draft: CreateDraft): void {
  const paths = draft.input.spec.linux?.maskedPaths ?? [];
  if (paths.length === 0) return;
  const masks = { file: newSlot(draft), directory: newSlot(draft), used: newSlot(draft) };
  tell(draft, '/linux/maskedPaths', 'open "/dev/null" to mask files');
  // By descriptor, and only if it is the device: a container could have replaced it (CVE-2025-31133).
  openInRoot(draft, { slot: draft.root }, { path: 'dev/null', nofollow: true, result: masks.file });
  verifyNode(draft, { directory: { slot: masks.file }, name: EMPTY, type: L.S_IFCHR, major: 1, minor: 3 });
  tell(draft, '/linux/maskedPaths', 'make the empty directory to mask directories');
  makeEmptyDirectory(draft, masks.directory);
  set(draft, masks.used, 0);
  for (let i = 0; i < paths.length; i++) {
    tell(draft, `/linux/maskedPaths/${i}`, `mask ${JSON.stringify(paths[i])}`);
    maskPath(draft, paths[i] as string, masks);
  }
}

function makeEmptyDirectory(draft: CreateDraft, result: Slot): void {
  const context: Value = { slot: draft.context };
  call(draft, 'fsopen', [{ text: 'tmpfs' }, L.FSOPEN_CLOEXEC], { result: draft.context });
  call(draft, 'fsconfig', [context, L.FSCONFIG_SET_STRING, { text: 'source' }, { text: 'tmpfs' }, 0]);
  call(draft, 'fsconfig', [context, L.FSCONFIG_SET_FLAG, { text: 'ro' }, 0, 0]);
  configureLabel(draft, draft.input.spec.linux?.mountLabel || undefined);
  call(draft, 'fsconfig', [context, L.FSCONFIG_CMD_CREATE, 0, 0, 0]);
  call(draft, 'fsmount', [context, L.FSMOUNT_CLOEXEC, L.MOUNT_ATTR_RDONLY], { result });
  close(draft, context);
}

interface Masks {
  readonly file: Slot;
  readonly directory: Slot;
  /** Whether the mask for directories is attached: before that it can't be cloned (not below Linux 6.15). */
  readonly used: Slot;
}

function maskPath(draft: CreateDraft, path: string, masks: Masks): void {
  const directory = newLabel(draft, 'directory');
  const clone = newLabel(draft, 'clone');
  const mask = newLabel(draft, 'mask');
  const missing = newLabel(draft, 'missing');
  openExisting(draft, path, missing);
  call(draft, 'statx', [{ slot: draft.target }, EMPTY, L.AT_EMPTY_PATH, L.STATX_TYPE, { memory: draft.statx }]);
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  branch(draft, mode, { mask: L.S_IFMT, test: 'equal', operand: L.S_IFDIR, to: directory });
  call(draft, 'open_tree', [{ slot: masks.file }, EMPTY, CLONE_DESCRIPTOR], { result: draft.tree });
  jump(draft, mask);
  mark(draft, directory);
  branch(draft, { slot: masks.used }, { test: 'equal', operand: 1, to: clone });
  call(draft, 'dup', [{ slot: masks.directory }], { result: draft.tree });
  set(draft, masks.used, 1);
  jump(draft, mask);
  mark(draft, clone);
  call(draft, 'open_tree', [{ slot: masks.directory }, EMPTY, CLONE_DESCRIPTOR], { result: draft.tree });
  mark(draft, mask);
  attach(draft, draft.tree);
  mark(draft, missing);
}
