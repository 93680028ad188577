// Removes a container's cgroups: deepest first, then the parents that a nunc made and nobody uses any more.

import { NuncError } from '../error.ts';
import { cgroupError, isMarked, parentOf, removeDirectory, verifyInside } from './directory.ts';
import type { PlacedCgroup, RemovableCgroups } from './driver.ts';
import { childrenOf } from './processes.ts';

/** How long removal waits in all, in milliseconds, for dying processes to leave their cgroups. */
const PATIENCE = 2000;
const LONGEST_WAIT = 50;

/** Blocks the thread: nothing else is to happen before the cgroups are gone. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Removes a cgroup with those below it. @returns whether all are gone. */
function removeTree(path: string): boolean {
  if (removeDirectory(path)) return true;
  const children = childrenOf(path);
  for (const child of children) removeTree(child);
  return children.length > 0 && removeDirectory(path);
}

/** Removes the empty parents that carry nunc's mark. Those in use are left to whoever uses them. */
function removeParents({ path, mountpoint }: PlacedCgroup): void {
  for (let parent = parentOf(path); parent.length > mountpoint.length; parent = parentOf(parent)) {
    if (!isMarked(parent) || !removeDirectory(parent)) return;
  }
}

interface Patience {
  left: number;
}

/** Tries until the tree is gone or the patience is at its end; the first tries follow one another closely. */
function insist(path: string, patience: Patience): boolean {
  let wait = 1;
  while (!removeTree(path)) {
    if (patience.left <= 0) return false;
    sleep(wait);
    patience.left -= wait;
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
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
  const patience: Patience = { left: PATIENCE };
  let failure: NuncError | undefined;
  cgroups.forEach((cgroup, index) => {
    verifyInside(cgroup);
    const mine = made === undefined ? isMarked(cgroup.path) : (made[index] ?? false);
    try {
      if (removeCgroup(cgroup, mine, patience)) return;
      failure ??= new NuncError('syscall', `cannot remove the cgroup "${cgroup.path}": it still has processes`);
    } catch (cause) {
      failure ??= cgroupError(`remove the cgroup "${cgroup.path}"`, cause);
    }
  });
  if (failure !== undefined) throw failure;
}
