// delete: ends what is left of a container and removes all that create made.

import { rmdirSync } from 'node:fs';
import type { CgroupDriver, RemovableCgroups } from '../cgroup/driver.ts';
import { thawAll } from '../cgroup/freezer.ts';
import { killCgroups } from '../cgroup/kill.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { SIGKILL } from '../linux/constants.ts';
import { removeGroups, type Resctrl } from '../resctrl/group.ts';
import type { LoadDriver } from './load-driver.ts';
import { lockContainer } from './lock.ts';
import { readLockedState, readOrSalvage, type Remains } from './salvage.ts';
import { killAll, killInit, signalInit } from './signal.ts';
import { settledStatus } from './status.ts';
import { type ContainerPlace, readState, removeDirectory } from './store.ts';
import { endInitsOf } from './strays.ts';

const KILL_TIMEOUT_MS = 10_000;

interface DeleteOptions {
  readonly place: ContainerPlace;
  /** Kill a container that is running. */
  readonly force: boolean;
  /** Told what was ignored, a sentence each. */
  readonly warn: (message: string) => void;
  /** For hosts without one: what stands for the mounted resctrl file system. */
  readonly resctrl?: Pick<Resctrl, 'removeDirectory'>;
}

/** Deletes a container. @throws NuncError when it does not exist or, without `force`, is running */
export async function deleteContainer(ffi: Ffi, loadDriver: LoadDriver, options: DeleteOptions): Promise<void> {
  const { place } = options;
  if (options.force) releaseStart(ffi, place);
  const lock = lockContainer(ffi, place, options.force ? createEnder(ffi, place) : undefined);
  let state: Remains | undefined;
  try {
    state = options.force ? await readOrSalvage(loadDriver, place) : readLockedState(place);
    // A container that was never started can be deleted as it is, as with runc, crun and youki.
    const status = settledStatus(place, state);
    if (status !== 'stopped' && status !== 'created' && !options.force) {
      throw new NuncError('state', `cannot delete container ${place.id} that is not stopped: ${status}`);
    }
    const driver = await loadDriver(state?.cgroups.manager ?? 'cgroupfs');
    destroyContainer(ffi, driver, { place, state, resctrl: options.resctrl, force: options.force });
  } finally {
    lock.release();
  }
  // Behind the lock: nobody is to wait for them who has only to hear that the container does not exist.
  if (state?.hooks === undefined) return;
  const { runPoststopHooks } = await import('./hooks.ts');
  runPoststopHooks(ffi, state, options.warn);
}

interface Destruction {
  readonly place: ContainerPlace;
  readonly state: Remains | undefined;
  readonly resctrl?: DeleteOptions['resctrl'] | undefined;
  /** Whether to kill what is in cgroups that would have to be empty. */
  readonly force?: boolean;
}

/** Ends and removes what there is of a container whose lock the caller holds. */
export function destroyContainer(ffi: Ffi, driver: CgroupDriver, container: Destruction): void {
  const { state, force = false, resctrl = { removeDirectory: rmdirSync } } = container;
  if (state !== undefined) {
    destroy(ffi, driver, { state, force });
    if (state.resctrl !== undefined) removeGroups(resctrl, state.resctrl);
  }
  removeDirectory(container.place);
}

/** A start whose init has been stopped (SIGSTOP, or frozen) waits for it with the container's lock: ends the init
 * first. */
function releaseStart(ffi: Ffi, place: ContainerPlace): void {
  try {
    const state = readState(place);
    if (state?.complete !== true) return;
    signalInit(ffi, state, SIGKILL);
    thawAll(state.cgroups);
  } catch {
    // It has ended, or is for the lock's holder to judge.
  }
}

/** How long a create may still be at work on a container that is to be deleted by force, in milliseconds. */
const CREATE_PATIENCE = 1000;

/** Ends a create that is not getting on, whose init has been stopped, or waits for whoever does not answer: without its
 * init it gives up. */
function createEnder(ffi: Ffi, place: ContainerPlace): (holder: () => number | undefined) => void {
  const begun = performance.now();
  return (holder) => {
    const time = performance.now() - begun;
    if (time < CREATE_PATIENCE || !endCreate(ffi, place, holder) || time < KILL_TIMEOUT_MS) return;
    throw new NuncError('state', `cannot delete container ${place.id}: its create did not end within 10 s`);
  };
}

/** @returns whether it is a create that is at work */
function endCreate(ffi: Ffi, place: ContainerPlace, holderOf: () => number | undefined): boolean {
  try {
    const state = readState(place);
    if (state?.complete !== false) return false;
    killAll(ffi, state, CREATE_PATIENCE);
    // What it has not put into its cgroups yet.
    const holder = holderOf();
    if (holder !== undefined) endInitsOf(ffi, holder);
    return true;
  } catch {
    // Gone, or for the lock's holder to judge.
    return false;
  }
}

function destroy(ffi: Ffi, driver: CgroupDriver, { state, force }: { state: Remains; force: boolean }): void {
  if (!killInit(ffi, state, KILL_TIMEOUT_MS)) {
    throw new NuncError('state', `cannot delete container ${state.id}: its init did not end within 10 s of SIGKILL`);
  }
  // Without a pid namespace of its own the container's other processes outlive its init. Without a pid create was
  // killed before it knew it: what it had started may still be there. What does not end keeps its cgroup.
  if (!state.ownPidNamespace || state.pid === undefined) killAll(ffi, state, KILL_TIMEOUT_MS);
  try {
    driver.removeCgroups(state.cgroups);
  } catch (error) {
    if (!force) throw error;
    // Whose init is not the one that the state knows: then its processes did not end with it.
    killCgroups(ffi, ownCgroups(state.cgroups), KILL_TIMEOUT_MS);
    driver.removeCgroups(state.cgroups);
  }
}

/** Those that create made: others may not be the container's alone. */
function ownCgroups({ cgroups, made = [] }: RemovableCgroups): Pick<RemovableCgroups, 'cgroups'> {
  return { cgroups: cgroups.filter((_, index) => made[index] === true) };
}
