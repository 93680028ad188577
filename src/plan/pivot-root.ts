// The rootfs: cloned into a detached tree, attached over the root directory, and made the root.

import { namespaceSource } from '../config/rules/namespaces.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { call, close, EMPTY, HERE, mark, newLabel, tell } from './draft.ts';
import { cloneTree, NO_CHANGE, recloneTree, setAttributes } from './mount-steps.ts';
import { clonesInInit, clonesInStageZero } from './rights.ts';

const PROPAGATION: Readonly<Record<string, number>> = {
  shared: L.MS_SHARED,
  slave: L.MS_SLAVE,
  private: L.MS_PRIVATE,
  unbindable: L.MS_UNBINDABLE,
};

/** MS_… of linux.rootfsPropagation; the r… forms, which runc also takes, mean the same here. */
function rootfsPropagation(draft: CreateDraft): number | undefined {
  const value = draft.input.spec.linux?.rootfsPropagation ?? '';
  return PROPAGATION[value.startsWith('r') ? value.slice(1) : value];
}

/** What the host's mounts become in the container's namespace. Slave is the default, as with runc: mounts of the host
 * still arrive, and none go back. An unbindable mount could not be cloned. */
export function inheritedPropagation(draft: CreateDraft): number {
  const propagation = rootfsPropagation(draft) ?? L.MS_SLAVE;
  return propagation === L.MS_UNBINDABLE ? L.MS_PRIVATE : propagation;
}

function tellRootfs(draft: CreateDraft): void {
  tell(draft, '/root/path', `mount the rootfs ${JSON.stringify(draft.input.rootfs)}`);
}

/** Clones the rootfs into `draft.root`. */
export function cloneRootfs(draft: CreateDraft): void {
  tellRootfs(draft);
  cloneTree(draft, draft.input.rootfs, { recursive: true, result: draft.root });
  separateRootfs(draft);
}

/** A shared rootfs is to be shared in a peer group of its own, not in the host's. */
function separateRootfs(draft: CreateDraft): void {
  const inherited = inheritedPropagation(draft);
  const propagation = inherited === L.MS_SHARED ? L.MS_PRIVATE : inherited;
  setAttributes(draft, { slot: draft.root }, { change: NO_CHANGE, recursive: true, propagation });
}

/**
 * Puts the rootfs over "/" of a mount namespace that has been cut off from the host's. A path resolved from "/" still
 * means the host's: only `draft.root` leads into the rootfs. No directory of the host needs to be reachable for it,
 * which a user namespace might not be allowed.
 */
export function planRootfs(draft: CreateDraft): void {
  if (namespaceSource(draft.input.spec, 'mount') !== 'new') {
    tellRootfs(draft);
    const flags = L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC;
    call(draft, 'openat', [HERE, { text: draft.input.rootfs }, flags], { result: draft.root });
    return;
  }
  if (!clonesInInit(draft)) {
    if (clonesInStageZero(draft)) {
      tellRootfs(draft);
      recloneTree(draft, draft.input.rootfs, { recursive: true, result: draft.root, early: draft.root });
      separateRootfs(draft);
    } else cloneRootfs(draft);
  }
  tellRootfs(draft);
  // What the rootfs is attached to must not be shared, or it would reach the host. Bind mounts of what is on the host's
  // "/" have been cloned before, and stay shared with it where that was asked for.
  if (inheritedPropagation(draft) === L.MS_SHARED) call(draft, 'mount', [0, { text: '/' }, 0, L.MS_PRIVATE, 0]);
  call(draft, 'move_mount', [{ slot: draft.root }, EMPTY, HERE, { text: '/' }, L.MOVE_MOUNT_F_EMPTY_PATH]);
}

/** Gives the new mount namespace a propagation of its own. */
export function cutOff(draft: CreateDraft): void {
  tell(draft, '/linux/rootfsPropagation', 'change the propagation of "/"');
  call(draft, 'mount', [0, { text: '/' }, 0, L.MS_REC | inheritedPropagation(draft), 0]);
}

/** Makes the rootfs the root and lets go of the host's mounts. */
export function planPivot(draft: CreateDraft): void {
  const { spec, noPivot } = draft.input;
  tell(draft, '/root/path', 'change the root directory');
  call(draft, 'fchdir', [{ slot: draft.root }]);
  if (noPivot || namespaceSource(spec, 'mount') !== 'new') {
    if (namespaceSource(spec, 'mount') === 'new') hideKernelFileSystems(draft);
    call(draft, 'chroot', [{ text: '.' }]);
  } else {
    // To every call but umount2(2), "." means the new root once it is there: the old one is kept by descriptor.
    const flags = L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC;
    call(draft, 'openat', [HERE, { text: '/' }, flags], { result: draft.target });
    // pivot_root(2): the old root ends up mounted over the new one.
    call(draft, 'pivot_root', [{ text: '.' }, { text: '.' }]);
    // Or unmounting it would reach the host where it is shared with it; the container's own mounts stay as they are.
    setAttributes(draft, { slot: draft.target }, { change: NO_CHANGE, recursive: true, propagation: L.MS_SLAVE });
    close(draft, { slot: draft.target });
    call(draft, 'umount2', [{ text: '.' }, L.MNT_DETACH]);
  }
  call(draft, 'chdir', [{ text: '/' }]);
  const propagation = rootfsPropagation(draft);
  if (propagation === undefined || namespaceSource(spec, 'mount') !== 'new') return;
  tell(draft, '/linux/rootfsPropagation', 'change the propagation of the rootfs');
  call(draft, 'mount', [0, { text: '/' }, 0, propagation, 0]);
}

/** Without pivot_root(2) the host's procfs and sysfs stay in the namespace: unmasked, they would let the container
 * mount new ones that are unmasked too (the kernel's rule for user namespaces, as runc's msMoveRoot has it). */
function hideKernelFileSystems(draft: CreateDraft): void {
  for (const path of draft.input.kernelFileSystems) {
    const hidden = newLabel(draft, 'hidden');
    call(draft, 'umount2', [{ text: path }, L.MNT_DETACH], { tolerate: [errno.EINVAL, errno.EPERM], success: hidden });
    call(draft, 'mount', [{ text: 'tmpfs' }, { text: path }, { text: 'tmpfs' }, 0, 0]);
    mark(draft, hidden);
  }
}
