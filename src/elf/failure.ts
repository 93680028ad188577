// The end of every plan that fails: the report and the exit. Where the call was on a file system's context that the
// kernel has a log of, that goes in front of the report, in one write(2), so that nothing of another process can come
// in between:
//
//   RECORD_LOG, length │ text: messages that end in NUL │ operation index, errno

import type { Slot } from '../plan/operation.ts';
import { RECORD_LOG, RECORD_SIZE } from '../plan/report.ts';
import { bindLabel, type Code, type CodeLabel, createLabel } from './code.ts';
import { callResult, type Emitter, firstFree, operationIndex, type Register, systemCallNumber } from './emitter.ts';
import { MEMORY_BASE } from './layout.ts';

/** The longest message that is read; no value of fsconfig(2) has more than a quarter of that. */
const MESSAGE_SIZE = 1024;
/** How much there may be before no further message is read. With one more it is less than PIPE_BUF, 4096. */
const ENOUGH = 2048;
const VECTOR_SIZE = 32;

/** Bytes of memory that failures with a log take. */
export const LOG_MEMORY = RECORD_SIZE + ENOUGH + MESSAGE_SIZE + VECTOR_SIZE;

export interface Failure {
  readonly emitter: Emitter;
  readonly code: Code;
  /** Address of the 16 bytes of the report. */
  readonly report: number;
  /** What the report is written to. */
  readonly descriptor: number;
}

/** Survive a system call, unlike the arguments. */
const context: Register = firstFree;
const end: Register = firstFree + 1;
const limit: Register = firstFree + 2;
const zero: Register = firstFree + 3;

/** The tail that all failures share: operationIndex and callResult say which. The report is lost when the descriptor
 * can't be written to; the exit status still tells. */
export function emitFailure(failure: Failure, failed: CodeLabel): void {
  const { emitter, code, report, descriptor } = failure;
  bindLabel(code, failed);
  keep(failure);
  emitter.setImmediate(code, 0, descriptor);
  emitter.setImmediate(code, 1, report);
  emitter.setImmediate(code, 2, RECORD_SIZE);
  emitter.systemCall(code, systemCallNumber(emitter, 'write'));
  emitExit(failure);
}

/** Where the failures of a supervisor go: on with the plan, which finds in its memory what a report would say. */
export function emitRescue(
  { emitter, code }: Failure,
  rescued: CodeLabel,
  { record, to }: { readonly record: number; readonly to: CodeLabel },
): void {
  bindLabel(code, rescued);
  keep({ emitter, code, report: record });
  emitter.jump(code, to);
}

function keep({ emitter, code, report }: Pick<Failure, 'emitter' | 'code' | 'report'>): void {
  emitter.negate(code, callResult);
  emitter.store(code, report + 8, callResult);
  emitter.store(code, report, operationIndex);
}

function emitExit({ emitter, code }: Failure): void {
  emitter.setImmediate(code, 0, 1);
  emitter.systemCall(code, systemCallNumber(emitter, 'exit_group'));
  // A seccomp filter may refuse even exit_group.
  emitter.trap(code);
}

interface LoggedFailure extends Failure {
  /** Address of LOG_MEMORY bytes, a multiple of 8. */
  readonly log: number;
}

interface Logged {
  /** Where failures go, by the slot that holds the context. */
  readonly logged: ReadonlyMap<Slot, CodeLabel>;
  readonly log: number;
}

/** The same for calls with a log: one way in for each slot that holds a context. */
export function emitLoggedFailures(failure: Failure, { logged, log }: Logged): void {
  const { emitter, code } = failure;
  const shared = createLabel(code);
  for (const [slot, label] of logged) {
    bindLabel(code, label);
    emitter.load(code, context, MEMORY_BASE + slot);
    emitter.jump(code, shared);
  }
  bindLabel(code, shared);
  keep(failure);
  emitReadLog({ ...failure, log });
  emitWriteAll({ ...failure, log });
  emitExit(failure);
}

/** Leaves the messages behind the log's record, and their end in `end`. */
function emitReadLog({ emitter, code, log }: LoggedFailure): void {
  const [next, done] = [createLabel(code), createLabel(code)];
  emitter.setImmediate(code, end, log + RECORD_SIZE);
  emitter.setImmediate(code, limit, log + RECORD_SIZE + ENOUGH);
  emitter.setImmediate(code, zero, 0);
  bindLabel(code, next);
  emitter.copy(code, 0, context);
  emitter.copy(code, 1, end);
  emitter.setImmediate(code, 2, MESSAGE_SIZE - 1);
  // One message a call; ENODATA behind the last.
  emitter.systemCall(code, systemCallNumber(emitter, 'read'));
  emitter.branchIfFailed(code, done);
  emitter.addRegister(code, end, callResult);
  emitter.storeByte(code, end, zero);
  emitter.add(code, end, 1);
  emitter.compareRegisters(code, end, limit);
  emitter.branch(code, 'below', next);
  bindLabel(code, done);
}

/** writev(2) of the log and the report. */
function emitWriteAll({ emitter, code, log, report, descriptor }: LoggedFailure): void {
  const vector = log + LOG_MEMORY - VECTOR_SIZE;
  const store = (address: number, value: number): void => {
    emitter.setImmediate(code, 0, value);
    emitter.store(code, address, 0);
  };
  store(log, RECORD_LOG);
  emitter.add(code, end, -(log + RECORD_SIZE));
  emitter.store(code, log + 8, end);
  store(vector, log);
  emitter.add(code, end, RECORD_SIZE);
  emitter.store(code, vector + 8, end);
  store(vector + 16, report);
  store(vector + 24, RECORD_SIZE);
  emitter.setImmediate(code, 0, descriptor);
  emitter.setImmediate(code, 1, vector);
  emitter.setImmediate(code, 2, 2);
  emitter.systemCall(code, systemCallNumber(emitter, 'writev'));
}
