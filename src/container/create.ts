// create: from a bundle to a container that waits to be started. Everything that can be refused is refused before
// anything is made (make-container.ts).

import { closeSync, fstatSync } from 'node:fs';
import { planContents } from '../cgroup/contents.ts';
import type { CgroupDriver, CgroupPlacement } from '../cgroup/driver.ts';
import { assemble } from '../elf/assemble.ts';
import type { Ffi } from '../ffi/port.ts';
import { DanglingLinkError } from '../launch/failure.ts';
import { compileCreatePlan, type CreatePlan } from '../plan/create-plan.ts';
import { parseAllMountOptions } from '../plan/mount-options.ts';
import type { Resctrl } from '../resctrl/group.ts';
import { activate, type Activation, NO_ACTIVATION } from './activation.ts';
import { checkTerminal, connectConsole } from './console-socket.ts';
import { type Compiled, makeContainer } from './make-container.ts';
import { placeCgroups, type RootlessChoice } from './placement.ts';
import { prepareBundle, type PreparedBundle } from './prepare.ts';
import { type ContainerPlace, makeDirectory, placeOf } from './store.ts';
import { planSurroundings, releaseSurroundings, resetSurroundings } from './surroundings.ts';

export interface CreateRequest {
  readonly root: string;
  readonly id: string;
  readonly bundle: string;
  /** The config's name in the bundle, when it is not config.json. */
  readonly config?: string;
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
  const contents = planContents(prepared.spec, placement, prepared);
  const first = compile(place, request, { prepared, placement, runtimeMakesTargets: false });
  for (const warning of first.compiled.warnings) request.warn(warning);
  const surroundings = planSurroundings(ffi, request, { place, spec: prepared.spec });
  let socket: number | undefined;
  const make = (built: Compiled): number => {
    makeDirectory(place);
    return makeContainer(ffi, place, { request, prepared, placement, contents, ...built, socket, surroundings });
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

/** /dev/null, whatever it is called: admin-guide/devices.txt, as stat(2) has it. */
const NULL_DEVICE = 0x103;

/** The standard streams that are /dev/null. */
function nullStreams(): number[] {
  return [0, 1, 2].filter((descriptor) => {
    try {
      const status = fstatSync(descriptor);
      return status.isCharacterDevice() && status.rdev === NULL_DEVICE;
    } catch {
      // Closed.
      return false;
    }
  });
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
    nullStreams: prepared.spec.process?.terminal === true ? [] : nullStreams(),
    runtimeMakesTargets,
  });
  const compiled = request.alterPlan === undefined ? plan : request.alterPlan(plan);
  return { compiled, image: assemble(compiled.plan, prepared.facts.architecture) };
}
