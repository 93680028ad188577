// What state a container is in. The kernel is asked: the state file only says which process to ask about.

import { closeSync, existsSync, readFileSync } from 'node:fs';
import { isFrozen } from '../cgroup/freezer.ts';
import type { Ffi } from '../ffi/port.ts';
import { openGate } from '../launch/ends.ts';
import { isLocked } from './lock.ts';
import { type ContainerPlace, fifosOf, readState, type StateFile } from './store.ts';

export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** PF_EXITING of proc_pid_stat(5)'s flags: set before a process that ends closes its descriptors. */
const EXITING = 4;

interface ProcessStat {
  /** In clock ticks since boot. */
  readonly startTime: number;
  readonly exiting: boolean;
}

/** undefined when it has ended (zombies included). */
function statOf(pid: number): ProcessStat | undefined {
  const path = `/proc/${pid}/stat`;
  // Asked first, because an error costs more.
  if (!existsSync(path)) return undefined;
  let stat: string;
  try {
    stat = readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
  // Fields are counted behind the command's closing parenthesis: a command may hold spaces and parentheses itself.
  const state = stat.lastIndexOf(')') + 2;
  if ('ZX'.includes(stat.charAt(state))) return undefined;
  const flags = fieldAfter(stat, state, 6);
  return { startTime: numberAt(stat, fieldAfter(stat, flags, 13)), exiting: (numberAt(stat, flags) & EXITING) !== 0 };
}

/** Where the field is that comes so many after the one at an index. Splitting all fifty took three times as long. */
function fieldAfter(text: string, index: number, count: number): number {
  let at = index;
  for (let i = 0; i < count; i++) at = text.indexOf(' ', at) + 1;
  return at;
}

function numberAt(text: string, index: number): number {
  return Number(text.slice(index, text.indexOf(' ', index)));
}

/** Start time of a process in clock ticks since boot; undefined when it has ended (zombies included). */
export function startTimeOf(pid: number): number | undefined {
  return statOf(pid)?.startTime;
}

export type InitIdentity = Pick<StateFile, 'pid' | 'startTime'>;

/** Whether the container's init is alive: a process of its pid that started when it did. */
export function isAlive(state: InitIdentity): boolean {
  return initOf(state) !== undefined;
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
  const init = initOf(state);
  if (init === undefined || init.exiting) return 'stopped';
  // Whether it has been started is not told of a paused one, as with runc.
  if (isFrozen(state.cgroups)) return 'paused';
  return waits ? 'created' : 'running';
}

/** The init keeps its end of the gate fifo open until execve: who can open the other end knows that it still waits. */
function waitsAtGate(place: ContainerPlace): boolean {
  const fifos = fifosOf(place);
  // Most containers have been started. Asked first, because an error costs more.
  if (!existsSync(fifos.gate)) return false;
  try {
    closeSync(openGate(fifos));
    return true;
  } catch {
    return false;
  }
}
