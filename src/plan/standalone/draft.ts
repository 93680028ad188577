// What the parts of a supervisor share while its plan is written.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { call, close, type Draft, HERE, newDraft, newLabel, newSlot, reserve } from '../draft.ts';
import type { Label, Reason, Slot, Word } from '../operation.ts';
import { RECORD_SIZE } from '../report.ts';
import type { SupervisorInput } from './input.ts';

export interface SupervisorDraft extends Draft {
  readonly input: SupervisorInput;
  /** The report of a failure, the init's or the supervisor's own; the last record that was read. */
  readonly record: number;
  /** Processes; 0 until they are there, and when they have been waited for. */
  readonly stageZero: Slot;
  readonly init: Slot;
  /** The init's directory in procfs, where it is needed. */
  readonly process: Slot;
  /** wait(2)'s. */
  readonly status: number;
  /** What the supervisor exits with. */
  readonly exit: Slot;
  /** Offset of a word for each cgroup: 1 when it has been made. */
  readonly made: number;
  /** The init's image as a file. */
  readonly executable: Slot;
  /** Scratch: a file, a struct statx, a number that was read. */
  readonly file: Slot;
  readonly statx: number;
  readonly count: Slot;
  /** By operation, the init's first: its story (messages.ts). Filled in when all are there. */
  readonly stories: Word[];
  readonly ways: {
    /** What failed is in `record`, and is to be explained. */
    readonly explain: Label;
    /** Where the process begins that becomes stage 0. */
    readonly child: Label;
  };
}

/** The numbers of what the supervisor keeps for itself are the next ones above the init's. */
export function readerOf({ input: { descriptors } }: SupervisorDraft): number {
  return descriptors.end;
}

export function programOf({ input: { descriptors } }: SupervisorDraft): number {
  return descriptors.end + 1;
}

const STRUCT_STATX_SIZE = 256;

export function newSupervisorDraft(input: SupervisorInput): SupervisorDraft {
  const draft = newDraft();
  draft.stage = 'supervisor';
  return Object.assign(draft, {
    input,
    record: reserve(draft, RECORD_SIZE),
    stageZero: newSlot(draft),
    init: newSlot(draft),
    process: newSlot(draft),
    status: reserve(draft, 8),
    exit: newSlot(draft),
    made: reserve(draft, 8 * input.cgroups.length),
    executable: newSlot(draft),
    file: newSlot(draft),
    statx: reserve(draft, STRUCT_STATX_SIZE),
    count: newSlot(draft),
    stories: [],
    ways: {
      explain: newLabel(draft, 'explain'),
      child: newLabel(draft, 'child'),
    },
  });
}

interface OpenOptions {
  readonly on?: readonly { readonly errno: number; readonly to: Label }[];
  readonly reasons?: readonly Reason[];
}

/** Opens a file of the host into draft.file. */
export function open(draft: SupervisorDraft, path: string, options: OpenOptions & { readonly flags: number }): void {
  const { flags, ...rest } = options;
  call(draft, 'openat', [HERE, { text: path }, flags | L.O_CLOEXEC], { result: draft.file, ...rest });
}

/** Gives draft.file a number that planPrologue() has kept free, open across execve(2). */
export function place(draft: SupervisorDraft, number: number): void {
  call(draft, 'dup3', [{ slot: draft.file }, number, 0]);
  close(draft, { slot: draft.file });
}

/** The way on for each of several errors. */
export function onAny(numbers: readonly number[], to: Label): { errno: number; to: Label }[] {
  return numbers.map((number) => ({ errno: number, to }));
}

/** What a cgroup can't be removed with: processes, or cgroups below it. */
export const OCCUPIED: readonly number[] = [errno.EBUSY, errno.ENOTEMPTY];
