// restore: CRIU makes a container from what checkpoint has saved. In the foreground it is then waited for, as run does.

import { closeSync } from 'node:fs';
import { planContents } from '../cgroup/contents.ts';
import type { CgroupDriver } from '../cgroup/driver.ts';
import type { AnnotationChoice } from '../config/unsafe-annotations.ts';
import type { Ffi } from '../ffi/port.ts';
import { becomeSubreaper, must } from '../ffi/system-calls.ts';
import { checkTerminal, connectConsole } from './console-socket.ts';
import { deleteContainer } from './delete.ts';
import { restoredNamespaces } from './external.ts';
import { exitStatus, forwardSignals, openTerminal, watchChildren } from './foreground.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';
import { type CriuSettings, readStreams } from './images.ts';
import { makeRestored } from './make-restored.ts';
import { placeCgroups, type RootlessChoice } from './placement.ts';
import { prepareBundle, type PreparedBundle } from './prepare.ts';
import { type ContainerPlace, makeDirectory, newPlaceOf } from './store.ts';
import { withUsualUmask } from './umask.ts';

export interface RestoreRequest extends CriuSettings, AnnotationChoice {
  readonly root: string;
  readonly id: string;
  readonly bundle: string;
  readonly pidFile?: string;
  readonly rootless: RootlessChoice;
  readonly cgroupDriver: CgroupDriver;
  /** Path of the socket that the terminal's master is sent to, by a command that does not stay. */
  readonly consoleSocket?: string;
  /** Takes the terminal's master, in place of a socket, and closes it. */
  readonly takeTerminal?: (master: number) => void;
  readonly detach: boolean;
  /** Adopt and reap the processes that the container orphans. */
  readonly subreaper: boolean;
}

/** Restores a container.
 *
 * @returns the exit status: 0 when detached, else the process's, or 128 + the signal that ended it */
export async function restoreContainer(ffi: Ffi, request: RestoreRequest): Promise<number> {
  const prepared = prepareBundle({ ...request, noPivot: false, preserveFds: 0 });
  if (request.detach) {
    restore(ffi, request, prepared);
    return 0;
  }
  const terminal = await openTerminal(ffi, prepared.spec.process, prepared.facts);
  try {
    return exitStatus(await restoreInForeground(ffi, request, { prepared, terminal }));
  } finally {
    terminal?.close();
  }
}

interface Foreground {
  readonly prepared: PreparedBundle;
  readonly terminal: ForegroundTerminal | undefined;
}

/** @returns the wait status of the container's process */
async function restoreInForeground(ffi: Ffi, request: RestoreRequest, foreground: Foreground): Promise<number> {
  const { prepared, terminal } = foreground;
  const { cgroupDriver, warn } = request;
  if (request.subreaper) must(becomeSubreaper(ffi), 'become a subreaper');
  const target = forwardSignals(terminal);
  const taking = terminal === undefined ? {} : { takeTerminal: terminal.takeTerminal };
  const { place, pid } = restore(ffi, { ...request, ...taking }, prepared);
  target.pid = pid;
  const ended = watchChildren(ffi);
  const end = ended(pid);
  try {
    terminal?.begin(ended);
    return await end;
  } finally {
    await deleteContainer(ffi, () => cgroupDriver, { place, force: true, warn });
    await terminal?.drain();
  }
}

/** Everything that can be refused is refused before anything is made. */
function restore(ffi: Ffi, request: RestoreRequest, prepared: PreparedBundle): { place: ContainerPlace; pid: number } {
  const place = newPlaceOf(request.root, request.id);
  checkTerminal(prepared.spec, request);
  const placement = placeCgroups(request, prepared);
  const contents = planContents(prepared.spec, placement, prepared);
  const namespaces = restoredNamespaces(prepared.spec);
  const streams = readStreams(request.imagePath);
  let socket: number | undefined;
  try {
    socket = connectConsole(ffi, request);
    const work = { request, prepared, placement, contents, namespaces, streams, socket };
    return withUsualUmask(() => {
      makeDirectory(place);
      return { place, pid: makeRestored(ffi, place, work) };
    });
  } finally {
    if (socket !== undefined) closeSync(socket);
  }
}
