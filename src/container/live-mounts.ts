// mounts add, mounts remove: other mounts in a container that is there (docs/decisions/live-mounts.md). The ids of
// those that were added are kept beside the state, for remove to know them by.

import { readFileSync } from 'node:fs';
import { inMounts, nameMounts, parseDestinations, parseLiveMounts } from '../config/live-mounts.ts';
import { show } from '../config/report.ts';
import type { Spec } from '../config/types.ts';
import { ConfigError, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { probeHost } from '../host/probe.ts';
import { addLiveMounts, type LivePlace, removeLiveMounts } from '../launch/live-mounts.ts';
import { securityModules } from '../plan/labels.ts';
import { type MountOptions, parseAllMountOptions } from '../plan/mount-options.ts';
import { checkLiveMounts, checkMountOptions } from '../plan/mount-rules.ts';
import { pathInRoot } from '../plan/paths.ts';
import type { Unmount } from '../plan/unmount-plan.ts';
import { lockUpdates } from './lock.ts';
import { bindSources } from './prepare.ts';
import { isAlive } from './status.ts';
import {
  type ContainerPlace, readAddedMounts, readFrozenConfig, readState, type StateFile, writeAddedMounts,
} from './store.ts';

export interface MountsRequest {
  readonly place: ContainerPlace;
  /** The array of mounts. Asked when there is such a container. */
  readonly read: () => Uint8Array;
  /** Told what was ignored, a sentence each. */
  readonly warn: (message: string) => void;
  /** For fault injection. */
  readonly alterPlan?: LivePlace['alterPlan'];
}

interface Running {
  readonly state: StateFile & { readonly pid: number };
  readonly config: Spec;
  readonly bytes: Uint8Array;
}

/** @throws NuncError, also `container not running`; nothing is mounted then */
export function addMounts(ffi: Ffi, request: MountsRequest): void {
  withRunning(ffi, request, ({ state, config, bytes }) => {
    const { spec, warnings } = parseLiveMounts(bytes, config);
    const mountOptions = parseAllMountOptions(spec.mounts ?? []);
    for (const warning of [...warnings, ...checkOptions(spec, mountOptions)]) request.warn(warning);
    const modules = securityModules(spec);
    const facts = probeHost({ ...bindSources(spec, mountOptions, state.bundle), modules });
    const attached = (mounts: readonly number[]): void => {
      remember(request.place, state.pid, [...readAddedMounts(request.place), ...mounts.map(mountIdOf)]);
    };
    addLiveMounts(ffi, {
      id: request.place.id,
      bundle: state.bundle,
      rootfs: state.rootfs,
      spec,
      mountOptions,
      facts,
      cgroups: [],
      inheritedCgroups: [],
      kernelFileSystems: [],
      noPivot: false,
      newKeyring: false,
      preserveFds: 0,
      runtimeMakesTargets: false,
    }, { place: placeFor(request, state, facts), attached });
  });
}

/** @returns warnings @throws ConfigError */
function checkOptions(spec: Spec, mountOptions: readonly MountOptions[]): string[] {
  return inMounts(() => {
    const general = checkMountOptions(spec.mounts ?? [], mountOptions);
    const { problems } = checkLiveMounts(spec, mountOptions);
    if (general.problems.length + problems.length > 0) throw new ConfigError([...general.problems, ...problems]);
    return general.warnings.map(nameMounts);
  });
}

/** Takes away what is mounted uppermost at each destination. @throws NuncError, also `container not running` */
export function removeMounts(ffi: Ffi, request: MountsRequest): void {
  withRunning(ffi, request, ({ state, config, bytes }) => {
    const unmounts = planUnmounts(parseDestinations(bytes, config), config);
    const added = readAddedMounts(request.place);
    try {
      removeLiveMounts(ffi, placeFor(request, state, probeHost()), { unmounts, added });
    } finally {
      remember(request.place, state.pid, added);
    }
  });
}

/** Deeper ones first, of equals the one that was added last. */
function planUnmounts(destinations: readonly string[], config: Spec): Unmount[] {
  const problems: string[] = [];
  const unmounts = destinations.map((destination, i): Unmount => {
    const path = pathInRoot(destination);
    const origin = `/${i}/destination`;
    if (path === '') problems.push(`mounts: ${origin}: ${show(destination)} is the container's root`);
    const protectedBy = protectionOf(path, config);
    return { destination, path, origin, ...(protectedBy === undefined ? {} : { protectedBy }) };
  });
  if (problems.length > 0) throw new ConfigError(problems);
  const depth = ({ path }: Unmount): number => path.split('/').length;
  return unmounts.reverse().sort((one, other) => depth(other) - depth(one));
}

function protectionOf(path: string, { linux }: Spec): string | undefined {
  for (const name of ['maskedPaths', 'readonlyPaths'] as const) {
    const index = (linux?.[name] ?? []).findIndex((protectedPath) => pathInRoot(protectedPath) === path);
    if (index >= 0) return `/linux/${name}/${index}`;
  }
  return undefined;
}

function withRunning(ffi: Ffi, { place, read }: MountsRequest, use: (running: Running) => void): void {
  const state = readState(place);
  const bytes = read();
  const { pid } = state ?? {};
  if (state?.complete !== true || pid === undefined || !isAlive(state)) {
    throw new NuncError('state', 'container not running');
  }
  const lock = lockUpdates(ffi, place);
  try {
    // Valid, or create would have refused it.
    use({ state: { ...state, pid }, config: JSON.parse(readFrozenConfig(place)) as Spec, bytes });
  } finally {
    lock.release();
  }
}

function placeFor({ alterPlan }: MountsRequest, state: Running['state'], facts: LivePlace['facts']): LivePlace {
  const verify = (): void => {
    if (!isAlive(state)) throw new NuncError('state', 'container not running');
  };
  return { facts, pid: state.pid, verify, ...(alterPlan === undefined ? {} : { alterPlan }) };
}

/** The kernel's number of an open file's mount, see proc_pid_fdinfo(5). */
function mountIdOf(descriptor: number): number {
  return Number(/^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]);
}

/** Keeps the ids of those that are still mounted: the kernel gives numbers that are free again to others. */
function remember(place: ContainerPlace, pid: number, ids: readonly number[]): void {
  const mounted = new Set<number>();
  for (const line of readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')) mounted.add(Number.parseInt(line, 10));
  writeAddedMounts(place, ids.filter((id) => mounted.has(id)));
}
