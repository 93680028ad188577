// After a failed create or exec: processes that it made and never heard of, or that hooks have left. Knows nothing of
// why.

import { readFileSync } from 'node:fs';
import type { CreatedCgroups } from '../cgroup/driver.ts';
import { killCgroups } from '../cgroup/kill.ts';
import { processesOf } from '../cgroup/processes.ts';
import type { Ffi } from '../ffi/port.ts';
import { endChild } from '../launch/rendezvous.ts';

/** How long those are waited for that are not children of this process, in milliseconds. */
const PATIENCE = 2000;

/**
 * Ends the children of this process that are in a container's cgroups: stage 0 can have made an init and then failed to
 * tell its pid. Then whatever else is in those that create has made; others may not be the container's alone.
 */
export function endStrays(ffi: Ffi, created: CreatedCgroups): void {
  endChildren(ffi, processesOf(created));
  killCgroups(ffi, { cgroups: created.cgroups.filter((_, index) => created.made[index] === true) }, PATIENCE);
}

/** Ends those of the processes that are children of this one. */
export function endChildren(ffi: Ffi, pids: readonly number[]): void {
  for (const pid of pids) if (parentOf(pid) === process.pid) endChild(ffi, pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}
