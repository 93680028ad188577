// The meetings of the runtime with the processes that it makes. Two fifos of the container's directory carry them: the
// init holds the write end of `report`, and `gate`, which it only ever reads.
//
//   nunc create                  stage 0                     init
//     │ posix_spawn ───────────────▶│                           │
//     │                             │ joins cgroups and         │
//     │                             │ namespaces                │
//     │                             │ clone3(CLONE_PARENT) ────▶│
//     │◀── report: PID n ───────────│                           │
//     │ wait4                      exit                         │
//     │ uid_map, gid_map ──────────────────────────────────────▶│  only with a new user namespace:
//     │ gate: one byte ────────────────────────────────────────▶│  it waits for its maps
//     │                                                         │ mounts
//     │◀─────────────────────────────────── report: REQUEST … ──│  only where the config needs it, see REQUESTS:
//     │ runs hooks, copies, …                                   │  hooks, the terminal, …; with descriptors over
//     │ gate: one byte ────────────────────────────────────────▶│  the channel, a socket pair
//     │                                                         │ pivot_root, credentials, …
//     │◀───────────────────────────────────── report: CREATED ──│
//     │ state.json, pid file                                    │ waits at the gate
//    exit                                                       ┆
//                                                               ┆
//   nunc start                                                  ┆
//     │ opens report for reading                                │
//     │ gate: one byte ────────────────────────────────────────▶│
//     │◀──────────────────────── report: end of file, or FAILED │ execve: close-on-exec ends the report
//    exit                                                       ▼
//
// At any arrow "report" can bring FAILED {operation, errno} instead, or end: the process died. PID and the init's first
// record can come in either order; a request that overtakes PID is answered when PID has come. Until CREATED the init
// dies with the runtime (PR_SET_PDEATHSIG).

import { closeSync, writeSync } from 'node:fs';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { isChild, pollReadable, waitProcess } from '../ffi/system-calls.ts';
import { receiveDescriptor, socketPair } from '../ffi/unix-socket.ts';
import * as L from '../linux/constants.ts';
import type { Descriptors } from '../plan/descriptors.ts';
import type { Plan } from '../plan/operation.ts';
import { type ReportRecord, type RequestKind, REQUESTS } from '../plan/report.ts';
import { awaitAgent } from './await-agent.ts';
import type { Ends } from './ends.ts';
import { type Pair, spawnImage } from './executable.ts';
import { describeFailure, InitError } from './failure.ts';
import { readRecord, readTimes } from './read-report.ts';

export interface LaunchRequest {
  readonly compiled: Launched;
  /** What is about to be done, to follow "cannot" in an error. */
  readonly purpose: string;
  /** Descriptor of the sealed executable. */
  readonly executable: number;
  /** Closed when the launch is over. */
  readonly ends: Ends;
  /** What stage 0 is spawned with besides standard streams, the caller's descriptors and the ends. */
  readonly given: readonly Pair[];
  /** Writes the id maps of the process, where the plan waits for them. */
  readonly writeMaps?: (pid: number) => void;
  /** Called with the process's pid as soon as it is known. */
  readonly onPid: (pid: number) => void;
  /** Who does what the process asks for; what they throw ends the launch. */
  readonly handlers: RequestHandlers;
  /** Told the times that the plan reports, if it does: CLOCK_MONOTONIC, in milliseconds. */
  readonly onTimes?: (times: readonly number[]) => void;
}

/** What must be known of a plan to launch it. */
export interface Launched {
  readonly plan: Plan;
  readonly descriptors: Pick<Descriptors, 'firstOwn' | 'report' | 'gate' | 'channel' | 'end'>;
  readonly hasChannel: boolean;
}

export interface InitRequest {
  readonly pid: number;
  /** What came with the request; its meaning is the request's. */
  readonly value: number;
  /** The next descriptor that the init has sent, close-on-exec; the handler closes it. */
  readonly receive: () => number;
}

export type RequestHandlers = Readonly<Partial<Record<RequestKind, (request: InitRequest) => void>>>;

/** Who asks waits for the answer, but for requests that come to others. */
const MOST_REQUESTS = 1;

/**
 * Spawns stage 0 and follows the init until it is created and waits at the gate. On failure no process is left.
 *
 * @returns the init's pid, a child of this process
 */
export function launchInit(ffi: Ffi, request: LaunchRequest): number {
  return launch(ffi, request, () => undefined);
}

/**
 * The same with a plan that does not wait at the end: follows its process until it has executed the program.
 *
 * @returns the process's pid, a child of this process
 */
export function launchProgram(ffi: Ffi, request: LaunchRequest): number {
  return launch(ffi, request, (meeting) => {
    if (meeting.hasListener) awaitAgent(ffi, meeting.report, request.purpose);
    const record = readRecord(meeting.report);
    if (record !== undefined) throw explainEnd(request, record, endBoth(ffi, meeting));
  });
}

/** What was launched last. The command is over soon: taking a plan apart costs 0.2 ms that nobody gains by. */
const kept: { compiled?: Launched } = {};

function launch(ffi: Ffi, request: LaunchRequest, whenReady: (meeting: Meeting) => void): number {
  const { report, gate } = request.ends;
  const opened: number[] = [report, gate];
  kept.compiled = request.compiled;
  try {
    const { stageZero, channel } = spawnWithReport(ffi, request, opened);
    const meeting = { report, gate, channel, stageZero, requests: [], hasListener: false };
    return follow(ffi, request, { meeting, whenReady });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** Spawns stage 0; this process keeps no write end of the report, whose end it waits for, nor the channel's far end.
 *
 * @param opened gets what is to be closed when the launch is over */
function spawnWithReport(
  ffi: Ffi,
  request: LaunchRequest,
  opened: number[],
): Pick<Meeting, 'stageZero' | 'channel'> {
  const { ends: { writer, gate }, given, executable, compiled: { descriptors, hasChannel } } = request;
  const away: number[] = [writer];
  try {
    const pairs: Pair[] = [[writer, descriptors.report], [gate, descriptors.gate], ...given];
    const [channel, farEnd] = hasChannel ? socketPair(ffi) : [];
    if (channel !== undefined) opened.push(channel);
    if (farEnd !== undefined) {
      away.push(farEnd);
      pairs.push([farEnd, descriptors.channel]);
    }
    // Standard streams too: Node marks all that it inherits close-on-exec.
    for (let i = 0; i < descriptors.firstOwn; i++) pairs.push([i, i]);
    return { stageZero: spawnImage(ffi, { executable, descriptors: pairs, end: descriptors.end }), channel };
  } finally {
    for (const descriptor of away) closeSync(descriptor);
  }
}

type RequestRecord = Extract<ReportRecord, { kind: 'request' }>;

interface Meeting {
  readonly report: number;
  readonly gate: number;
  readonly channel: number | undefined;
  /** Requests that wait for the init's pid. */
  readonly requests: RequestRecord[];
  /** Whether a seccomp listener has been handed over. */
  hasListener: boolean;
  /** Its pid; 0 once it has been waited for. */
  stageZero: number;
  /** The init's pid; absent until stage 0 has told it, 0 once it has been waited for. */
  init?: number;
}

interface Following {
  readonly meeting: Meeting;
  /** Called when the process has reported that all is set up. */
  readonly whenReady: (meeting: Meeting) => void;
}

function follow(ffi: Ffi, request: LaunchRequest, { meeting, whenReady }: Following): number {
  let created = false;
  // Each record is written by an operation of its own.
  let left = request.compiled.plan.operations.length;
  try {
    // On a busy machine the whole init can be done before stage 0 gets to tell its pid.
    while (!created || meeting.init === undefined) {
      const record = readRecord(meeting.report);
      if (left-- === 0) throw new NuncError('syscall', `cannot ${request.purpose}: the init reports without end`);
      if (record?.kind === 'pid') meetInit(ffi, request, { meeting, pid: record.pid });
      else if (record?.kind === 'created') created = true;
      else if (record?.kind === 'times') request.onTimes?.(readTimes(meeting.report, record.count));
      else if (record?.kind === 'request' && meeting.requests.length < MOST_REQUESTS) meeting.requests.push(record);
      else throw explainEnd(request, record, endFailed(ffi, request, { meeting, record }));
      answerRequests(ffi, request, meeting);
    }
    const pid = meeting.init;
    whenReady(meeting);
    return pid;
  } catch (error) {
    const cause = failureOfInit(ffi, request, meeting);
    endBoth(ffi, meeting);
    throw cause ?? error;
  }
}

/** What the init has reported meanwhile, if it has failed while it was served: that is why nobody could serve it. */
function failureOfInit(ffi: Ffi, request: LaunchRequest, { report }: Meeting): NuncError | undefined {
  const record = pollReadable(ffi, report, 0) === 1 ? readRecord(report) : undefined;
  return record?.kind === 'failed' ? explainEnd(request, record, 0) : undefined;
}

/** Whether a pid can be that of the init, which stage 0 has made a child of this process: what is killed, given rights
 * and moved about by its pid is not to be another one, whoever has written the report. */
function isNewChild(ffi: Ffi, { init, stageZero }: Meeting, pid: number): boolean {
  return init === undefined && pid !== stageZero && isChild(ffi, pid);
}

function meetInit(ffi: Ffi, request: LaunchRequest, met: { meeting: Meeting; pid: number }): void {
  const { meeting, pid } = met;
  if (!isNewChild(ffi, meeting, pid)) {
    throw new NuncError('syscall', `cannot ${request.purpose}: process ${pid}, which was reported as its init, is not`);
  }
  meeting.init = pid;
  waitProcess(ffi, meeting.stageZero, 0);
  meeting.stageZero = 0;
  request.onPid(pid);
  if (request.writeMaps === undefined) return;
  request.writeMaps(pid);
  writeSync(meeting.gate, '1');
}

function answerRequests(ffi: Ffi, { handlers, purpose }: LaunchRequest, meeting: Meeting): void {
  const { init: pid, channel, gate, report, requests } = meeting;
  if (pid === undefined) return;
  for (let record = requests.shift(); record !== undefined; record = requests.shift()) {
    const handler = handlers[record.request];
    if (handler === undefined) throw new NuncError('syscall', `cannot serve the init's request "${record.request}"`);
    const receive = (): number => receiveDescriptor(ffi, channel ?? -1);
    handler({ pid, value: record.value, receive });
    if (REQUESTS[record.request].waits) writeSync(gate, '1');
    if (record.request !== 'listener') continue;
    meeting.hasListener = true;
    awaitAgent(ffi, report, purpose);
  }
}

/** After a failure or the report's end. When it was the init that failed, stage 0 is still about to tell its pid. */
function endFailed(
  ffi: Ffi,
  request: LaunchRequest,
  end: { meeting: Meeting; record: ReportRecord | undefined },
): number {
  const { meeting } = end;
  const { operations } = request.compiled.plan;
  const { record } = end;
  if (meeting.init === undefined && record?.kind === 'failed' && operations[record.operation]?.stage !== 'stage0') {
    const next = readRecord(meeting.report);
    if (next?.kind === 'pid' && isNewChild(ffi, meeting, next.pid)) meeting.init = next.pid;
  }
  return endBoth(ffi, meeting);
}

/** Ends what there is of stage 0 and init. @returns the wait status of the later one */
function endBoth(ffi: Ffi, meeting: Meeting): number {
  let status = 0;
  if (meeting.stageZero !== 0) status = endChild(ffi, meeting.stageZero);
  meeting.stageZero = 0;
  if (meeting.init !== undefined && meeting.init !== 0) status = endChild(ffi, meeting.init);
  meeting.init = 0;
  return status;
}

/** Ends a child of this process and waits for it: not waited for before, its pid can't be another process's.
 *
 * @returns its wait status */
export function endChild(ffi: Ffi, pid: number): number {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
  return waitProcess(ffi, pid, 0).status;
}

function explainEnd(
  { compiled, purpose }: LaunchRequest,
  record: ReportRecord | undefined,
  status: number,
): NuncError {
  const { operations } = compiled.plan;
  const story = record?.kind === 'failed' ? operations[record.operation] : undefined;
  if (record?.kind === 'failed' && story !== undefined) {
    const { operation: index, errno, log } = record;
    return describeFailure({ story, index, total: operations.length, errno, log });
  }
  const signal = status & 0x7f;
  if (signal === 0) return new InitError(`cannot ${purpose}: the init ended without a report`);
  const message = `cannot ${purpose}: the init was killed by signal ${signal}`;
  if (signal === L.SIGSYS) return new InitError(message, { code: 'E_SECCOMP', origin: '/linux/seccomp' });
  return new InitError(message, { reason: signal === L.SIGKILL ? 'killed' : 'other' });
}
