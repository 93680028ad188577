// Removes a container's cgroups: deepest first, then the parents that a nunc made and nobody uses any more.

import { NuncError } from '../error.ts';
import { cgroupError, isMarked, isMarkedLeaf, parentOf, removeDirectory, verifyInside } from './directory.ts';
import type { PlacedCgroup, RemovableCgroups } from './driver.ts';
import { FIRST_WAIT, type Patience, patienceOf, waitAgain } from './patience.ts';
import { walkTree } from './tree.ts';

/** How long removal waits in all, in milliseconds, for dying processes to leave their cgroups. */
const PATIENCE = 2000;

/** Removes a cgroup with those below it. @returns whether all are gone. */
function removeTree(root: string): boolean {
  let gone = removeDirectory(root);
  if (gone) return true;
  // One that is made meanwhile keeps those above it: the next try finds it.
  walkTree(root, (path) => { gone = removeDirectory(path); });
  return gone;
}

/** Removes the empty parents that carry nunc's mark. Those in use are left to whoever uses them. */
function removeParents({ path, mountpoint }: PlacedCgroup): void {
  for (let parent = parentOf(path); parent.length > mountpoint.length; parent = parentOf(parent)) {
    if (!isMarkedLeaf(parent) || !removeDirectory(parent)) return;
  }
}

/** Tries until the tree is gone or the patience is at its end. */
function insist(path: string, patience: Patience): boolean {
  patience.wait = FIRST_WAIT;
  while (!removeTree(path)) if (!waitAgain(patience)) return false;
  return true;
}

/** Removes one cgroup and its parents. @throws NodeJS.ErrnoException @returns whether all that had to go is gone. */
function removeCgroup(cgroup: PlacedCgroup, made: boolean, patience: Patience): boolean {
  // A cgroup of somebody else goes only if a nunc made it, and as a parent does: when nobody is in it any more.
  const gone = made ? insist(cgroup.path, patience) : isMarked(cgroup.path) && removeDirectory(cgroup.path);
  if (gone || !made) removeParents(cgroup);
  return gone || !made;
}

/**
 * Removes the cgroups that createCgroups made and the cgroups that the container made below them. What is already gone
 * is fine. Waits up to two seconds in all for processes that are dying.
 *
 * @throws NuncError of kind `syscall` naming the first cgroup that could not be removed, after trying all.
 */
export function removeCgroups({ cgroups, made }: RemovableCgroups): void {
  const patience = patienceOf(PATIENCE);
  let failure: NuncError | undefined;
  cgroups.forEach((cgroup, index) => {
    verifyInside(cgroup);
    const mine = made === undefined ? isMarked(cgroup.path) : (made[index] ?? false);
    try {
      if (removeCgroup(cgroup, mine, patience)) return;
      failure ??= new NuncError('syscall', `cannot remove the cgroup "${cgroup.path}": it still has processes`, {
        code: 'E_CGROUP',
      });
    } catch (cause) {
      failure ??= cgroupError(`remove the cgroup "${cgroup.path}"`, cause);
    }
  });
  if (failure !== undefined) throw failure;
}
