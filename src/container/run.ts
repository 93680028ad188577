// run: create and start in one, and in the foreground wait: signals are passed on, orphans reaped, the container
// deleted.

import type { Ffi } from '../ffi/port.ts';
import { becomeSubreaper, must, waitProcess } from '../ffi/system-calls.ts';
import { SIGKILL, WNOHANG } from '../linux/constants.ts';
import { SIGNALS } from '../linux/signals.ts';
import { NO_ACTIVATION } from './activation.ts';
import { createContainer, type CreateRequest, prepareContainer } from './create.ts';
import { deleteContainer } from './delete.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';
import type { Readiness } from './notify-proxy.ts';
import type { PreparedBundle } from './prepare.ts';
import { explainKill } from './shortage.ts';
import { startContainer } from './start.ts';
import { containerExists, type ContainerPlace, readState } from './store.ts';

export interface RunRequest extends CreateRequest {
  readonly detach: boolean;
  /** Leave the container's state and cgroups when it has ended. */
  readonly keep: boolean;
  /** Adopt and reap the processes that the container orphans. */
  readonly subreaper: boolean;
}

// Every signal that can be caught and that this process does not use itself. The real-time ones have no names here.
const FORWARDED = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'TERM', 'XCPU', 'VTALRM', 'IO'] as const;
// Those of a terminal's job control and size. With a terminal of its own they are not the container's: they mean this
// process, or foreground-terminal.ts.
const OF_THE_TERMINAL = ['CONT', 'TSTP', 'TTIN', 'TTOU', 'WINCH'] as const;

/** Runs a container.
 *
 * @returns the exit status: 0 when detached, else the process's, or 128 + the signal that ended it */
export async function runContainer(ffi: Ffi, request: RunRequest): Promise<number> {
  if (request.detach) {
    const readiness = await startOrDelete(ffi, request, createContainer(ffi, request).place);
    readiness?.wait();
    return 0;
  }
  const prepared = prepareContainer(request);
  const terminal = await openTerminal(ffi, prepared);
  try {
    const status = await runInForeground(ffi, request, { prepared, terminal });
    return exitStatus(status);
  } finally {
    terminal?.close();
  }
}

/** The user's terminal, where the container has one. */
async function openTerminal(ffi: Ffi, { spec, facts }: PreparedBundle): Promise<ForegroundTerminal | undefined> {
  if (spec.process?.terminal !== true) return undefined;
  const { openForegroundTerminal } = await import('./foreground-terminal.ts');
  return openForegroundTerminal(ffi, { architecture: facts.architecture, size: spec.process.consoleSize });
}

interface Foreground {
  readonly prepared: PreparedBundle;
  readonly terminal: ForegroundTerminal | undefined;
}

/** @returns the wait status of the container's process */
async function runInForeground(ffi: Ffi, request: RunRequest, foreground: Foreground): Promise<number> {
  const { prepared, terminal } = foreground;
  if (request.subreaper) must(becomeSubreaper(ffi), 'become a subreaper');
  const target = forwardSignals(terminal);
  const taking = terminal === undefined ? {} : { takeTerminal: terminal.takeTerminal };
  const { place, pid } = createContainer(ffi, { ...request, ...taking }, prepared);
  target.pid = pid;
  const ended = watchChildren(ffi);
  const end = ended(pid);
  const readiness = await startOrDelete(ffi, request, place, () => terminal?.begin(ended));
  const unwatch = readiness?.watch();
  const status = await end;
  unwatch?.();
  if ((status & 0x7f) === SIGKILL) warnOfShortage(request, place);
  if (!request.keep) await deleteContainer(ffi, () => request.cgroupDriver, { place, force: true, warn: request.warn });
  await terminal?.drain();
  return status;
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
  const { activation = NO_ACTIVATION, cgroupDriver, warn } = request;
  const options = { place, loadDriver: () => cgroupDriver, warn };
  if (activation.notifySocket === undefined) {
    await startContainer(ffi, options);
    return undefined;
  }
  const { startNotifying } = await import('./notify-proxy.ts');
  return startNotifying(ffi, options, activation.notifySocket);
}

/** Catches signals from here on. One that comes before the container is started waits until this thread is free: it
 * would otherwise end this process with a container half made. */
function forwardSignals(terminal: ForegroundTerminal | undefined): { pid?: number } {
  const target: { pid?: number } = {};
  for (const name of terminal === undefined ? [...FORWARDED, ...OF_THE_TERMINAL] : FORWARDED) {
    process.on(`SIG${name}`, () => {
      if (target.pid !== undefined) forward(target.pid, SIGNALS[name] ?? 0);
    });
  }
  if (terminal !== undefined) obeyTerminal(terminal);
  return target;
}

/** Job control: whoever stops this process wants the terminal back as it was. SIGTTIN and SIGTTOU stop it as they do
 * every process of the background. */
function obeyTerminal(terminal: ForegroundTerminal): void {
  process.on('SIGWINCH', terminal.resize);
  process.on('SIGTSTP', () => {
    terminal.pause();
    process.kill(process.pid, 'SIGSTOP');
  });
  process.on('SIGCONT', terminal.resume);
}

/** Reaps children, adopted ones too. @returns what resolves to the wait status of a child */
function watchChildren(ffi: Ffi): (pid: number) => Promise<number> {
  const waiting = new Map<number, (status: number) => void>();
  // A listener for a signal does not keep the engine from ending, a timer does.
  let alive: NodeJS.Timeout | undefined;
  const reap = (): void => {
    for (;;) {
      const ended = waitProcess(ffi, -1, WNOHANG);
      if (ended.pid <= 0) return;
      waiting.get(ended.pid)?.(ended.status);
      waiting.delete(ended.pid);
      if (waiting.size === 0) clearInterval(alive);
    }
  };
  process.on('SIGCHLD', reap);
  return (pid) => new Promise((resolve) => {
    if (waiting.size === 0) alive = setInterval(() => undefined, 2 ** 30);
    waiting.set(pid, resolve);
    // It can have ended before anybody watched.
    reap();
  });
}

function forward(init: number, signal: number): void {
  try {
    // A child that has not been waited for: the pid is still its own.
    process.kill(init, signal);
  } catch {
    // It has ended; its status is on the way.
  }
}

function exitStatus(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
