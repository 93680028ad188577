// The plans that take mounts away from a running container: those that are named by their destinations, and those that
// are known by descriptor because they have just been added. Each is found first and then unmounted through
// /proc/self/fd, which leads to that very mount: no path is resolved twice. Knows nothing of how mounts came to be.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import {
  branch, call, close, type Draft, EMPTY, fail, HERE, jump, mark, newDraft, newLabel, newSlot, reserve, tell,
} from './draft.ts';
import type { Label, Plan, Reason, Slot, Value } from './operation.ts';
import { howInRoot, openInRoot, resolveInRoot } from './paths.ts';

/** The descriptors that the process is spawned with, besides standard streams. */
export const UNMOUNT_DESCRIPTORS = {
  /** Write end of the report's pipe. */
  report: 3,
  /** A pidfd of the container's init. */
  init: 4,
  /** The init's root directory, O_PATH. */
  root: 5,
  /** The first of those that are known by descriptor. */
  mounts: 6,
} as const;

/** Where the mount goes that is unmounted next: its path has to be known when the plan is made. */
const FOUND = 32;

export interface Unmount {
  /** As it is written. */
  readonly destination: string;
  /** Below the container's root, see pathInRoot(). */
  readonly path: string;
  /** JSON pointer of what asks for it. */
  readonly origin: string;
  /** Where there is to be nothing to unmount but a mount that was added: why another one stays. */
  readonly otherwise?: string;
}

interface UnmountInput {
  /** In this order. */
  readonly unmounts: readonly Unmount[];
  /** The ids of mounts that were added to the running container: those are taken away wherever the path leads. */
  readonly added: readonly number[];
  /** CLONE_NEW… flags of the namespaces in which the init differs from the runtime. */
  readonly namespaces: number;
}

interface UnmountDraft extends Draft {
  readonly added: readonly number[];
  /** Scratch: the mount's root directory, a struct statx. */
  readonly target: Slot;
  readonly statx: number;
}

const STRUCT_STATX_SIZE = 256;

/** Compiles the plan that unmounts by destination. Nothing is unmounted unless everything is found. */
export function compileUnmountPlan({ unmounts, added, namespaces }: UnmountInput): Plan {
  const draft = newDraft();
  const scratch = { target: newSlot(draft), statx: reserve(draft, STRUCT_STATX_SIZE) };
  const unmountDraft: UnmountDraft = Object.assign(draft, { added, ...scratch });
  enter(draft, namespaces, UNMOUNT_DESCRIPTORS.mounts);
  for (const unmount of unmounts) {
    find(unmountDraft, unmount);
    close(draft, { slot: scratch.target });
  }
  for (const unmount of unmounts) {
    find(unmountDraft, unmount);
    call(draft, 'dup3', [{ slot: scratch.target }, FOUND, L.O_CLOEXEC]);
    close(draft, { slot: scratch.target });
    detach(draft, FOUND);
    close(draft, FOUND);
  }
  return finish(draft);
}

/** Compiles the plan that unmounts `count` mounts that it is given by descriptor, the last one first. */
export function compileDetachPlan(count: number, namespaces: number): Plan {
  const draft = newDraft();
  const { mounts } = UNMOUNT_DESCRIPTORS;
  enter(draft, namespaces, mounts + count);
  tell(draft, '', 'take back a mount');
  for (let descriptor = mounts + count - 1; descriptor >= mounts; descriptor--) {
    detach(draft, descriptor, [errno.EINVAL]);
  }
  return finish(draft);
}

/** @param end the first descriptor that is not the plan's */
function enter(draft: Draft, namespaces: number, end: number): void {
  const descriptors = newSlot(draft);
  tell(draft, '', 'set up the process that unmounts');
  call(draft, 'close_range', [end, L.CLOSE_RANGE_LAST, 0]);
  // The container's procfs is not to be trusted.
  const flags = L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC;
  call(draft, 'openat', [HERE, { text: '/proc/self/fd' }, flags], { result: descriptors });
  tell(draft, '/linux/namespaces', "join the container's namespaces");
  call(draft, 'setns', [UNMOUNT_DESCRIPTORS.init, namespaces & (L.CLONE_NEWUSER | L.CLONE_NEWNS)]);
  call(draft, 'fchdir', [{ slot: descriptors }]);
  call(draft, 'prctl', [L.PR_SET_DUMPABLE, 0, 0, 0, 0]);
}

function finish(draft: Draft): Plan {
  tell(draft, '', 'end');
  call(draft, 'exit_group', [0]);
  return { operations: draft.operations, memory: draft.memory, report: UNMOUNT_DESCRIPTORS.report };
}

const LOCKED: readonly Reason[] = [
  { errno: errno.EINVAL, text: 'invalid argument: it is locked (mount_namespaces(7)), or has just been unmounted' },
];

/** With all that is mounted below; who has files open there keeps them. */
function detach(draft: Draft, descriptor: number, tolerate?: readonly number[]): void {
  const options = tolerate === undefined ? { reasons: LOCKED } : { tolerate };
  call(draft, 'umount2', [{ text: String(descriptor) }, L.MNT_DETACH], options);
}

// A last component that is a link itself is taken as it is: something may be mounted on it, or be it.
const HOW_LITERAL = howInRoot(L.O_PATH | L.O_NOFOLLOW, L.RESOLVE_NO_SYMLINKS);

/**
 * Leaves the mount at a destination in `draft.target`. The container must not be able to have another one taken away,
 * one that masks a path, by a link in the way: links are followed only to mounts that are known to have been added.
 */
function find(draft: UnmountDraft, unmount: Unmount): void {
  const { destination, path, origin, otherwise } = unmount;
  const [linked, unmounted] = [newLabel(draft, 'linked'), newLabel(draft, 'unmounted')];
  const [nowhere, found] = [newLabel(draft, 'nowhere'), newLabel(draft, 'found')];
  tell(draft, origin, `unmount ${JSON.stringify(destination)}`);
  const args = [UNMOUNT_DESCRIPTORS.root, { text: path }, HOW_LITERAL, L.OPEN_HOW_SIZE];
  resolveInRoot(draft, args, { result: draft.target, on: [{ errno: errno.ELOOP, to: linked }] });
  identify(draft, unmounted);
  if (otherwise === undefined) jump(draft, found);
  else requireAdded(draft, found, otherwise);
  mark(draft, unmounted);
  close(draft, { slot: draft.target });
  mark(draft, linked);
  openInRoot(draft, UNMOUNT_DESCRIPTORS.root, { path, result: draft.target });
  identify(draft, nowhere);
  requireAdded(draft, found, 'its path goes through a symbolic link to a mount that was not added while it runs');
  mark(draft, nowhere);
  fail(draft, errno.EINVAL, `cannot ${draft.action}: not mounted`);
  mark(draft, found);
}

/** Looks at the file in `draft.target`; goes on at `unmounted` when it is not the root of a mount. */
function identify(draft: UnmountDraft, unmounted: Label): void {
  const flags = L.AT_EMPTY_PATH | L.AT_SYMLINK_NOFOLLOW | L.AT_NO_AUTOMOUNT;
  call(draft, 'statx', [{ slot: draft.target }, EMPTY, flags, L.STATX_MNT_ID, { memory: draft.statx }]);
  const attributes: Value = { load: draft.statx + L.STATX_OFFSET.attributes, size: 8 };
  branch(draft, attributes, { mask: L.STATX_ATTR_MOUNT_ROOT, test: 'equal', operand: 0, to: unmounted });
}

function requireAdded(draft: UnmountDraft, found: Label, otherwise: string): void {
  const id: Value = { load: draft.statx + L.STATX_OFFSET.mountId, size: 8 };
  for (const added of draft.added) branch(draft, id, { test: 'equal', operand: added, to: found });
  fail(draft, errno.EPERM, `cannot ${draft.action}: ${otherwise}`);
}
