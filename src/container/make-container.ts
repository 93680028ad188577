// The making of a container, from the taken id to the init that waits to be started. Whatever fails, nothing is left.

import { closeSync, constants, openSync } from 'node:fs';
import type { CgroupContents, CgroupPlacement, CreatedCgroups } from '../cgroup/driver.ts';
import { joinFiles } from '../cgroup/placement.ts';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { makeFifo, must } from '../ffi/system-calls.ts';
import { openFifos } from '../launch/ends.ts';
import { type Pair, sealExecutable } from '../launch/executable.ts';
import { writeIdMaps } from '../launch/id-maps.ts';
import { fileHandlers } from '../launch/init-files.ts';
import { endChild, launchInit, type LaunchRequest, type RequestHandlers } from '../launch/rendezvous.ts';
import { openIdMapNamespaces } from '../launch/user-namespace.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import type { Filter } from '../seccomp/compile.ts';
import { handOverTerminal } from './console-socket.ts';
import type { CreateRequest } from './create.ts';
import { keepFilter } from './filter.ts';
import { runCreateHooks, runPoststopHooks } from './hooks.ts';
import { identify, initialState } from './initial-state.ts';
import { type ContainerLock, lockContainer } from './lock.ts';
import { openNamespaces } from './namespaces.ts';
import { writePidFile } from './pid-file.ts';
import type { PreparedBundle } from './prepare.ts';
import { sendListener } from './seccomp-agent.ts';
import { earlierKills, explainShortage, setLastOomScore } from './shortage.ts';
import { addTimes, lap } from './stopwatch.ts';
import {
  alreadyExists, type ContainerPlace, fifosOf, isInUse, removeDirectory, removeEmptyDirectory, type StateFile,
  writeConfig, writeState,
} from './store.ts';
import { endStrays } from './strays.ts';
import {
  announceInit, prepareSurroundings, returnDevices, returnGroups, type Surroundings, surroundingsHandlers, surroundInit,
} from './surroundings.ts';

export interface Compiled {
  readonly compiled: CreatePlan;
  readonly image: Uint8Array;
}

export interface Work extends Compiled {
  readonly request: CreateRequest;
  readonly prepared: PreparedBundle;
  readonly placement: CgroupPlacement;
  readonly contents: CgroupContents;
  readonly filter: Filter | undefined;
  /** Connected to request.consoleSocket. */
  readonly socket: number | undefined;
  readonly surroundings: Surroundings;
}

/** From the taken id on: undoes everything when anything fails. */
export function makeContainer(ffi: Ffi, place: ContainerPlace, work: Work): number {
  const { request: { cgroupDriver, pidFile, stopwatch }, surroundings } = work;
  const lock = lockOwn(ffi, place);
  let cgroups: CreatedCgroups | undefined;
  let init = 0;
  const state = initialState(place, { ...work, newKeyring: work.request.newKeyring });
  const progress: Progress = { state, pidIsKnown: false, hooked: false, kills: 0 };
  try {
    // Written before there is anything to clean up, for whoever has to do it when this process is killed.
    writeState(place, progress.state);
    writeConfig(place, work.prepared.text);
    keepFilter(place, work.filter);
    lap(stopwatch, 'take the id');
    const created = cgroupDriver.createCgroups(work.placement, work.contents);
    cgroups = created;
    progress.kills = earlierKills(created);
    lap(stopwatch, 'make the cgroups');
    prepareSurroundings(surroundings, place);
    const onPid = (pid: number): void => {
      progress.state = { ...progress.state, ...identify(pid), cgroups: created };
      // Whoever cleans up when this process is killed finds the init by its cgroup.
      if (created.cgroups.length === 0) tellPid(place, progress);
      surroundInit(surroundings, pid);
    };
    init = launch(ffi, place, work, { onPid, handlers: requestHandlers(ffi, place, { work, progress }) });
    lap(stopwatch, 'follow the init until it is created');
    cgroupDriver.settleCgroups(created, work.contents);
    setLastOomScore(init, work.prepared.spec);
    if (pidFile !== undefined) writePidFile(pidFile, init);
    announceInit(ffi, surroundings, init);
    writeState(place, { ...progress.state, complete: true });
    lap(stopwatch, 'write the state');
    return init;
  } catch (cause) {
    const reason = cgroups === undefined ? cause
      : explainShortage(cause, { cgroups, contents: work.contents, earlierKills: progress.kills });
    const error = returnDevices(ffi, surroundings, reason);
    if (init !== 0) endChild(ffi, init);
    throw undo(ffi, work, { place, cgroups, error, progress });
  } finally {
    lock.release();
  }
}

/** What is known of the container so far. */
interface Progress {
  state: StateFile;
  /** Whether the state that is written has the init's pid. */
  pidIsKnown: boolean;
  /** Whether hooks have begun: what they began others end (runtime.md, "Lifecycle", steps 12 and 13). */
  hooked: boolean;
  /** Of processes in its cgroups, before it had any of its own. */
  kills: number;
}

function tellPid(place: ContainerPlace, progress: Progress): void {
  if (!progress.pidIsKnown) writeState(place, progress.state);
  progress.pidIsKnown = true;
}

interface Making {
  readonly work: Work;
  readonly progress: Progress;
}

/** Who does what the init asks for. Hooks and those at the other ends of sockets may ask for the container's state,
 * which has to have the pid by then; without them nobody needs it before the container is complete. */
function requestHandlers(ffi: Ffi, place: ContainerPlace, { work, progress }: Making): RequestHandlers {
  const { prepared: { spec, facts }, compiled, surroundings } = work;
  return {
    ...surroundingsHandlers(ffi, spec, surroundings),
    ...fileHandlers(ffi, spec, compiled.targets),
    listener: ({ pid, value }) => {
      tellPid(place, progress);
      sendListener(ffi, value, { ...progress.state, pid, seccomp: spec.linux?.seccomp });
    },
    terminal: ({ receive }) => {
      tellPid(place, progress);
      handOverTerminal(ffi, receive(), work);
    },
    hooks: ({ pid }) => {
      tellPid(place, progress);
      progress.hooked = true;
      runCreateHooks(ffi, { state: { ...progress.state, pid }, spec, facts });
    },
  };
}

interface FailedCreate {
  readonly place: ContainerPlace;
  readonly cgroups: CreatedCgroups | undefined;
  readonly error: unknown;
  readonly progress: Progress;
}

/** Removes what was made. What can't be removed keeps its state file, so that delete can try again.
 *
 * @returns the error to report: why create failed, and what else went wrong */
function undo(ffi: Ffi, { request: { cgroupDriver, warn }, surroundings }: Work, failed: FailedCreate): unknown {
  const { place, cgroups, error, progress } = failed;
  try {
    if (cgroups !== undefined) {
      endStrays(ffi, cgroups);
      cgroupDriver.removeCgroups(cgroups);
    }
    returnGroups(surroundings);
    removeDirectory(place);
    if (progress.hooked) runPoststopHooks(ffi, progress.state, warn);
    return error;
  } catch (second) {
    const reasons = [error, second].map(messageOf);
    const hint = `\`nunc delete ${place.id}\` tries again`;
    return new NuncError('syscall', reasons.join('; and '), { cause: error, hint });
  }
}

/** Locks the directory that this command has just made, and makes sure that it is still the one. */
export function lockOwn(ffi: Ffi, place: ContainerPlace): ContainerLock {
  let lock: ContainerLock;
  try {
    lock = lockContainer(ffi, place);
  } catch (error) {
    removeEmptyDirectory(place);
    throw error;
  }
  // A delete and another create of the same id may have come in between.
  if (isInUse(place)) {
    lock.release();
    throw alreadyExists(place);
  }
  return lock;
}

type InitCallbacks = Pick<LaunchRequest, 'onPid' | 'handlers'>;

function launch(ffi: Ffi, place: ContainerPlace, work: Work, callbacks: InitCallbacks): number {
  const { prepared, compiled, image, request: { stopwatch } } = work;
  const fifos = fifosOf(place);
  must(makeFifo(ffi, fifos.report, 0o600), `make the fifo "${fifos.report}"`);
  must(makeFifo(ffi, fifos.gate, 0o600), `make the fifo "${fifos.gate}"`);
  const unified = joinFiles(work.placement).unified;
  const opened: number[] = [];
  try {
    const executable = sealExecutable(ffi, image);
    opened.push(executable);
    const namespaces = openNamespaces(ffi, compiled.descriptors.joined);
    opened.push(...namespaces);
    const idMaps = openIdMapNamespaces(ffi, compiled.descriptors.idMaps, { facts: prepared.facts, opened });
    const cgroup = unified === undefined ? undefined : openSync(unified, constants.O_RDONLY | constants.O_DIRECTORY);
    if (cgroup !== undefined) opened.push(cgroup);
    const { descriptors, waitsForMaps, stamps } = compiled;
    const given: Pair[] = [...namespaces, ...idMaps].map((from, i) => [from, descriptors.firstNamespace + i]);
    if (cgroup !== undefined) given.push([cgroup, descriptors.cgroup]);
    const { spec: { linux }, facts: writer } = prepared;
    const writeMaps = (pid: number): void => writeIdMaps(ffi, pid, { linux, writer });
    return launchInit(ffi, {
      compiled,
      purpose: 'create the container',
      executable,
      ends: openFifos(ffi, fifos),
      given,
      ...callbacks,
      ...(waitsForMaps ? { writeMaps } : {}),
      onTimes: (times) => { addTimes(stopwatch, stamps, times); },
    });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
