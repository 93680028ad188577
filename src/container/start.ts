// start: lets a created container's init go, and hears whether the user's process could be executed.

import { closeSync, rmSync, writeSync } from 'node:fs';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { awaitAgent } from '../launch/await-agent.ts';
import { type Fifos, openGate, openReport } from '../launch/ends.ts';
import { describeFailure } from '../launch/failure.ts';
import { readRecord, readTimes } from '../launch/read-report.ts';
import type { ReportRecord } from '../plan/report.ts';
import { TIMED_GO } from '../plan/stamps.ts';
import { explained, type Scene } from './causes/scene.ts';
import { readFrozenSpec } from './frozen-config.ts';
import type { LoadDriver } from './load-driver.ts';
import { lockContainer } from './lock.ts';
import { killInit } from './signal.ts';
import type { StartHooks } from './start-hooks.ts';
import { settledStatus } from './status.ts';
import { addTimes, lap, type Stopwatch } from './stopwatch.ts';
import {
  type ContainerPlace, fifosOf, readState, type StartOperations, type StateFile,
} from './store.ts';

/** How long an init may take to die, in milliseconds. */
const KILL_PATIENCE = 1000;

export interface StartRequest {
  readonly place: ContainerPlace;
  /** Asked only of a container that has hooks. */
  readonly loadDriver: LoadDriver;
  /** Told what was ignored, a sentence each. */
  readonly warn: (message: string) => void;
  /** Called when nothing but the hooks and the init's go-ahead is missing. */
  readonly listen?: (state: StateFile) => void;
  /** --timings. */
  readonly stopwatch?: Stopwatch | undefined;
}

/**
 * Starts a created container.
 *
 * @throws NuncError when it is in another state, or its program can't be executed, or a hook fails: then the container
 * is gone
 */
export async function startContainer(ffi: Ffi, request: StartRequest): Promise<void> {
  const { place, stopwatch } = request;
  const lock = lockContainer(ffi, place);
  try {
    const state = readState(place);
    const status = settledStatus(place, state);
    if (status === 'running') throw new NuncError('state', 'cannot start an already running container');
    if (status === 'paused') throw new NuncError('state', 'cannot start a container in the paused state');
    // Incomplete: its create was killed, and its caller never heard of it.
    if (status === 'stopped' || state?.complete !== true) throw hasStopped();
    request.listen?.(state);
    const hooks = await loadHooks(ffi, request, state);
    lap(stopwatch, 'read the state');
    hooks?.before();
    if (hooks !== undefined) lap(stopwatch, 'run startContainer hooks');
    const record = passGate(ffi, { place, state, stopwatch });
    if (record !== undefined) throw await explained(ffi, explain(state, record), () => sceneOf(place, state));
    lap(stopwatch, 'let the init go and wait for its execve');
    rmSync(fifosOf(place).gate, { force: true });
    hooks?.after();
    if (hooks !== undefined) lap(stopwatch, 'run poststart hooks');
  } finally {
    lock.release();
  }
}

/** Few containers have any: the others need not load what runs them. */
async function loadHooks(ffi: Ffi, request: StartRequest, state: StateFile): Promise<StartHooks | undefined> {
  if (state.hooks === undefined) return undefined;
  const { hooksOfStart } = await import('./start-hooks.ts');
  return hooksOfStart(ffi, await request.loadDriver(state.cgroups.manager), { ...request, state });
}

function hasStopped(cause?: unknown): NuncError {
  return new NuncError('state', 'cannot start a container that has stopped', { cause });
}

/** @returns what the init reports: nothing when its execve(2) has closed the report */
function passGate(
  ffi: Ffi,
  { place, state, stopwatch }: Pick<StartRequest, 'place' | 'stopwatch'> & { readonly state: StateFile },
): ReportRecord | undefined {
  const fifos = fifosOf(place);
  const report = openReport(ffi, fifos);
  try {
    letGo(fifos, stopwatch === undefined ? '1' : TIMED_GO);
    if (state.hasSeccompAgent === true) hearAgent(ffi, report, state);
    const record = readRecord(report);
    if (record?.kind !== 'times') return record;
    const times = readTimes(report, record.count);
    addTimes(stopwatch, ['', 'mark descriptors close-on-exec'], times);
    return readRecord(report);
  } finally {
    closeSync(report);
  }
}

/** Whoever waits for an agent would hold the container's lock for ever. */
function hearAgent(ffi: Ffi, report: number, state: StateFile): void {
  try {
    awaitAgent(ffi, report, 'start the container');
  } catch (error) {
    killInit(ffi, state, KILL_PATIENCE);
    throw error;
  }
}

/** The init can be killed at any moment; then nobody reads at the gate. */
function letGo(fifos: Fifos, byte: string): void {
  let gate: number | undefined;
  try {
    gate = openGate(fifos);
    writeSync(gate, byte);
  } catch (cause) {
    throw hasStopped(cause);
  } finally {
    if (gate !== undefined) closeSync(gate);
  }
}

function sceneOf(place: ContainerPlace, { bundle, rootfs }: StateFile): Scene {
  return { spec: readFrozenSpec(place), bundle, rootfs, isLive: false };
}

function explain(state: StateFile, record: ReportRecord): NuncError {
  const { first, total, stories } = parseOperations(state.startOperations);
  const story = record.kind === 'failed' ? stories[record.operation - first] : undefined;
  if (record.kind !== 'failed' || story === undefined) {
    return new NuncError('state', 'cannot start the container: its init sent an unexpected report');
  }
  return describeFailure({ story, index: record.operation, total, errno: record.errno });
}

/** None where the text is not what create wrote: then nobody can tell what has failed. */
function parseOperations(text: string): StartOperations {
  try {
    const { first, total, stories } = JSON.parse(text) as Partial<StartOperations>;
    if (typeof first === 'number' && typeof total === 'number' && isStories(stories)) return { first, total, stories };
  } catch {
    // No JSON.
  }
  return { first: 0, total: 0, stories: [] };
}

function isStories(value: unknown): value is StartOperations['stories'] {
  return Array.isArray(value) && value.every((story: unknown) => {
    const { kind, origin, action } = (story ?? {}) as Partial<StartOperations['stories'][number]>;
    return typeof kind === 'string' && typeof origin === 'string' && typeof action === 'string';
  });
}
