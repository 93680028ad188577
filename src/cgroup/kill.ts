// Kills every process in a container's cgroups, also those that fork as fast as they can, that are frozen, and that
// have moved about. Signals go by pidfd: a pid that was given to another process in the meantime is never hit.

import { closeSync, writeFileSync } from 'node:fs';
import type { Ffi } from '../ffi/port.ts';
import { pidfdOpen, pidfdSendSignal } from '../ffi/system-calls.ts';
import { SIGKILL } from '../linux/constants.ts';
import type { CgroupPlacement } from './driver.ts';
import { thawAll, tryToFreeze } from './freezer.ts';
import { patienceOf, waitAgain } from './patience.ts';
import { processesOf } from './processes.ts';

type Cgroups = Pick<CgroupPlacement, 'cgroups'>;

/** How long a sweep waits for processes to stand still, in milliseconds. */
const FREEZE_PATIENCE = 200;

/** How many looks at the same processes it takes to kill them once more: their pids may be others' by now. */
const LOOKS = 5;

/**
 * Kills all processes in cgroups and below them, and waits until they are gone.
 *
 * @returns false when some are there after that time: they can't end, or others keep coming
 */
export function killCgroups(ffi: Ffi, placement: Cgroups, milliseconds: number): boolean {
  const patience = patienceOf(milliseconds);
  let killed: ReadonlySet<number> = killUnified(placement);
  thawAll(placement);
  for (let looks = 1; ; looks++) {
    const present = processesOf(placement);
    if (present.length === 0) return true;
    if (looks % LOOKS === 0 || present.some((pid) => !killed.has(pid))) killed = sweep(ffi, placement);
    if (!waitAgain(patience)) return false;
  }
}

/** The v2 trees' own way: at once, with what is being forked. @returns those that it has reached */
function killUnified({ cgroups }: Cgroups): Set<number> {
  const unified = cgroups.filter(({ version }) => version === 2);
  const killed = new Set(processesOf({ cgroups: unified }));
  for (const { path } of unified) {
    try {
      writeFileSync(`${path}/cgroup.kill`, '1', { flag: 'r+' });
    } catch {
      // Gone, threaded, or of Linux before 5.14: the sweeps reach them all the same.
      killed.clear();
    }
  }
  return killed;
}

/** Kills one by one, while they stand still as far as that can be had. */
function sweep(ffi: Ffi, placement: Cgroups): Set<number> {
  tryToFreeze(placement, FREEZE_PATIENCE);
  try {
    return signalEach(ffi, { list: () => processesOf(placement), signal: SIGKILL });
  } finally {
    thawAll(placement);
  }
}

interface Signalling {
  /** The processes that are meant, by pid, whenever it is asked. */
  readonly list: () => readonly number[];
  readonly signal: number;
}

/** Sends a signal to every process of a list; those that end meanwhile are fine. @returns those that got it */
export function signalEach(ffi: Ffi, { list, signal }: Signalling): Set<number> {
  const signalled = new Set<number>();
  const opened = list().map((pid) => ({ pid, pidfd: pidfdOpen(ffi, pid) }));
  // Still meant, now that the descriptor holds the pid.
  const present = new Set(list());
  for (const { pid, pidfd } of opened) {
    if (pidfd < 0) continue;
    if (present.has(pid) && pidfdSendSignal(ffi, pidfd, signal) === 0) signalled.add(pid);
    closeSync(pidfd);
  }
  return signalled;
}
