// kill: a signal for the container's init, or for all of its processes.

import { thawAll } from '../cgroup/freezer.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { SIGKILL } from '../linux/constants.ts';
import { killAll, signalAll, signalInit } from './signal.ts';
import { readUnlocked } from './status.ts';
import type { ContainerPlace } from './store.ts';

interface KillRequest {
  readonly place: ContainerPlace;
  readonly signal: number;
  /** Every process of the container; one whose init has ended is no failure then. */
  readonly all: boolean;
}

/** How long --all waits, in milliseconds, for what it has killed to be gone. */
const KILL_PATIENCE = 2000;

/** Sends a signal. @throws NuncError `container not running` when the container's init has ended */
export function killContainer(ffi: Ffi, request: KillRequest): void {
  const { place, signal, all } = request;
  const { state, isBeingCreated } = readUnlocked(ffi, place);
  if (state === undefined || isBeingCreated) {
    throw new NuncError('state', 'container not running');
  }
  if (all && signal === SIGKILL) {
    killAll(ffi, state, KILL_PATIENCE);
    return;
  }
  if (all) signalAll(ffi, { state, signal });
  else signalInit(ffi, state, signal);
  // v1: what is frozen does not end. As with runc it is no longer paused then, on v2 neither.
  if (signal === SIGKILL) thawAll(state.cgroups);
}
