// exec: one more process in a container that is there. Nothing of the container changes: no state is written, no lock
// held, so that a long exec keeps nobody waiting.

import { closeSync } from 'node:fs';
import type { SubCgroups } from '../cgroup/sub-cgroup.ts';
import type { Spec } from '../config/types.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { endChild } from '../launch/rendezvous.ts';
import { SIGSYS } from '../linux/constants.ts';
import type { ExecPlan } from '../plan/exec-plan.ts';
import { explained } from './causes/scene.ts';
import { checkTerminal, connectConsole } from './console-socket.ts';
import { type AskProcess, type PreparedExec, prepareExec } from './exec-process.ts';
import { exitStatus, forwardSignals, openTerminal, watchChildren } from './foreground.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';
import { joinContainer, type RunningState } from './join-container.ts';
import { writePidFile } from './pid-file.ts';
import { connectPidfdSocket, sendPidfd } from './pidfd-socket.ts';
import { explainFilterKill, setLastOomScore } from './shortage.ts';
import { failureWith, lookAt, settledStatus } from './status.ts';
import { lap, type Stopwatch } from './stopwatch.ts';
import type { ContainerPlace } from './store.ts';

const STOPPED = 'cannot exec in a stopped container';

export interface ExecRequest {
  readonly place: ContainerPlace;
  /** The process that is asked for. */
  readonly ask: AskProcess;
  readonly detach: boolean;
  /** Go on although the container stands still: the process then waits with it. */
  readonly ignorePaused: boolean;
  /** How many descriptors from 3 on the process gets. */
  readonly preserveFds: number;
  /** Where below the container's cgroups it is to be. */
  readonly cgroups: SubCgroups;
  /** Path of the socket that the terminal's master is sent to, by a command that does not stay. */
  readonly consoleSocket?: string;
  /** Takes the terminal's master, in place of a socket, and closes it. */
  readonly takeTerminal?: (master: number) => void;
  /** Called before the program is executed; not always when a seccomp listener is in force by then. */
  readonly onSetUp?: (pid: number) => void;
  /** Path of the socket that a pidfd of the process is sent to. */
  readonly pidfdSocket?: string;
  readonly pidFile?: string;
  /** Told what was ignored, a sentence each. */
  readonly warn: (message: string) => void;
  /** --timings. */
  readonly stopwatch?: Stopwatch | undefined;
  /** For fault injection: the plan that is run in place of the compiled one. */
  readonly alterPlan?: (compiled: ExecPlan) => ExecPlan;
}

/** Executes a process in a container.
 *
 * @returns the exit status: 0 when detached, else the process's, or 128 + the signal that ended it */
export async function execInContainer(ffi: Ffi, request: ExecRequest): Promise<number> {
  const state = readRunning(ffi, request);
  const prepared = prepare(request, state);
  lap(request.stopwatch, "read the container's config and check the process");
  try {
    if (!request.detach) return await runInForeground(ffi, request, { prepared, state });
    startProcess(ffi, request, { prepared, state });
    return 0;
  } catch (error) {
    // Whatever it was that failed: it is gone with the container, or could not be made without it.
    if (settledStatus(request.place, state) === 'stopped') throw stopped(error);
    const { bundle, pid } = state;
    const rootfs = `/proc/${pid}/root`;
    throw await explained(ffi, error, () => ({ spec: prepared.spec, bundle, rootfs, isLive: true }));
  }
}

/** With the container's config, which goes when somebody deletes it. */
function prepare(request: ExecRequest, state: RunningState): PreparedExec {
  try {
    return prepareExec(request);
  } catch (cause) {
    throw failureWith(state, cause, STOPPED);
  }
}

/** @throws NuncError, in runc's words, for a container that nothing can be executed in */
function readRunning(ffi: Ffi, { place, ignorePaused }: ExecRequest): RunningState {
  const { state, status } = lookAt(ffi, place);
  if (status === 'creating') throw new NuncError('state', 'cannot exec in a container that is being created');
  if (status === 'paused' && !ignorePaused) {
    throw new NuncError('state', 'cannot exec in a paused container (use --ignore-paused to override)');
  }
  if (status === 'stopped' || state?.pid === undefined) throw stopped();
  return { ...state, pid: state.pid };
}

function stopped(cause?: unknown): NuncError {
  return new NuncError('state', STOPPED, { cause });
}

interface Execution {
  readonly prepared: PreparedExec;
  readonly state: RunningState;
}

/** @returns the exit status */
async function runInForeground(ffi: Ffi, request: ExecRequest, execution: Execution): Promise<number> {
  const { spec, facts } = execution.prepared;
  const terminal = await openTerminal(ffi, spec.process, facts);
  try {
    const takeTerminal = terminal?.takeTerminal ?? (() => undefined);
    // Until the process is set up a signal ends this command, and the process with it: in a container that is paused
    // it may never come to that.
    let forwarded: { pid?: number } | undefined;
    const onSetUp = (pid: number): void => { (forwarded ??= forwardSignals(terminal)).pid = pid; };
    const pid = startProcess(ffi, { ...request, takeTerminal, onSetUp }, execution);
    const status = await follow(ffi, { terminal, onSetUp, pid });
    lap(request.stopwatch, 'wait for the program');
    await terminal?.drain();
    if ((status & 0x7f) === SIGSYS) request.warn(await explainFilterKill(spec));
    return exitStatus(status);
  } finally {
    terminal?.close();
  }
}

interface Followed {
  readonly terminal: ForegroundTerminal | undefined;
  /** Passes signals on from here on, if it does not yet. */
  readonly onSetUp: (pid: number) => void;
  readonly pid: number;
}

/** A process that can't be waited for is ended. @returns what resolves to its wait status */
function follow(ffi: Ffi, followed: Followed): Promise<number> {
  const { terminal, onSetUp, pid } = followed;
  try {
    onSetUp(pid);
    const ended = watchChildren(ffi);
    const end = ended(pid);
    terminal?.begin(ended);
    return end;
  } catch (error) {
    endChild(ffi, pid);
    throw error;
  }
}

/** Starts the process, and tells those of it who want to know. @returns its pid, a child of this process */
function startProcess(ffi: Ffi, request: ExecRequest, execution: Execution): number {
  checkTerminal(execution.prepared.spec, request);
  const opened: number[] = [];
  try {
    // Early, so that a wrong path fails before anything runs.
    const socket = connectConsole(ffi, request);
    if (socket !== undefined) opened.push(socket);
    const { pidfdSocket } = request;
    const listener = pidfdSocket === undefined ? undefined : connectPidfdSocket(ffi, pidfdSocket);
    if (listener !== undefined) opened.push(listener);
    const pid = joinContainer(ffi, request, { ...execution, socket });
    finish(ffi, request, { pid, spec: execution.prepared.spec, listener });
    lap(request.stopwatch, 'follow the process until its execve');
    return pid;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

interface Started {
  readonly pid: number;
  readonly spec: Spec;
  /** Connected to request.pidfdSocket. */
  readonly listener: number | undefined;
}

/** A process that nobody can be told of is ended. */
function finish(ffi: Ffi, request: ExecRequest, { pid, spec, listener }: Started): void {
  try {
    setLastOomScore(pid, spec);
    if (listener !== undefined) sendPidfd(ffi, listener, { pid, kind: 'setns' });
    if (request.pidFile !== undefined) writePidFile(request.pidFile, pid);
  } catch (error) {
    endChild(ffi, pid);
    throw error;
  }
}
