// create: from a bundle to a container that waits to be started. Everything that can be refused is refused before
// anything is made; whatever fails after that, nothing is left.

import { closeSync, constants, openSync } from 'node:fs';
import type { CgroupDriver, CgroupPlacement, CreatedCgroups } from '../cgroup/driver.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import { assemble } from '../elf/assemble.ts';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { makeFifo, must } from '../ffi/system-calls.ts';
import { sealExecutable } from '../launch/executable.ts';
import { DanglingLinkError } from '../launch/failure.ts';
import { fileHandlers } from '../launch/init-files.ts';
import { endChild, launchInit, type LaunchRequest } from '../launch/rendezvous.ts';
import { openIdMapNamespaces } from '../launch/user-namespace.ts';
import { compileCreatePlan, type CreatePlan } from '../plan/create-plan.ts';
import { parseAllMountOptions } from '../plan/mount-options.ts';
import type { Resctrl } from '../resctrl/group.ts';
import { specVersion } from '../version.ts';
import { activate, type Activation, NO_ACTIVATION } from './activation.ts';
import { checkTerminal, connectConsole, handOverTerminal } from './console-socket.ts';
import { runCreateHooks, runPoststopHooks } from './hooks.ts';
import { laterHooks, startOperationsOf } from './later.ts';
import { type ContainerLock, lockContainer } from './lock.ts';
import { openNamespaces } from './namespaces.ts';
import { placeCgroups, type RootlessChoice } from './placement.ts';
import { prepareBundle, type PreparedBundle } from './prepare.ts';
import { sendListener } from './seccomp-agent.ts';
import { startTimeOf } from './status.ts';
import {
  alreadyExists, type ContainerPlace, fifosOf, isEmpty, makeDirectory, placeOf, removeDirectory,
  removeEmptyDirectory, type StateFile, writeConfig, writePidFile, writeState,
} from './store.ts';
import { endStrays } from './strays.ts';
import {
  announceInit, planSurroundings, prepareSurroundings, releaseSurroundings, resetSurroundings, returnDevices,
  returnGroups, type Surroundings, surroundingsHandlers, surroundInit,
} from './surroundings.ts';

export interface CreateRequest {
  readonly root: string;
  readonly id: string;
  readonly bundle: string;
  readonly pidFile?: string;
  readonly noPivot: boolean;
  readonly newKeyring: boolean;
  /** How many descriptors from 3 on the container gets, the service manager's included. */
  readonly preserveFds: number;
  readonly activation?: Activation;
  /** Path of the socket that a pidfd of the init is sent to. */
  readonly pidfdSocket?: string;
  /** Whether to do without the cgroups that the caller may not make; `auto`: unless it is root on the host. */
  readonly rootless: RootlessChoice;
  readonly cgroupDriver: CgroupDriver;
  /** Path of the socket that the terminal's master is sent to: for whom stays behind when the runtime has ended. */
  readonly consoleSocket?: string;
  /** Takes the terminal's master, in place of a socket, and closes it: a foreground run has it. */
  readonly takeTerminal?: (master: number) => void;
  /** Told what was ignored, a sentence each. */
  readonly warn: (message: string) => void;
  /** For fault injection: the plan that is run in place of the compiled one. */
  readonly alterPlan?: (compiled: CreatePlan) => CreatePlan;
  /** For hosts without one: what stands for the mounted resctrl file system. */
  readonly resctrl?: Resctrl;
}

/** Creates a container. @returns its place and its init's pid, a child of this process */
export function createContainer(
  ffi: Ffi,
  request: CreateRequest,
  prepared = prepareContainer(request),
): { place: ContainerPlace; pid: number } {
  const place = placeOf(request.root, request.id);
  checkTerminal(prepared.spec, request);
  const placement = placeCgroups(request, prepared);
  const first = compile(place, request, { prepared, placement, runtimeMakesTargets: false });
  for (const warning of first.compiled.warnings) request.warn(warning);
  const surroundings = planSurroundings(ffi, request, { place, spec: prepared.spec });
  let socket: number | undefined;
  const make = (built: Compiled): number => {
    makeDirectory(place);
    return makeContainer(ffi, place, { request, prepared, placement, ...built, socket, surroundings });
  };
  try {
    socket = connectConsole(ffi, request);
    return { place, pid: make(first) };
  } catch (error) {
    // Rare enough not to be prepared for: no hook has run, all else is undone (docs/decisions/dangling-targets.md).
    if (!(error instanceof DanglingLinkError)) throw error;
    resetSurroundings(surroundings);
    return { place, pid: make(compile(place, request, { prepared, placement, runtimeMakesTargets: true })) };
  } finally {
    if (socket !== undefined) closeSync(socket);
    releaseSurroundings(surroundings);
  }
}

/** Reads and checks what a container is to be created of. Its config gets what the service manager has for it. */
export function prepareContainer(request: CreateRequest): PreparedBundle {
  const place = placeOf(request.root, request.id);
  const { activation = NO_ACTIVATION } = request;
  const prepared = prepareBundle(request);
  const spec = activate(prepared.spec, place, activation);
  if (spec === prepared.spec) return prepared;
  return { ...prepared, spec, mountOptions: parseAllMountOptions(spec.mounts ?? []) };
}

interface Compiled {
  readonly compiled: CreatePlan;
  readonly image: Uint8Array;
}

interface Work extends Compiled {
  readonly request: CreateRequest;
  readonly prepared: PreparedBundle;
  readonly placement: CgroupPlacement;
  /** Connected to request.consoleSocket. */
  readonly socket: number | undefined;
  readonly surroundings: Surroundings;
}

function compile(
  place: ContainerPlace,
  request: CreateRequest,
  inputs: { prepared: PreparedBundle; placement: CgroupPlacement; runtimeMakesTargets: boolean },
): Compiled {
  const { prepared, placement, runtimeMakesTargets } = inputs;
  const plan = compileCreatePlan({
    id: place.id,
    bundle: prepared.bundle,
    rootfs: prepared.rootfs,
    spec: prepared.spec,
    exactLimits: prepared.exactLimits,
    exact: prepared.exact,
    mountOptions: prepared.mountOptions,
    facts: prepared.facts,
    cgroups: placement.cgroups,
    inheritedCgroups: placement.inherited ?? [],
    kernelFileSystems: prepared.kernelFileSystems,
    noPivot: request.noPivot,
    newKeyring: request.newKeyring,
    preserveFds: request.preserveFds,
    runtimeMakesTargets,
  });
  const compiled = request.alterPlan === undefined ? plan : request.alterPlan(plan);
  return { compiled, image: assemble(compiled.plan, prepared.facts.architecture) };
}

/** From the taken id on: undoes everything when anything fails. */
function makeContainer(ffi: Ffi, place: ContainerPlace, work: Work): number {
  const { request: { cgroupDriver, pidFile }, surroundings } = work;
  const lock = lockOwn(ffi, place);
  let cgroups: CreatedCgroups | undefined;
  let init = 0;
  let state = initialState(place, work);
  const hooks = { began: false };
  try {
    // Written before there is anything to clean up, for whoever has to do it when this process is killed.
    writeState(place, state);
    writeConfig(place, work.prepared.text);
    const created = cgroupDriver.createCgroups(work.placement);
    cgroups = created;
    prepareSurroundings(surroundings, place);
    init = launch(ffi, place, work, {
      onPid: (pid) => {
        state = { ...state, ...identify(pid), cgroups: created };
        writeState(place, state);
        surroundInit(surroundings, pid);
      },
      handlers: {
        ...surroundingsHandlers(ffi, work.prepared.spec, surroundings),
        listener: ({ pid, value }) => {
          sendListener(ffi, value, { ...state, pid, seccomp: work.prepared.spec.linux?.seccomp });
        },
        ...fileHandlers(ffi, work.prepared.spec, work.compiled.targets),
        terminal: ({ receive }) => { handOverTerminal(ffi, receive(), work); },
        hooks: ({ pid }) => {
          hooks.began = true;
          runCreateHooks(ffi, { state: { ...state, pid }, spec: work.prepared.spec, facts: work.prepared.facts });
        },
      },
    });
    if (pidFile !== undefined) writePidFile(pidFile, init);
    announceInit(ffi, surroundings, init);
    writeState(place, { ...state, complete: true });
    return init;
  } catch (cause) {
    const error = returnDevices(ffi, surroundings, cause);
    if (init !== 0) endChild(ffi, init);
    throw undo(ffi, work.request, { place, cgroups, surroundings, error, ...(hooks.began ? { hooked: state } : {}) });
  } finally {
    lock.release();
  }
}

interface FailedCreate {
  readonly place: ContainerPlace;
  readonly cgroups: CreatedCgroups | undefined;
  readonly surroundings: Surroundings;
  readonly error: unknown;
  /** Given when hooks have run: what they began others end (runtime.md, "Lifecycle", steps 12 and 13). */
  readonly hooked?: StateFile;
}

/** Removes what was made. What can't be removed keeps its state file, so that delete can try again.
 *
 * @returns the error to report: why create failed, and what else went wrong */
function undo(ffi: Ffi, { cgroupDriver, warn }: CreateRequest, failed: FailedCreate): unknown {
  const { place, cgroups, surroundings, error, hooked } = failed;
  try {
    if (cgroups !== undefined) {
      endStrays(ffi, cgroupDriver, cgroups);
      cgroupDriver.removeCgroups(cgroups);
    }
    returnGroups(surroundings);
    removeDirectory(place);
    if (hooked !== undefined) runPoststopHooks(ffi, hooked, warn);
    return error;
  } catch (second) {
    const reasons = [error, second].map(messageOf);
    const hint = `nunc delete ${place.id} tries again`;
    return new NuncError('syscall', `${reasons.join('; and ')} (${hint})`, { cause: error });
  }
}

/** Locks the directory that this command has just made, and makes sure that it is still the one. */
function lockOwn(ffi: Ffi, place: ContainerPlace): ContainerLock {
  let lock: ContainerLock;
  try {
    lock = lockContainer(ffi, place);
  } catch (error) {
    removeEmptyDirectory(place);
    throw error;
  }
  // A delete and another create of the same id may have come in between.
  if (!isEmpty(place)) {
    lock.release();
    throw alreadyExists(place);
  }
  return lock;
}

function identify(pid: number): Pick<StateFile, 'pid' | 'startTime'> {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? { pid } : { pid, startTime };
}

function initialState(place: ContainerPlace, work: Work): StateFile {
  const { spec, bundle, rootfs } = work.prepared;
  const resctrl = work.surroundings.resctrl?.group.removed ?? [];
  return {
    // The state's, not the config's (runtime.md, "State").
    ociVersion: specVersion,
    id: place.id,
    bundle,
    rootfs,
    annotations: spec.annotations ?? {},
    created: new Date().toISOString(),
    owner: process.geteuid?.() ?? 0,
    complete: false,
    ownPidNamespace: namespaceSource(spec, 'pid') === 'new',
    cgroups: work.placement,
    ...(resctrl.length === 0 ? {} : { resctrl }),
    startOperations: startOperationsOf(work.compiled),
    newKeyring: work.request.newKeyring,
    ...laterHooks(spec),
  };
}

type InitCallbacks = Pick<LaunchRequest, 'onPid' | 'handlers'>;

function launch(ffi: Ffi, place: ContainerPlace, work: Work, callbacks: InitCallbacks): number {
  const { prepared, compiled, image } = work;
  const fifos = fifosOf(place);
  must(makeFifo(ffi, fifos.report, 0o600), `make the fifo "${fifos.report}"`);
  must(makeFifo(ffi, fifos.gate, 0o600), `make the fifo "${fifos.gate}"`);
  const unified = work.request.cgroupDriver.joinFiles(work.placement).unified;
  const opened: number[] = [];
  try {
    const executable = sealExecutable(ffi, image);
    opened.push(executable);
    const namespaces = openNamespaces(ffi, compiled.descriptors.joined);
    opened.push(...namespaces);
    const idMaps = openIdMapNamespaces(ffi, compiled.descriptors.idMaps, { facts: prepared.facts, opened });
    const cgroup = unified === undefined ? undefined : openSync(unified, constants.O_RDONLY | constants.O_DIRECTORY);
    if (cgroup !== undefined) opened.push(cgroup);
    return launchInit(ffi, {
      compiled,
      executable,
      fifos,
      namespaces: [...namespaces, ...idMaps],
      linux: prepared.spec.linux,
      mapWriter: prepared.facts,
      ...callbacks,
      ...(cgroup === undefined ? {} : { cgroup }),
    });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
