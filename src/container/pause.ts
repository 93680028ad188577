// pause and resume: all processes of a container stand still, and go on. Neither waits for the container's lock: a
// start that holds it waits for an init which may be frozen, and resume is what lets it go on.

import { readFileSync } from 'node:fs';
import { freeze, thaw } from '../cgroup/freezer.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { SIGKILL } from '../linux/constants.ts';
import { failureWith, lookAt } from './status.ts';
import type { ContainerPlace, StateFile } from './store.ts';

/** Of the masks of proc_pid_status(5). */
const SIGKILL_BIT = 1n << BigInt(SIGKILL - 1);

/** @throws NuncError `container not running`, also of one that is paused, as runc words it */
export function pauseContainer(ffi: Ffi, place: ContainerPlace): void {
  const { state, status } = lookAt(ffi, place);
  if (state === undefined || (status !== 'created' && status !== 'running')) {
    throw new NuncError('state', 'container not running');
  }
  try {
    freeze(state.cgroups);
  } catch (cause) {
    throw failureWith(state, cause);
  }
  // With v1 who has been killed a moment ago may stand still too, and would not end.
  if (!isDoomed(state)) return;
  thaw(state.cgroups);
  throw new NuncError('state', 'container not running');
}

/** Whether the init has been sent SIGKILL, or has ended. */
function isDoomed({ pid }: StateFile): boolean {
  try {
    const pending = /^SigPnd:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
    return (BigInt(`0x${pending}`) & SIGKILL_BIT) !== 0n;
  } catch {
    return true;
  }
}

/** @throws NuncError `container not paused` */
export function resumeContainer(ffi: Ffi, place: ContainerPlace): void {
  const { state, status } = lookAt(ffi, place);
  if (state === undefined || status !== 'paused') {
    throw new NuncError('state', 'container not paused');
  }
  try {
    thaw(state.cgroups);
  } catch (cause) {
    throw failureWith(state, cause, 'container not paused');
  }
}
