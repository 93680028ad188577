// Signals to a container's processes. Knows nothing of whether they may be sent.

import { closeSync } from 'node:fs';
import { thawAll } from '../cgroup/freezer.ts';
import { killCgroups, signalEach } from '../cgroup/kill.ts';
import { processesOf as processesOfCgroups } from '../cgroup/processes.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, pidfdOpen, pidfdSendSignal, pollReadable } from '../ffi/system-calls.ts';
import { SIGKILL } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { processesWithoutCgroup } from './processes.ts';
import { type InitIdentity, isAlive, isThere } from './status.ts';
import type { StateFile } from './store.ts';

/** A descriptor of the container's init, or undefined when it has ended. The caller closes it.
 *
 * @param isWanted whether it is; by default, even one that is ending */
export function openInit(ffi: Ffi, state: InitIdentity, isWanted = isThere): number | undefined {
  if (state.pid === undefined) return undefined;
  const pidfd = pidfdOpen(ffi, state.pid);
  if (pidfd === -errno.ESRCH) return undefined;
  must(pidfd, "open the container's process");
  // Looked at after the descriptor is open: if this is the init, the descriptor is the init's.
  if (isWanted(state)) return pidfd;
  closeSync(pidfd);
  return undefined;
}

/** Sends a signal to the container's init. @throws NuncError `container not running` when it has ended */
export function signalInit(ffi: Ffi, state: InitIdentity, signal: number): void {
  const pidfd = openInit(ffi, state, isAlive);
  const result = pidfd === undefined ? -errno.ESRCH : pidfdSendSignal(ffi, pidfd, signal);
  if (pidfd !== undefined) closeSync(pidfd);
  if (result === -errno.ESRCH) throw new NuncError('state', 'container not running');
  must(result, `send signal ${signal} to the container`);
}

type KilledState = InitIdentity & Pick<StateFile, 'cgroups'>;

/** How often a wait for the init's end looks whether somebody has frozen it meanwhile, in milliseconds. */
const THAW_INTERVAL = 100;

/** Ends the container's init, frozen or not, and waits until it is gone. @returns false when it did not go in time */
export function killInit(ffi: Ffi, state: KilledState, milliseconds: number): boolean {
  const pidfd = openInit(ffi, state);
  if (pidfd === undefined) return true;
  try {
    const sent = pidfdSendSignal(ffi, pidfd, SIGKILL);
    if (sent !== -errno.ESRCH) must(sent, "kill the container's process");
    for (let left = milliseconds; left > 0; left -= THAW_INTERVAL) {
      thawAll(state.cgroups);
      if (must(pollReadable(ffi, pidfd, THAW_INTERVAL), "wait for the container's process") !== 0) return true;
    }
    return false;
  } finally {
    closeSync(pidfd);
  }
}

type SignalledState = InitIdentity & Pick<StateFile, 'cgroups' | 'ownPidNamespace'>;

/** Sends a signal to every process of the container; those that end meanwhile are fine. */
export function signalAll(ffi: Ffi, { state, signal }: { state: SignalledState; signal: number }): void {
  signalEach(ffi, { list: () => processesOf(state), signal });
}

/** Kills every process of the container and waits for their end, for a time in milliseconds. */
export function killAll(ffi: Ffi, state: SignalledState, milliseconds: number): void {
  if (state.cgroups.cgroups.length > 0) killCgroups(ffi, state.cgroups, milliseconds);
  else signalAll(ffi, { state, signal: SIGKILL });
}

/** Pids of the container's processes, ascending; none when all have ended. */
export function processesOf(state: SignalledState): number[] {
  return state.cgroups.cgroups.length > 0 ? processesOfCgroups(state.cgroups) : processesWithoutCgroup(state);
}
