// Where the time goes, as the plan's own process sees it: clock_gettime(2) at the end of each stage, into memory, and
// one record with all of it when the container is created, or is about to execute its program. Nothing of it is in a
// plan that nobody wants to time, but for the start: a container can be created without and started with --timings.
//
// Who is made by clone3(2) has a copy of its parent's memory, and so the times of stage 0.

import * as L from '../linux/constants.ts';
import type { ProgramDraft } from './create-draft.ts';
import { branch, call, type Draft, mark, newLabel, reserve, set, tell } from './draft.ts';
import type { Slot } from './operation.ts';
import { RECORD_SIZE, RECORD_TIMES } from './report.ts';

/** A record and its times are written at once: PIPE_BUF is 4096. */
const MOST_STAMPS = 32;

/** What the gate brings to whoever is to report how long its start takes. */
export const TIMED_GO = 't';

export interface Stamps {
  /** Offset of the record, which the times follow. */
  readonly record: number;
  /** What had been done when each was taken; '' for the first. */
  readonly names: string[];
}

export function newStamps(draft: Draft): Stamps {
  return { record: reserve(draft, RECORD_SIZE * (1 + MOST_STAMPS)), names: [] };
}

/** Takes the time, unless nothing has been done since it was taken last. @param name what has been done since */
export function stamp(draft: Draft & { readonly stamps?: Stamps | undefined }, name: string): void {
  const { stamps } = draft;
  if (stamps === undefined || draft.operations.at(-1)?.kind === 'clock_gettime') return;
  const told = draft.action;
  draft.action = 'take the time';
  takeTime(draft, stamps.record + RECORD_SIZE * (1 + stamps.names.length));
  stamps.names.push(name);
  draft.action = told;
}

/** struct timespec is a record's size: seconds and nanoseconds. */
function takeTime(draft: Draft, into: number): void {
  call(draft, 'clock_gettime', [L.CLOCK_MONOTONIC, { memory: into }]);
}

/** Sends what was taken, from the last stage of a create or an exec. */
export function reportStamps(draft: ProgramDraft): void {
  const { stamps } = draft;
  if (stamps === undefined) return;
  tell(draft, '', 'report the times');
  sendTimes(draft, stamps.record, stamps.names.length);
}

function sendTimes(draft: ProgramDraft, record: number, count: number): void {
  set(draft, record as Slot, RECORD_TIMES);
  set(draft, (record + 8) as Slot, count);
  call(draft, 'write', [draft.descriptors.report, { memory: record }, RECORD_SIZE * (1 + count)]);
}

/** What start reports: when the init was let go, and when all but execve(2) and a seccomp filter was done. */
export interface StartStamps {
  readonly record: number;
  /** The byte that came through the gate. */
  readonly byte: number;
}

/** Behind the gate. */
export function stampGo(draft: Draft, byte: number): StartStamps {
  const stamps = { record: reserve(draft, RECORD_SIZE * 3), byte };
  whenTimed(draft, stamps, () => { takeTime(draft, stamps.record + RECORD_SIZE); });
  return stamps;
}

/** Before the filter, which may forbid it. */
export function reportStart(draft: ProgramDraft, stamps: StartStamps): void {
  whenTimed(draft, stamps, () => {
    takeTime(draft, stamps.record + RECORD_SIZE * 2);
    sendTimes(draft, stamps.record, 2);
  });
}

function whenTimed(draft: Draft, { byte }: StartStamps, then: () => void): void {
  const untimed = newLabel(draft, 'untimed');
  tell(draft, '', 'take the time');
  branch(draft, { load: byte, size: 1 }, { test: 'not_equal', operand: TIMED_GO.charCodeAt(0), to: untimed });
  then();
  mark(draft, untimed);
}
