// Where a plan waits for the runtime, and what for. Found in the operations themselves: a read of the gate, and what
// was written to the report before it.

import type { Operation, Value } from './operation.ts';
import { RECORD_CREATED, type RequestKind,requestOf } from './report.ts';

/** `start`: for `nunc start`; `id-maps`: for the maps of its user namespace; else for what it has asked for. */
export type WaitReason = 'start' | 'id-maps' | RequestKind;

export interface Wait {
  /** Index of the operation that waits. */
  readonly operation: number;
  readonly reason: WaitReason;
}

/** @param gate the descriptor of the gate fifo */
export function findWaits(operations: readonly Operation[], gate: number): Wait[] {
  const waits: Wait[] = [];
  let reason: WaitReason = 'id-maps';
  for (const [index, operation] of operations.entries()) {
    if (operation.kind === 'read' && (operation).args[0] === gate) {
      waits.push({ operation: index, reason });
      reason = 'id-maps';
    } else {
      reason = reasonIn(operation) ?? reason;
    }
  }
  return waits;
}

/** What a plan is about to wait for, by the record that an operation makes. */
function reasonIn(operation: Operation): WaitReason | undefined {
  if (operation.kind === 'set') return typeof operation.value === 'number' ? requestOf(operation.value) : undefined;
  if (operation.kind !== 'write') return undefined;
  const record: Value | undefined = (operation).args[1];
  if (typeof record !== 'object' || !('words' in record)) return undefined;
  return record.words[0] === RECORD_CREATED ? 'start' : undefined;
}
