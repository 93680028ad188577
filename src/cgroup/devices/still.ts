// Does something while a container's processes stand still, so that none of them sees it half done.

import { NuncError } from '../../error.ts';
import type { CgroupPlacement } from '../driver.ts';
import { freeze, isFrozen, thaw } from '../freezer.ts';
import { processesOf } from '../processes.ts';

/** How long they may take to stop, in milliseconds. */
const PATIENCE = 1000;

/** Where they can't be stopped it is done all the same. @throws what `work` throws, and NuncError */
export function whileStill(placement: CgroupPlacement, work: () => void): void {
  if (!stop(placement)) {
    work();
    return;
  }
  try {
    work();
  } finally {
    thaw(placement);
  }
}

/** @returns whether this has stopped them */
function stop(placement: CgroupPlacement): boolean {
  // A runtime that is in the container's cgroup would wait for itself.
  if (isFrozen(placement) || processesOf(placement).includes(process.pid)) return false;
  try {
    freeze(placement, PATIENCE);
    return true;
  } catch (error) {
    if (!(error instanceof NuncError)) throw error;
    return false;
  }
}
