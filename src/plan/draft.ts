// A plan while it is written: the list so far, the memory given out, and the story (stage, origin, action) that the
// next operations tell. Knows nothing of what they do.

import { AT_FDCWD } from '../linux/constants.ts';
import type { SyscallName } from '../linux/syscalls.ts';
import type { Address, Call, Label, Operation, Slot, Stage, Value } from './operation.ts';

export interface Draft {
  readonly operations: Operation[];
  memory: number;
  labels: number;
  stage: Stage;
  origin: string;
  action: string;
}

export type CallOptions = Pick<
  Call, 'result' | 'again' | 'tolerate' | 'on' | 'success' | 'reasons' | 'mayDangle' | 'log'
>;

/** The number of the current directory as an argument. */
export const HERE = AT_FDCWD;
export const EMPTY: Address = { text: '' };

export function newDraft(): Draft {
  return { operations: [], memory: 0, labels: 0, stage: 'stage0', origin: '', action: '' };
}

/** Names what the operations from here on are for: their JSON pointer and what a person would say they do. */
export function tell(draft: Draft, origin: string, action: string): void {
  draft.origin = origin;
  draft.action = action;
}

/** Reserves `size` bytes of the plan's memory, rounded up to 8; returns their offset. */
export function reserve(draft: Draft, size: number): number {
  const offset = draft.memory;
  draft.memory += (size + 7) & ~7;
  return offset;
}

export function newSlot(draft: Draft): Slot {
  return reserve(draft, 8) as Slot;
}

export function newLabel(draft: Draft, name: string): Label {
  draft.labels += 1;
  return `${name}-${draft.labels}` as Label;
}

export function call(draft: Draft, kind: SyscallName, args: readonly Value[], options?: CallOptions): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind, args, stage, origin, action, ...options });
}

export function mark(draft: Draft, label: Label): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'label', label, stage, origin, action });
}

export function jump(draft: Draft, to: Label): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'jump', to, stage, origin, action });
}

export function set(draft: Draft, slot: Slot, value: Value): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'set', slot, value, stage, origin, action });
}

/** Adds a value to a slot, or takes it away. */
export function sum(draft: Draft, kind: 'add' | 'subtract', by: { slot: Slot; value: Value }): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind, ...by, stage, origin, action });
}

/** Stores entry `index` of the 8-byte words at the address `from`. */
export function pick(draft: Draft, slot: Slot, entry: { from: Value; index: Value }): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'pick', slot, ...entry, stage, origin, action });
}

/** Writes a 32-bit number to DECIMAL_SIZE bytes of memory, and the count of its digits to a slot. */
export function decimal(draft: Draft, slot: Slot, number: { value: Value; into: number }): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'decimal', slot, ...number, stage, origin, action });
}

interface Condition {
  readonly mask?: number;
  readonly test: 'equal' | 'not_equal';
  readonly operand: number;
  readonly to: Label;
}

/** Jumps when `value & mask` is, or is not, `operand`. */
export function branch(draft: Draft, value: Value, condition: Condition): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'branch', value, ...condition, stage, origin, action });
}

/** Fails with an errno that the plan itself has found; `message` replaces the usual "cannot <action>: <reason>". */
export function fail(draft: Draft, errno: number, message?: string): void {
  const { stage, origin, action } = draft;
  draft.operations.push({ kind: 'fail', errno, stage, origin, action, ...(message === undefined ? {} : { message }) });
}

export function close(draft: Draft, descriptor: Value): void {
  call(draft, 'close', [descriptor]);
}

/** The length of a string as the kernel counts it. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
