// Plans of processes that hold something until the runtime has taken hold of it: the smallest there are. Their one
// descriptor, besides standard streams, is a socket to the runtime, which they report to and wait at.

import * as L from '../linux/constants.ts';
import { call, newDraft, reserve, tell } from './draft.ts';
import type { Plan } from './operation.ts';
import { RECORD_CREATED, RECORD_SIZE } from './report.ts';

/** The number of the socket. */
export const HOLDER_SOCKET = 3;

/** Reports RECORD_CREATED when the namespace is there; ends when the other end is closed. */
export function compileHolderPlan(): Plan {
  const draft = newDraft();
  const byte = reserve(draft, 8);
  tell(draft, '', 'make a user namespace');
  call(draft, 'close_range', [HOLDER_SOCKET + 1, L.CLOSE_RANGE_LAST, 0]);
  call(draft, 'unshare', [L.CLONE_NEWUSER]);
  call(draft, 'write', [HOLDER_SOCKET, { words: [RECORD_CREATED, 0] }, RECORD_SIZE]);
  call(draft, 'read', [HOLDER_SOCKET, { memory: byte }, 1]);
  call(draft, 'exit_group', [0]);
  return { operations: draft.operations, memory: draft.memory, report: HOLDER_SOCKET };
}

/** Holds the place where it is put; ends when the other end is closed. */
export function compileWaiterPlan(): Plan {
  const draft = newDraft();
  const byte = reserve(draft, 8);
  tell(draft, '', 'wait');
  call(draft, 'close_range', [HOLDER_SOCKET + 1, L.CLOSE_RANGE_LAST, 0]);
  call(draft, 'read', [HOLDER_SOCKET, { memory: byte }, 1]);
  call(draft, 'exit_group', [0]);
  return { operations: draft.operations, memory: draft.memory, report: HOLDER_SOCKET };
}
