// The init's part in the hooks of create: it puts the rootfs where hooks look for it, and waits. What runs them is the
// runtime (container/hooks.ts), and for those in the container's namespaces hook-plan.ts.

import { namespaceSource } from '../config/rules/namespaces.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { branch, call, close, EMPTY, HERE, jump, mark, newLabel, newSlot, set, tell } from './draft.ts';
import { NO_CHANGE, setAttributes } from './mount-steps.ts';
import type { Label } from './operation.ts';
import { inheritedPropagation } from './pivot-root.ts';
import { planRequest } from './request.ts';

/** The hooks that run in the runtime's namespaces, and those in the container's that see the host's file system. */
export function planHooks(draft: CreateDraft): void {
  const { spec } = draft.input;
  const { prestart = [], createRuntime = [], createContainer = [] } = spec.hooks ?? {};
  if (prestart.length + createRuntime.length + createContainer.length === 0) return;
  tell(draft, '/hooks', 'run the hooks in the rootfs');
  // Where createContainer hooks start; also by this link of procfs.
  call(draft, 'fchdir', [{ slot: draft.root }]);
  if (namespaceSource(spec, 'mount') === 'new') planAtOwnPath(draft);
  else askForHooks(draft);
}

function askForHooks(draft: CreateDraft): void {
  tell(draft, '/hooks', 'wait for the hooks');
  planRequest(draft, 'hooks');
}

// "/" is the rootfs, it can't be moved below itself (EINVAL, ELOOP), or the user namespace's root may not go there.
const STAYS = [errno.EACCES, errno.EPERM, errno.EINVAL, errno.ELOOP];

/**
 * Hooks expect the container's mounts at the rootfs' path, and the host's tree at "/" of the mount namespace: while
 * they run the rootfs is there, as it is with other runtimes, and not over "/". Where it can't be it stays.
 */
function planAtOwnPath(draft: CreateDraft): void {
  const moved = newSlot(draft);
  const [ask, stay, end] = [newLabel(draft, 'ask'), newLabel(draft, 'stay'), newLabel(draft, 'hooks-end')];
  const path = { text: draft.input.rootfs };
  set(draft, moved, 1);
  tell(draft, '/hooks', `move the rootfs to ${JSON.stringify(draft.input.rootfs)} for the hooks`);
  if (inheritedPropagation(draft) === L.MS_SHARED) makeParentPrivate(draft, stay);
  call(draft, 'move_mount', [{ slot: draft.root }, EMPTY, HERE, path, L.MOVE_MOUNT_F_EMPTY_PATH], {
    result: moved,
    tolerate: STAYS,
    success: ask,
  });
  if (inheritedPropagation(draft) === L.MS_SHARED) mark(draft, stay);
  mark(draft, ask);
  askForHooks(draft);
  tell(draft, '/hooks', 'move the rootfs back');
  branch(draft, { slot: moved }, { test: 'not_equal', operand: 0, to: end });
  call(draft, 'move_mount', [{ slot: draft.root }, EMPTY, HERE, { text: '/' }, L.MOVE_MOUNT_F_EMPTY_PATH]);
  mark(draft, end);
}

/** Or the rootfs would appear on the host too: what it is attached to must not be shared with it. That mount is found
 * by going up until its root: the root directory is one in any case, or its propagation could not have been set. */
function makeParentPrivate(draft: CreateDraft, unreachable: Label): void {
  const [up, found] = [newLabel(draft, 'up'), newLabel(draft, 'found')];
  const flags = L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC;
  const directory = { slot: draft.target };
  call(draft, 'openat', [HERE, { text: draft.input.rootfs }, flags], {
    result: draft.target,
    on: [{ errno: errno.EACCES, to: unreachable }],
  });
  mark(draft, up);
  call(draft, 'statx', [directory, EMPTY, L.AT_EMPTY_PATH, L.STATX_TYPE, { memory: draft.statx }]);
  const attributes = { load: draft.statx + L.STATX_OFFSET.attributes, size: 8 } as const;
  branch(draft, attributes, { mask: L.STATX_ATTR_MOUNT_ROOT, test: 'not_equal', operand: 0, to: found });
  call(draft, 'openat', [directory, { text: '..' }, flags], { result: draft.parent });
  close(draft, directory);
  set(draft, draft.target, { slot: draft.parent });
  jump(draft, up);
  mark(draft, found);
  setAttributes(draft, directory, { change: NO_CHANGE, propagation: L.MS_PRIVATE });
  close(draft, directory);
}
