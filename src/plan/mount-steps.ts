// The steps that every mount is made of: a detached tree, its attributes, and the attachment.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { call, close, EMPTY, HERE, set } from './draft.ts';
import type { AttributeChange, MountOptions } from './mount-options.ts';
import type { Reason, Slot, Value } from './operation.ts';
import { planRequest } from './request.ts';

export const NO_CHANGE: AttributeChange = { set: 0, clear: 0 };
export const READONLY: AttributeChange = { set: L.MOUNT_ATTR_RDONLY, clear: 0 };

/** For clones of the host's mounts in a user namespace: what they have is locked, the way of counting access times too,
 * and what was asked for was meant for a mount of the container's own. */
export function withoutClearing({ set }: AttributeChange): AttributeChange {
  return { set: set & ~L.MOUNT_ATTR__ATIME, clear: 0 };
}

interface CloneOptions {
  /** With what is mounted below. */
  readonly recursive: boolean;
  /** A symbolic link itself, not what it leads to. */
  readonly nofollow?: boolean;
  readonly result: Slot;
}

/** Clones a host path into a detached tree. */
export function cloneTree(draft: CreateDraft, path: string, options: CloneOptions): void {
  call(draft, 'open_tree', [HERE, { text: path }, cloneFlags(options)], { result: options.result });
}

function cloneFlags({ recursive, nofollow }: CloneOptions): number {
  const flags = L.OPEN_TREE_CLONE | L.OPEN_TREE_CLOEXEC | (recursive ? L.AT_RECURSIVE : 0);
  return nofollow === true ? flags | L.AT_SYMLINK_NOFOLLOW : flags;
}

// Out of reach for the user namespace's root, or a part of a tree that is locked together.
const UNREACHABLE = [errno.EACCES, errno.EPERM, errno.EINVAL];

/**
 * As cloneTree(), in a user namespace: what can't be cloned there is the clone `early`, made with the runtime's
 * privileges. The later clone is the better one: the attributes that the host's mount has are locked in it
 * (mount_namespaces(7)), so that the container can't take them away.
 */
export function recloneTree(draft: CreateDraft, path: string, options: CloneOptions & { early: Slot }): void {
  const { result, early } = options;
  if (early !== result) set(draft, result, { slot: early });
  call(draft, 'open_tree', [HERE, { text: path }, cloneFlags(options)], { result, tolerate: UNREACHABLE });
}

interface AttributeOptions {
  readonly change: AttributeChange;
  readonly recursive?: boolean;
  /** MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE. */
  readonly propagation?: number;
}

/** mount_setattr(2) on a mount's descriptor; plans nothing when nothing changes. */
export function setAttributes(draft: CreateDraft, mount: Value, options: AttributeOptions): void {
  const { change, propagation = 0 } = options;
  if (change.set === 0 && change.clear === 0 && propagation === 0) return;
  const flags = L.AT_EMPTY_PATH | (options.recursive === true ? L.AT_RECURSIVE : 0);
  const attributes = { words: [change.set, change.clear, propagation, 0] };
  call(draft, 'mount_setattr', [mount, EMPTY, flags, attributes, L.MOUNT_ATTR_SIZE]);
}

/** The recursive attributes and the propagation types of a mount, one call each, in the order given. */
export function setRecursiveAndPropagation(draft: CreateDraft, mount: Value, options: MountOptions): void {
  setAttributes(draft, mount, { change: options.recursiveAttributes, recursive: true });
  for (let i = 0; i < options.propagation.length; i++) {
    const flags = options.propagation[i] as number;
    const recursive = (flags & L.MS_REC) !== 0;
    setAttributes(draft, mount, { change: NO_CHANGE, recursive, propagation: flags & ~L.MS_REC });
  }
}

interface AttachOptions {
  readonly reasons?: readonly Reason[] | undefined;
  /** Receives the mount's descriptor, which stays open. */
  readonly keep?: Slot | undefined;
}

/** Attaches the detached mount in `tree` at `draft.target` and closes both. */
export function attach(draft: CreateDraft, tree: Slot, { reasons, keep }: AttachOptions = {}): void {
  const flags = L.MOVE_MOUNT_F_EMPTY_PATH | L.MOVE_MOUNT_T_EMPTY_PATH;
  const options = reasons === undefined ? undefined : { reasons };
  // To be taken back when anything fails from here on.
  if (draft.input.live === true) {
    planRequest(draft, 'attaching', { value: draft.mounting, descriptors: [tree] });
  }
  call(draft, 'move_mount', [{ slot: tree }, EMPTY, { slot: draft.target }, EMPTY, flags], options);
  close(draft, { slot: draft.target });
  if (keep === undefined) close(draft, { slot: tree });
  else set(draft, keep, { slot: tree });
}
