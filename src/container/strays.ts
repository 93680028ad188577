// After a failed create: processes that it made and never heard of. Knows nothing of why.

import { readFileSync } from 'node:fs';
import type { CgroupPlacement } from '../cgroup/driver.ts';
import { processesOf } from '../cgroup/processes.ts';
import type { Ffi } from '../ffi/port.ts';
import { endChild } from '../launch/rendezvous.ts';

/**
 * Ends the children of this process that are in a container's cgroups: stage 0 can have made an init and then failed to
 * tell its pid. Others there are not this create's, should the cgroups be shared.
 */
export function endStrays(ffi: Ffi, placement: CgroupPlacement): void {
  for (const pid of processesOf(placement)) {
    if (parentOf(pid) === process.pid) endChild(ffi, pid);
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}
