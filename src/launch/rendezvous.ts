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
//     │                                                         │ mounts, pivot_root, credentials, …
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
// At any arrow "report" can bring FAILED {operation, errno} instead, or end: the process died. Until CREATED the init
// dies with the runtime (PR_SET_PDEATHSIG).

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

import type { Linux } from '../config/types.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { fcntl, must, waitProcess } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errnoMessage } from '../linux/errno.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import { RECORD_SIZE, type ReportRecord, decodeRecord } from '../plan/report.ts';
import { describeFailure } from './failure.ts';
import { writeIdMaps } from './id-maps.ts';

export interface Fifos {
  readonly report: string;
  readonly gate: string;
}

export interface LaunchRequest {
  readonly compiled: CreatePlan;
  /** Descriptor of the sealed executable. */
  readonly executable: number;
  readonly fifos: Fifos;
  /** Descriptor of the v2 cgroup's directory, if there is one. */
  readonly cgroup?: number;
  /** Descriptors of the namespaces to join, in the plan's order. */
  readonly namespaces: readonly number[];
  readonly linux: Linux | undefined;
  readonly privileged: boolean;
  /** Called with the init's pid as soon as it is known. */
  readonly onPid: (pid: number) => void;
}

/**
 * Spawns stage 0 and follows the init until it is created and waits at the gate. On failure no process is left.
 *
 * @returns the init's pid, a child of this process
 */
export function launchInit(ffi: Ffi, request: LaunchRequest): number {
  const { compiled, fifos } = request;
  const opened: number[] = [];
  const open = (path: string, flags: number): number => {
    const descriptor = openSync(path, flags);
    opened.push(descriptor);
    return descriptor;
  };
  try {
    // Opened without blocking because nobody writes yet; read with blocking.
    const report = open(fifos.report, constants.O_RDONLY | constants.O_NONBLOCK);
    must(fcntl(ffi, report, L.F_SETFL, 0), 'open the report fifo');
    const writer = open(fifos.report, constants.O_WRONLY);
    const gate = open(fifos.gate, constants.O_RDWR);
    const { descriptors } = compiled;
    const stageZero = spawnStageZero(ffi, request, [[writer, descriptors.report], [gate, descriptors.gate]]);
    // Now only stage 0 and the init hold the report's write end: when they die, it ends.
    closeSync(writer);
    opened.splice(opened.indexOf(writer), 1);
    return followInit(ffi, request, { report, gate, stageZero });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

type Pair = readonly [from: number, to: number];

function spawnStageZero(ffi: Ffi, request: LaunchRequest, own: readonly Pair[]): number {
  const { descriptors } = request.compiled;
  const pairs: Pair[] = [...own];
  if (request.cgroup !== undefined) pairs.push([request.cgroup, descriptors.cgroup]);
  request.namespaces.forEach((descriptor, i) => pairs.push([descriptor, descriptors.firstNamespace + i]));
  // Out of the way of the numbers that they are to get.
  const moved: Pair[] = [];
  const temporary: number[] = [];
  for (const [from, to] of pairs) {
    const source = must(fcntl(ffi, from, L.F_DUPFD_CLOEXEC, descriptors.end), 'duplicate a descriptor');
    temporary.push(source);
    moved.push([source, to]);
  }
  const executable = must(fcntl(ffi, request.executable, L.F_DUPFD_CLOEXEC, descriptors.end), 'duplicate the init');
  temporary.push(executable);
  for (let i = 3; i < descriptors.firstOwn; i++) moved.push([i, i]);
  const pid = ffi.spawn({
    path: `/proc/self/fd/${executable}`,
    argv: ['nunc-init'],
    envp: [],
    descriptors: moved,
  });
  for (const descriptor of temporary) closeSync(descriptor);
  if (pid < 0) throw new NuncError('syscall', `cannot start the init: ${errnoMessage(-pid)}`);
  return pid;
}

interface Meeting {
  readonly report: number;
  readonly gate: number;
  readonly stageZero: number;
}

function followInit(ffi: Ffi, request: LaunchRequest, meeting: Meeting): number {
  // The process whose word is awaited: stage 0, then the init.
  let child = meeting.stageZero;
  try {
    for (;;) {
      const record = readRecord(meeting.report);
      if (record?.kind === 'created') return child;
      if (record?.kind !== 'pid') {
        const status = endChild(ffi, child);
        child = 0;
        throw explainEnd(request.compiled, record, status);
      }
      waitProcess(ffi, child, 0);
      child = record.pid;
      request.onPid(child);
      if (request.compiled.waitsForMaps) {
        writeIdMaps(child, request.linux, request.privileged);
        writeSync(meeting.gate, '1');
      }
    }
  } catch (error) {
    if (child !== 0) endChild(ffi, child);
    throw error;
  }
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

/** The next record of the report; undefined at its end. */
export function readRecord(report: number): ReportRecord | undefined {
  const bytes = new Uint8Array(RECORD_SIZE);
  const length = readSync(report, bytes, 0, RECORD_SIZE, null);
  // A record is written at once and is smaller than PIPE_BUF: it arrives whole or not at all.
  return length === RECORD_SIZE ? decodeRecord(bytes, 0) : undefined;
}

function explainEnd(compiled: CreatePlan, record: ReportRecord | undefined, status: number): NuncError {
  const { operations } = compiled.plan;
  const story = record?.kind === 'failed' ? operations[record.operation] : undefined;
  if (record?.kind === 'failed' && story !== undefined) {
    return describeFailure({ story, index: record.operation, total: operations.length, errno: record.errno });
  }
  const signal = status & 0x7f;
  return new NuncError('syscall', signal === 0
    ? 'cannot create the container: the init ended without a report'
    : `cannot create the container: the init was killed by signal ${signal}`);
}
