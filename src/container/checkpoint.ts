// checkpoint: CRIU saves a container's processes to files. Unless it is to go on, the container is gone afterwards.

import { writeSync } from 'node:fs';
import { cgroupFor } from '../cgroup/placement.ts';
import type { Spec } from '../config/types.ts';
import { type AnnotationChoice, obeyedAnnotations } from '../config/unsafe-annotations.ts';
import { ask, type Criu, endCriu, type Notification, startCriu } from '../criu/conversation.ts';
import type { CriuOptions } from '../criu/messages.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { parseAllMountOptions } from '../plan/mount-options.ts';
import { destroyContainer } from './delete.ts';
import { criuConfigFile, externalMounts, externalNamespaces, resolveInside } from './external.ts';
import { readFrozenSpec } from './frozen-config.ts';
import { type CriuSettings, explainFailure, makeDirectories, openDirectories, saveStreams } from './images.ts';
import type { LoadDriver } from './load-driver.ts';
import { lockContainer } from './lock.ts';
import { settledStatus } from './status.ts';
import { type ContainerPlace, readState, type StateFile } from './store.ts';

export interface CheckpointRequest extends CriuSettings, AnnotationChoice {
  readonly place: ContainerPlace;
  readonly loadDriver: LoadDriver;
  readonly leaveRunning: boolean;
  /** Save memory only, in advance, and let the container go on. */
  readonly preDump: boolean;
  /** Where a zero byte is written to when memory pages can be fetched. */
  readonly statusFd?: number;
}

type RunningState = StateFile & { readonly pid: number };

/** @throws NuncError when the container is not running, or CRIU can't save it; it goes on then */
export async function checkpointContainer(ffi: Ffi, request: CheckpointRequest): Promise<void> {
  const { place, leaveRunning, preDump } = request;
  const lock = lockContainer(ffi, place);
  let state: RunningState;
  try {
    state = readRunning(place);
    makeDirectories(request.imagePath);
    dump(ffi, request, state);
    if (leaveRunning || preDump) return;
    destroyContainer(ffi, await request.loadDriver(state.cgroups.manager), { place, state });
  } finally {
    lock.release();
  }
  if (state.hooks === undefined) return;
  const { runPoststopHooks } = await import('./hooks.ts');
  runPoststopHooks(ffi, state, request.warn);
}

function readRunning(place: ContainerPlace): RunningState {
  const state = readState(place);
  const status = settledStatus(place, state);
  if ((status === 'running' || status === 'paused') && state?.pid !== undefined) return { ...state, pid: state.pid };
  throw new NuncError('state', `Container cannot be checkpointed in ${status} state`);
}

function dump(ffi: Ffi, request: CheckpointRequest, state: RunningState): void {
  const { imagePath, preDump, flags } = request;
  const directories = openDirectories(request, 'dump.log');
  try {
    const options = { ...dumpOptions(request, state), ...directories.options };
    const criu = startCriu(ffi, { streams: false });
    try {
      if (preDump || flags.lazyPages === true) requireFeatures(criu, { memTrack: preDump, lazyPages: !preDump });
      if (!preDump) saveStreams(imagePath, state.pid);
      ask(criu, { type: preDump ? 'PRE_DUMP' : 'DUMP', options }, (heard) => hear(request, heard));
    } finally {
      // Not asked how it ended: after a pre-dump it waits for more to come, and ends with an error when nothing does.
      endCriu(criu);
    }
  } catch (cause) {
    throw explainFailure(`checkpoint container ${JSON.stringify(state.id)}`, cause, directories.log);
  } finally {
    directories.close();
  }
}

function requireFeatures(criu: Criu, wanted: { readonly memTrack: boolean; readonly lazyPages: boolean }): void {
  const { features } = ask(criu, { type: 'FEATURE_CHECK', features: wanted, keepOpen: true });
  if (wanted.memTrack && features.memTrack !== true) {
    throw new NuncError('host', '--pre-dump: this kernel does not track changes of memory (CONFIG_MEM_SOFT_DIRTY)', {
      code: 'E_CHECKPOINT',
    });
  }
  if (wanted.lazyPages && features.lazyPages !== true) {
    throw new NuncError('host', '--lazy-pages: this kernel lacks userfaultfd(2), or CRIU may not use it', {
      code: 'E_CHECKPOINT',
    });
  }
}

function hear({ statusFd }: CheckpointRequest, { script }: Notification): void {
  if (script === 'status-ready' && statusFd !== undefined) writeSync(statusFd, '\0');
}

function dumpOptions(request: CheckpointRequest, state: RunningState): Omit<CriuOptions, 'imagesDirFd'> {
  const { flags, preDump, leaveRunning } = request;
  const spec = readFrozenSpec(request.place);
  const freezer = cgroupFor(state.cgroups, 'freezer');
  const mounts = preDump ? [] : mountsOf(spec, state);
  return {
    ...flags,
    pid: state.pid,
    root: state.rootfs,
    leaveRunning,
    notifyScripts: true,
    manageCgroups: true,
    orphanPtsMaster: true,
    ...(flags.parentImg === undefined ? {} : { trackMem: true }),
    ...(freezer === undefined ? {} : { freezeCgroup: freezer.path }),
    ...criuConfigFile(obeyedAnnotations(state.annotations, request)),
    external: [...externalNamespaces(spec), ...mounts],
  };
}

function mountsOf(spec: Spec, { pid, bundle, cgroups: { cgroups } }: RunningState): string[] {
  const mountOptions = parseAllMountOptions(spec.mounts ?? []);
  return externalMounts({ spec, mountOptions, bundle, cgroups }).map(({ destination }) => {
    const { inside } = resolveInside(`/proc/${pid}/root`, destination);
    return `mnt[${inside}]:${destination}`;
  });
}
