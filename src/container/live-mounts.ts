// mounts add, mounts remove: other mounts in a container that is there (docs/decisions/live-mounts.md). Those that were
// added are kept beside the state, for remove to know them by.

import { readFileSync } from 'node:fs';
import { mountsPart, parseDestinations, parseLiveMounts } from '../config/live-mounts.ts';
import { show } from '../config/report.ts';
import type { Spec } from '../config/types.ts';
import { ConfigError, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import type { Finding } from '../finding.ts';
import { probeHost } from '../host/probe.ts';
import { addLiveMounts, type AttachedMount, type LivePlace, removeLiveMounts } from '../launch/live-mounts.ts';
import { securityModules } from '../plan/labels.ts';
import { type MountOptions, parseAllMountOptions } from '../plan/mount-options.ts';
import { checkLiveMounts, checkMountOptions } from '../plan/mount-rules.ts';
import { pathInRoot } from '../plan/paths.ts';
import type { Unmount } from '../plan/unmount-plan.ts';
import { type AddedMount, readAddedMounts, writeAddedMounts } from './added-mounts.ts';
import { readFrozenSpec } from './frozen-config.ts';
import { lockUpdates } from './lock.ts';
import { bindSources } from './prepare.ts';
import { failureWith, isAlive } from './status.ts';
import { type ContainerPlace, readState, type StateFile } from './store.ts';

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
    const attached = (mounts: readonly AttachedMount[]): void => {
      const added = mounts.map((mount) => addedMount(mount, spec));
      writeAddedMounts(request.place, stillMounted([...readAddedMounts(request.place), ...added], state.pid));
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
  return mountsPart.within(() => {
    const general = checkMountOptions(spec.mounts ?? [], mountOptions);
    const { problems } = checkLiveMounts(spec, mountOptions);
    if (general.problems.length + problems.length > 0) throw new ConfigError([...general.problems, ...problems]);
    return general.warnings.map(mountsPart.word);
  });
}

/** Takes away what is mounted uppermost at each destination. @throws NuncError, also `container not running` */
export function removeMounts(ffi: Ffi, request: MountsRequest): void {
  withRunning(ffi, request, ({ state, config, bytes }) => {
    const added = stillMounted(readAddedMounts(request.place), state.pid);
    const unmounts = planUnmounts(parseDestinations(bytes, config), { config, added });
    try {
      removeLiveMounts(ffi, placeFor(request, state, probeHost()), { unmounts, added: added.map(({ id }) => id) });
    } finally {
      if (added.length > 0) writeAddedMounts(request.place, stillMounted(added, state.pid));
    }
  });
}

/** Deeper ones first, of equals the one that was added last. */
function planUnmounts(
  destinations: readonly string[],
  { config, added }: { config: Spec; added: readonly AddedMount[] },
): Unmount[] {
  const problems: Finding[] = [];
  const unmounts = destinations.map((destination, i): Unmount => {
    const path = pathInRoot(destination);
    const origin = `/${i}/destination`;
    if (path === '') problems.push({ pointer: origin, text: `${show(destination)} is the container's root` });
    const protectedBy = protectionOf(path, config);
    const protection = protectedBy === undefined ? undefined : `it is what config.json asks for at ${protectedBy}`;
    // There is nothing above what protects it.
    if (protection !== undefined && added.length === 0) {
      throw new NuncError('config', `cannot unmount ${JSON.stringify(destination)}: ${protection}`);
    }
    const otherwise = protection ?? (added.some((mount) => mount.path === path) ? MOVED : undefined);
    return { destination, path, origin, ...(otherwise === undefined ? {} : { otherwise }) };
  });
  if (problems.length > 0) throw new ConfigError(problems, { document: 'mounts' });
  const depth = ({ path }: Unmount): number => path.split('/').length;
  return unmounts.reverse().sort((one, other) => depth(other) - depth(one));
}

/** A container can rename the directories on the way to one mount, and to another one. */
const MOVED = 'it is another mount than the one that was added there';

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
    use({ state: { ...state, pid }, config: readFrozenSpec(place), bytes });
  } catch (cause) {
    throw failureWith(state, cause);
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

function addedMount({ descriptor, index }: AttachedMount, { mounts = [] }: Spec): AddedMount {
  return { id: mountIdOf(descriptor), path: pathInRoot(mounts[index]?.destination ?? '') };
}

/** Those that are: the kernel gives numbers that are free again to others. */
function stillMounted(added: readonly AddedMount[], pid: number): AddedMount[] {
  const mounted = new Set<number>();
  for (const line of readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')) mounted.add(Number.parseInt(line, 10));
  return added.filter(({ id }) => mounted.has(id));
}
