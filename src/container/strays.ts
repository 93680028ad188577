// After a failed create or exec: processes that it made and never heard of, or that hooks have left. Knows nothing of
// why.

import { closeSync, readFileSync } from 'node:fs';
import type { CreatedCgroups } from '../cgroup/driver.ts';
import { killCgroups } from '../cgroup/kill.ts';
import { processesOf } from '../cgroup/processes.ts';
import type { Ffi } from '../ffi/port.ts';
import { pidfdOpen, pidfdSendSignal } from '../ffi/system-calls.ts';
import { INIT_NAME } from '../launch/executable.ts';
import { endChild } from '../launch/rendezvous.ts';
import { SIGKILL } from '../linux/constants.ts';

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

/** Ends the init that another nunc is making, and what makes it. */
export function endInitsOf(ffi: Ffi, parent: number): void {
  for (const pid of childrenOf(parent)) {
    const pidfd = pidfdOpen(ffi, pid);
    if (pidfd < 0) continue;
    // Looked at after the descriptor is open: not another process of that pid, nor a hook. One that is about to execute
    // the init has the command line of its parent, which waits for that.
    const line = commandLineOf(pid);
    const isInit = line === `${INIT_NAME}\0` || line === commandLineOf(parent);
    if (parentOf(pid) === parent && isInit) pidfdSendSignal(ffi, pidfd, SIGKILL);
    closeSync(pidfd);
  }
}

/** None where the kernel does not tell (CONFIG_PROC_CHILDREN). */
function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return children.split(' ').map(Number).filter((child) => child > 0);
  } catch {
    return [];
  }
}

function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return undefined;
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}
