// What state a container is in. The kernel is asked: the state file only says which process to ask about.

import { closeSync, lstatSync } from 'node:fs';
import { isFrozen } from '../cgroup/freezer.ts';
import { codeOf, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { openGate } from '../launch/ends.ts';
import { isLocked } from './lock.ts';
import { type ProcessStat, statOf } from './process-stat.ts';
import { type ContainerPlace, fifosOf, readState, type StateFile } from './store.ts';

export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export type InitIdentity = Pick<StateFile, 'pid' | 'startTime'>;

/** Whether the container's init is alive: a process of its pid that started when it did, and that is not ending. Every
 * command has to ask the same: what `state` calls stopped, `kill` must not signal. */
export function isAlive(state: InitIdentity): boolean {
  return initOf(state)?.exiting === false;
}

/** Whether the init is still there, and be it to end. */
export function isThere(state: InitIdentity): boolean {
  return initOf(state) !== undefined;
}

/** @returns what to throw when something about a live container has failed: when it has ended meanwhile, that */
export function failureWith(state: InitIdentity, cause: unknown, ended = 'container not running'): unknown {
  return isAlive(state) ? cause : new NuncError('state', ended, { cause });
}

function initOf({ pid, startTime }: InitIdentity): ProcessStat | undefined {
  const stat = pid === undefined ? undefined : statOf(pid);
  return stat?.startTime === startTime ? stat : undefined;
}

/** A container as it is at one moment. */
interface Look {
  /** undefined when create has not written one yet. */
  readonly state: StateFile | undefined;
  readonly status: Status;
}

/** Looks at a container without its lock. @throws NuncError when there is none */
export function lookAt(ffi: Ffi, place: ContainerPlace): Look {
  const { state, isBeingCreated } = readUnlocked(ffi, place);
  if (state?.complete === true) return { state, status: settledStatus(place, state) };
  return { state, status: isBeingCreated ? 'creating' : 'stopped' };
}

/** The state of a container, and whether its create is at work. @throws NuncError when there is none */
export function readUnlocked(ffi: Ffi, place: ContainerPlace): Pick<Look, 'state'> & { isBeingCreated: boolean } {
  let state = readState(place);
  for (;;) {
    if (state?.complete === true) return { state, isBeingCreated: false };
    if (isLocked(ffi, place)) return { state, isBeingCreated: true };
    // The create that was at work may have ended well between the two, and even made room for another.
    const again = readState(place);
    if (again?.complete !== true && again?.created === state?.created) return { state, isBeingCreated: false };
    state = again;
  }
}

/** The status of a container whose lock the caller holds, so that no create can be at work on it. */
export function settledStatus(
  place: ContainerPlace,
  state: (InitIdentity & Pick<StateFile, 'cgroups'>) | undefined,
): Exclude<Status, 'creating'> {
  if (state === undefined) return 'stopped';
  // Asked first: who ends at the gate must not seem to have passed it.
  const waits = waitsAtGate(place);
  if (!isAlive(state)) return 'stopped';
  // Whether it has been started is not told of a paused one, as with runc.
  if (isFrozen(state.cgroups)) return 'paused';
  return waits ? 'created' : 'running';
}

/** The init keeps its end of the gate fifo open until execve: who can open the other end knows that it still waits. */
function waitsAtGate(place: ContainerPlace): boolean {
  const fifos = fifosOf(place);
  try {
    // Most containers have been started. Asked first, because an error costs more; and what is no fifo can't be opened
    // without harm, or at all.
    if (lstatSync(fifos.gate, { throwIfNoEntry: false })?.isFIFO() !== true) return false;
    closeSync(openGate(fifos));
    return true;
  } catch (cause) {
    const code = codeOf(cause) ?? (cause instanceof NuncError ? cause.errno?.name : undefined);
    // Nobody reads, start has removed it meanwhile, or it is none any more.
    if (code === undefined || code === 'ENXIO' || code === 'ENOENT') return false;
    throw new NuncError('syscall', `cannot look at the gate of container "${place.id}": ${reasonOf(cause)}`, { cause });
  }
}
