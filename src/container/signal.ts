// Signals to a container's processes, by pidfd: a pid that was given to another process in the meantime is never hit.

import { closeSync } from 'node:fs';
import { processesOf as processesOfCgroups } from '../cgroup/processes.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, pidfdOpen, pidfdSendSignal, pollReadable } from '../ffi/system-calls.ts';
import { SIGKILL } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { processesWithoutCgroup } from './processes.ts';
import { type InitIdentity, isAlive } from './status.ts';
import type { StateFile } from './store.ts';

/** A descriptor of the container's init, or undefined when it has ended. The caller closes it. */
export function openInit(ffi: Ffi, state: InitIdentity): number | undefined {
  if (state.pid === undefined) return undefined;
  const pidfd = pidfdOpen(ffi, state.pid);
  if (pidfd === -errno.ESRCH) return undefined;
  must(pidfd, "open the container's process");
  // Looked at after the descriptor is open: if this is the init, the descriptor is the init's.
  if (isAlive(state)) return pidfd;
  closeSync(pidfd);
  return undefined;
}

/** Sends a signal to the container's init. @throws NuncError `container not running` when it has ended */
export function signalInit(ffi: Ffi, state: InitIdentity, signal: number): void {
  const pidfd = openInit(ffi, state);
  const result = pidfd === undefined ? -errno.ESRCH : pidfdSendSignal(ffi, pidfd, signal);
  if (pidfd !== undefined) closeSync(pidfd);
  if (result === -errno.ESRCH) throw new NuncError('state', 'container not running');
  must(result, `send signal ${signal} to the container`);
}

/** Ends the container's init and waits until it is gone. @returns false when it did not go in time */
export function killInit(ffi: Ffi, state: InitIdentity, milliseconds: number): boolean {
  const pidfd = openInit(ffi, state);
  if (pidfd === undefined) return true;
  try {
    const sent = pidfdSendSignal(ffi, pidfd, SIGKILL);
    if (sent !== -errno.ESRCH) must(sent, "kill the container's process");
    return must(pollReadable(ffi, pidfd, milliseconds), "wait for the container's process") !== 0;
  } finally {
    closeSync(pidfd);
  }
}

type SignalledState = InitIdentity & Pick<StateFile, 'cgroups' | 'ownPidNamespace'>;

/** Sends a signal to every process of the container; those that end meanwhile are fine. @returns how many */
export function signalAll(ffi: Ffi, options: { state: SignalledState; signal: number }): number {
  let signalled = 0;
  const opened = processesOf(options.state).map((pid) => ({ pid, pidfd: pidfdOpen(ffi, pid) }));
  // Still the container's, now that the descriptor holds the pid.
  const present = new Set(processesOf(options.state));
  for (const { pid, pidfd } of opened) {
    if (pidfd < 0) continue;
    if (present.has(pid) && pidfdSendSignal(ffi, pidfd, options.signal) === 0) signalled += 1;
    closeSync(pidfd);
  }
  return signalled;
}

/** Pids of the container's processes, ascending; none when all have ended. */
export function processesOf(state: SignalledState): number[] {
  return state.cgroups.cgroups.length > 0 ? processesOfCgroups(state.cgroups) : processesWithoutCgroup(state);
}
