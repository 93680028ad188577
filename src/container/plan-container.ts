// What a container will be, decided before anything is made: the bundle is read and checked, its cgroups get a place
// and their contents, its plan is compiled. Needs no privileges and changes nothing: explain and compile stop here,
// create goes on.

import { fstatSync } from 'node:fs';
import { planContents } from '../cgroup/contents.ts';
import type { CgroupContents, CgroupDriver, CgroupPlacement } from '../cgroup/driver.ts';
import type { AnnotationChoice } from '../config/unsafe-annotations.ts';
import type { HostFacts } from '../host/facts.ts';
import { compileCreatePlan, type CreatePlan } from '../plan/create-plan.ts';
import { parseAllMountOptions } from '../plan/mount-options.ts';
import type { Filter } from '../seccomp/compile.ts';
import { activate, type Activation, NO_ACTIVATION } from './activation.ts';
import { filterOf } from './filter.ts';
import { placeCgroups, type RootlessChoice } from './placement.ts';
import { prepareBundle, type PreparedBundle } from './prepare.ts';
import type { Stopwatch } from './stopwatch.ts';
import { type ContainerPlace, newPlaceOf } from './store.ts';

export interface PlanRequest extends AnnotationChoice {
  readonly root: string;
  readonly id: string;
  readonly bundle: string;
  /** The config's name in the bundle, when it is not config.json. */
  readonly config?: string;
  readonly noPivot: boolean;
  readonly newKeyring: boolean;
  /** How many descriptors from 3 on the container gets, the service manager's included. */
  readonly preserveFds: number;
  readonly activation?: Activation;
  /** Whether to do without the cgroups that the caller may not make; `auto`: unless it is root on the host. */
  readonly rootless: RootlessChoice;
  readonly cgroupDriver: Pick<CgroupDriver, 'resolvePlacement'>;
  /** In place of what this host is: what another one has said of itself. */
  readonly facts?: HostFacts;
  /** In place of `root` and `id`, when it need not be usable because nothing is made. */
  readonly place?: ContainerPlace;
  /** --timings. */
  readonly stopwatch?: Stopwatch | undefined;
}

export interface PlannedContainer {
  readonly prepared: PreparedBundle;
  readonly placement: CgroupPlacement;
  readonly contents: CgroupContents;
  readonly filter: Filter | undefined;
  readonly compiled: CreatePlan;
}

interface PlanOptions {
  /** Those of the descriptors 0, 1 and 2 that are the host's /dev/null. */
  readonly nullStreams?: readonly number[];
  /** See CreateInput. */
  readonly runtimeMakesTargets?: boolean;
  readonly standalone?: boolean;
}

/** Reads and checks what a container is to be created of. Its config gets what the service manager has for it. */
export function prepareContainer(request: PlanRequest): PreparedBundle {
  const place = placeFor(request);
  const { activation = NO_ACTIVATION } = request;
  const prepared = prepareBundle(request);
  const spec = activate(prepared.spec, place, activation);
  if (spec === prepared.spec) return prepared;
  return { ...prepared, spec, mountOptions: parseAllMountOptions(spec.mounts ?? []) };
}

function placeFor({ place, root, id }: PlanRequest): ContainerPlace {
  return place ?? newPlaceOf(root, id);
}

/** Plans a container. @throws NuncError for what this host can't do */
export function planContainer(
  request: PlanRequest,
  prepared = prepareContainer(request),
  options: PlanOptions = {},
): PlannedContainer {
  const placement = placeCgroups(request, prepared);
  const contents = planContents(prepared.spec, placement, prepared);
  const filter = filterOf(prepared);
  const compiled = compilePlan(request, { prepared, placement, filter }, options);
  return { prepared, placement, contents, filter, compiled };
}

/** Compiles the plan of what is decided already. */
export function compilePlan(
  request: PlanRequest,
  { prepared, placement, filter }: Pick<PlannedContainer, 'prepared' | 'placement' | 'filter'>,
  { nullStreams = [], runtimeMakesTargets = false, standalone = false }: PlanOptions = {},
): CreatePlan {
  return compileCreatePlan({
    id: placeFor(request).id,
    bundle: prepared.bundle,
    rootfs: prepared.rootfs,
    spec: prepared.spec,
    exactLimits: prepared.exactLimits,
    exact: prepared.exact,
    filter,
    mountOptions: prepared.mountOptions,
    facts: prepared.facts,
    cgroups: placement.cgroups,
    inheritedCgroups: placement.inherited ?? [],
    kernelFileSystems: prepared.kernelFileSystems,
    noPivot: request.noPivot,
    newKeyring: request.newKeyring,
    preserveFds: request.preserveFds,
    nullStreams,
    runtimeMakesTargets,
    timings: request.stopwatch !== undefined,
    standalone,
  });
}

/** /dev/null, whatever it is called: admin-guide/devices.txt, as stat(2) has it. */
const NULL_DEVICE = 0x103;

/** The standard streams that are /dev/null. */
export function findNullStreams(): number[] {
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
