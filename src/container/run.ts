// run: create and start in one, and in the foreground wait: signals are passed on, orphans reaped, the container
// deleted.

import type { Spec } from '../config/types.ts';
import type { Ffi } from '../ffi/port.ts';
import { becomeSubreaper, must } from '../ffi/system-calls.ts';
import { SIGKILL, SIGSYS } from '../linux/constants.ts';
import { NO_ACTIVATION } from './activation.ts';
import { createExplained, type CreateRequest } from './create.ts';
import { deleteContainer } from './delete.ts';
import { exitStatus, forwardSignals, openTerminal, watchChildren } from './foreground.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';
import type { Readiness } from './notify-proxy.ts';
import { prepareContainer } from './plan-container.ts';
import type { PreparedBundle } from './prepare.ts';
import { explainFilterKill, explainKill } from './shortage.ts';
import { startContainer } from './start.ts';
import { lap } from './stopwatch.ts';
import { containerExists, type ContainerPlace, readState } from './store.ts';

export interface RunRequest extends CreateRequest {
  readonly detach: boolean;
  /** Leave the container's state and cgroups when it has ended. */
  readonly keep: boolean;
  /** Adopt and reap the processes that the container orphans. */
  readonly subreaper: boolean;
}

/** Runs a container.
 *
 * @returns the exit status: 0 when detached, else the process's, or 128 + the signal that ended it */
export async function runContainer(ffi: Ffi, request: RunRequest): Promise<number> {
  if (request.detach) {
    const { place } = await createExplained(ffi, request);
    const readiness = await startOrDelete(ffi, request, place);
    readiness?.wait();
    return 0;
  }
  const prepared = prepareContainer(request);
  const terminal = await openTerminal(ffi, prepared.spec.process, prepared.facts);
  try {
    const status = await runInForeground(ffi, request, { prepared, terminal });
    return exitStatus(status);
  } finally {
    terminal?.close();
  }
}

interface Foreground {
  readonly prepared: PreparedBundle;
  readonly terminal: ForegroundTerminal | undefined;
}

/** @returns the wait status of the container's process */
async function runInForeground(ffi: Ffi, request: RunRequest, foreground: Foreground): Promise<number> {
  const { prepared, terminal } = foreground;
  if (request.subreaper) must(becomeSubreaper(ffi), 'become a subreaper');
  // From before there is a container: a signal would otherwise end this process with one half made.
  const target = forwardSignals(terminal);
  const taking = terminal === undefined ? {} : { takeTerminal: terminal.takeTerminal };
  const { place, pid } = await createExplained(ffi, { ...request, ...taking }, prepared);
  target.pid = pid;
  const ended = watchChildren(ffi);
  const end = ended(pid);
  const readiness = await startOrDelete(ffi, request, place, () => terminal?.begin(ended));
  const unwatch = readiness?.watch();
  const status = await end;
  unwatch?.();
  lap(request.stopwatch, 'wait for the program');
  await finish(ffi, request, { place, status, spec: prepared.spec });
  lap(request.stopwatch, 'delete the container');
  await terminal?.drain();
  return status;
}

async function finish(
  ffi: Ffi,
  request: RunRequest,
  ended: { readonly place: ContainerPlace; readonly status: number; readonly spec: Spec },
): Promise<void> {
  const { place, status, spec } = ended;
  const { cgroupDriver, keep, warn } = request;
  try {
    if ((status & 0x7f) === SIGKILL) warnOfShortage(request, place);
    if ((status & 0x7f) === SIGSYS) warn(await explainFilterKill(spec));
    if (!keep) await deleteContainer(ffi, () => cgroupDriver, { place, force: true, warn });
  } catch (error) {
    // Unless somebody else has deleted it meanwhile, which is how it may have ended.
    if (containerExists(place)) throw error;
  }
}

/** While its cgroups are there: whoever looks at the exit status alone can't know who has killed it. */
function warnOfShortage({ warn }: RunRequest, place: ContainerPlace): void {
  const state = readState(place);
  const message = state === undefined ? undefined : explainKill(state.cgroups);
  if (message !== undefined) warn(message);
}

/** Starts a container, after `before`; when anything fails it is deleted.
 *
 * @returns how to hear when it is ready, if there is a service manager that wants to know */
async function startOrDelete(
  ffi: Ffi,
  request: RunRequest,
  place: ContainerPlace,
  before?: () => void,
): Promise<Readiness | undefined> {
  try {
    before?.();
    return await start(ffi, request, place);
  } catch (error) {
    // A hook that fails takes the container with it.
    if (containerExists(place)) {
      await deleteContainer(ffi, () => request.cgroupDriver, { place, force: true, warn: request.warn });
    }
    throw error;
  }
}

async function start(ffi: Ffi, request: RunRequest, place: ContainerPlace): Promise<Readiness | undefined> {
  const { activation = NO_ACTIVATION, cgroupDriver, warn, stopwatch } = request;
  const options = { place, loadDriver: () => cgroupDriver, warn, stopwatch };
  if (activation.notifySocket === undefined) {
    await startContainer(ffi, options);
    return undefined;
  }
  const { startNotifying } = await import('./notify-proxy.ts');
  return startNotifying(ffi, options, activation.notifySocket);
}
