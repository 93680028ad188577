// The making of a container by CRIU, from the taken id to the process that runs again. Whatever fails, nothing is left.

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { CgroupContents, CgroupPlacement, CreatedCgroups } from '../cgroup/driver.ts';
import { ask, type Criu, endCriu, FIRST_INHERITED, type Notification, startCriu } from '../criu/conversation.ts';
import type { CriuOptions } from '../criu/messages.ts';
import { messageOf, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { withPrivateMounts } from '../launch/private-mounts.ts';
import { endChild } from '../launch/rendezvous.ts';
import { bringLoopbackUp } from '../network/loopback.ts';
import { handOverTerminal } from './console-socket.ts';
import { criuConfigFile, externalMounts, hasOwnNetwork, type RestoredNamespaces } from './external.ts';
import { runCreateHooks, runPoststopHooks } from './hooks.ts';
import { explainFailure, openDirectories, type OpenedDirectories } from './images.ts';
import { identify, initialState } from './initial-state.ts';
import { lockOwn } from './make-container.ts';
import { writePidFile } from './pid-file.ts';
import type { PreparedBundle } from './prepare.ts';
import type { RestoreRequest } from './restore.ts';
import { makeMountTargets, mountRootfs } from './restore-mounts.ts';
import {
  type ContainerPlace, removeDirectory, type StateFile, writeConfig, writeState,
} from './store.ts';
import { endStrays } from './strays.ts';

export interface RestoreWork {
  readonly request: RestoreRequest;
  readonly prepared: PreparedBundle;
  readonly placement: CgroupPlacement;
  readonly contents: CgroupContents;
  readonly namespaces: RestoredNamespaces;
  /** The standard streams that this command's own take the place of. */
  readonly streams: readonly { readonly key: string; readonly fd: number }[];
  /** Connected to request.consoleSocket. */
  readonly socket: number | undefined;
}

/** What is known of the container so far. */
interface Progress {
  state: StateFile;
  cgroups?: CreatedCgroups;
  /** Of its first process, a child of this one; 0 before it is there. */
  pid: number;
  /** Whether hooks have begun: what they began others end (runtime.md, "Lifecycle", steps 12 and 13). */
  hooked: boolean;
}

/** From the taken id on: undoes everything when anything fails. @returns the pid of the container's first process */
export function makeRestored(ffi: Ffi, place: ContainerPlace, work: RestoreWork): number {
  const { request: { cgroupDriver, pidFile }, placement, contents, prepared } = work;
  const lock = lockOwn(ffi, place);
  const state = initialState(place, { prepared, placement, newKeyring: false });
  const progress: Progress = { state, pid: 0, hooked: false };
  try {
    // Written before there is anything to clean up, for whoever has to do it when this process is killed.
    writeState(place, progress.state);
    writeConfig(place, prepared.text);
    const created = cgroupDriver.createCgroups(placement, contents);
    progress.cgroups = created;
    progress.state = { ...progress.state, cgroups: created };
    writeState(place, progress.state);
    letCriuRestore(ffi, place, { ...work, progress, created });
    cgroupDriver.settleCgroups(created, contents);
    if (pidFile !== undefined) writePidFile(pidFile, progress.pid);
    writeState(place, { ...progress.state, complete: true });
    return progress.pid;
  } catch (error) {
    throw undo(ffi, place, { work, progress, error });
  } finally {
    lock.release();
  }
}

interface Restoration extends RestoreWork {
  readonly progress: Progress;
  readonly created: CreatedCgroups;
}

const LOG_FILE = 'restore.log';

function letCriuRestore(ffi: Ffi, place: ContainerPlace, restoration: Restoration): void {
  const { request, namespaces, progress, created } = restoration;
  const opened: number[] = [];
  let directories: OpenedDirectories | undefined;
  try {
    for (const { path } of namespaces.inherited) opened.push(openNamespace(path));
    const { criu, root, opening } = withPrivateMounts(ffi, () => {
      // Here, because CRIU mounts what it needs in the directory that it works in.
      directories = openDirectories(request, LOG_FILE);
      return { ...prepareCriu(ffi, place, restoration, opened), opening: directories };
    });
    try {
      enterCgroups(criu, created);
      const options = { ...restoreOptions(restoration, { root, criu }), ...opening.options };
      const { restoredPid } = ask(criu, { type: 'RESTORE', options }, (heard) => hear(ffi, place, restoration, heard));
      progress.pid ||= restoredPid;
    } finally {
      endCriu(criu);
    }
  } catch (cause) {
    const log = `${request.workPath ?? request.imagePath}/${LOG_FILE}`;
    throw explainFailure(`restore container ${JSON.stringify(place.id)}`, cause, log);
  } finally {
    directories?.close();
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function prepareCriu(
  ffi: Ffi,
  place: ContainerPlace,
  { prepared }: Restoration,
  inherited: readonly number[],
): { criu: Criu; root: string } {
  const root = mountRootfs(ffi, place, prepared);
  makeMountTargets(ffi, prepared);
  return { root, criu: startCriu(ffi, { inherited, streams: true }) };
}

function openNamespace(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new NuncError('state', `the namespace ${JSON.stringify(path)} can't be opened: ${reason}`, { cause });
  }
}

/** What CRIU makes is where CRIU is. */
function enterCgroups({ pid }: Criu, { cgroups }: CreatedCgroups): void {
  for (const { path } of cgroups) {
    try {
      writeFileSync(`${path}/cgroup.procs`, String(pid));
    } catch (cause) {
      throw new NuncError('syscall', `cannot move criu into the cgroup ${JSON.stringify(path)}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
}

/** What stands for the roots of the saved cgroups: where CRIU is now. */
function cgroupRoots({ pid }: Criu): { controller: string; path: string }[] {
  const roots: { controller: string; path: string }[] = [];
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== '') for (const controller of controllers.split(',')) roots.push({ controller, path });
  }
  return roots;
}

function restoreOptions(restoration: Restoration, at: { root: string; criu: Criu }): Omit<CriuOptions, 'imagesDirFd'> {
  const { request: { flags }, prepared, namespaces, streams, created } = restoration;
  const mounts = externalMounts({ ...prepared, cgroups: created.cgroups });
  const inherited = namespaces.inherited.map(({ key }, i) => ({ key, fd: FIRST_INHERITED + i }));
  return {
    ...flags,
    ...criuConfigFile(prepared.annotations),
    root: at.root,
    evasiveDevices: true,
    rstSibling: true,
    notifyScripts: true,
    manageCgroups: true,
    orphanPtsMaster: true,
    external: mounts.map(({ destination, source }) => `mnt[${destination}]:${source}`),
    joinNs: namespaces.joinNs,
    inheritFd: [...inherited, ...streams],
    cgroupRoots: created.cgroups.length === 0 ? [] : cgroupRoots(at.criu),
  };
}

function hear(ffi: Ffi, place: ContainerPlace, restoration: Restoration, heard: Notification): void {
  const { prepared: { spec, facts }, progress } = restoration;
  const { script, pid, descriptor } = heard;
  if (script === 'orphan-pts-master' && descriptor !== undefined) {
    handOverTerminal(ffi, descriptor, restoration);
    return;
  }
  if (descriptor !== undefined) closeSync(descriptor);
  if (script === 'setup-namespaces') {
    if (hasOwnNetwork(spec)) bringLoopbackUp(ffi, pid);
    progress.hooked = true;
    // Those of the runtime's namespaces only, as with runc: the container itself is already past the others.
    const hooks = { ...spec.hooks, createContainer: [] };
    runCreateHooks(ffi, { state: { ...progress.state, pid }, spec: { ...spec, hooks }, facts });
  } else if (script === 'post-restore') {
    progress.pid = pid;
    progress.state = { ...progress.state, ...identify(pid) };
    writeState(place, progress.state);
  }
}

interface FailedRestore {
  readonly work: RestoreWork;
  readonly progress: Progress;
  readonly error: unknown;
}

/** Removes what was made. What can't be removed keeps its state file, so that delete can try again.
 *
 * @returns the error to report: why restore failed, and what else went wrong */
function undo(ffi: Ffi, place: ContainerPlace, { work, progress, error }: FailedRestore): unknown {
  const { cgroupDriver, warn } = work.request;
  try {
    if (progress.pid !== 0) endChild(ffi, progress.pid);
    if (progress.cgroups !== undefined) {
      endStrays(ffi, progress.cgroups);
      cgroupDriver.removeCgroups(progress.cgroups);
    }
    removeDirectory(place);
    if (progress.hooked) runPoststopHooks(ffi, progress.state, warn);
    return error;
  } catch (second) {
    const reasons = [error, second].map(messageOf);
    const hint = `\`nunc delete ${place.id}\` tries again`;
    return new NuncError('syscall', reasons.join('; and '), { cause: error, hint });
  }
}
