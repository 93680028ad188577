// What an architecture's code generator implements: the few instructions that a plan needs, on registers that are
// named by their duty. A new architecture is one file beside x86_64.ts and one line in assemble.ts.

import type { SyscallName } from '../linux/syscalls.ts';
import type { Call } from '../plan/operation.ts';
import type { Code, CodeLabel } from './code.ts';
import type { Constants } from './constants.ts';

/** A register by duty. 0–5 hold a system call's arguments. All but callResult survive a system call; callResult may be
 * argument 0's register. */
export type Register = number;

export const callResult: Register = 6;
/** Holds the index of the operation that runs, for the report of its failure. */
export const operationIndex: Register = 7;
/** 8–12 are free for an operation's own use. */
export const firstFree: Register = 8;

/** @throws TypeError when the architecture has no such system call */
export function systemCallNumber(emitter: Emitter, name: SyscallName): number {
  const number = emitter.syscalls[name];
  if (number === undefined) throw new TypeError(`the architecture has no system call ${name}`);
  return number;
}

/** How compare() went; `below` and `above_or_equal` are unsigned. */
export type Condition = 'equal' | 'not_equal' | 'below' | 'above_or_equal';

/** A register of memory, or less. */
export interface Part {
  readonly address: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** Offsets of the code that all system calls of a plan share. */
export interface Subroutines {
  /** Goes to a label when the call fails. */
  readonly checked: number;
  readonly unchecked: number;
  /** The same for calls that are made again on EAGAIN. */
  readonly checkedAgain: number;
  readonly uncheckedAgain: number;
}

/** What operations are written to. */
export interface Program {
  readonly code: Code;
  readonly constants: Constants;
}

export interface Emitter {
  /** e_machine of the ELF header. */
  readonly machine: number;
  /** The largest page size of its kernels; segments are aligned to it. */
  readonly pageSize: number;
  /** How many operations emitCall() can tell apart. */
  readonly operationLimit: number;
  readonly syscalls: Readonly<Partial<Record<SyscallName, number>>>;

  /** register = value, a signed 64-bit integer with |value| < 2^53. */
  setImmediate(code: Code, register: Register, value: number): void;
  /** register = the 8 bytes at an absolute address. */
  load(code: Code, register: Register, address: number): void;
  /** register = the zero-extended content of 1 to 8 bytes at an absolute address. */
  loadPart(code: Code, register: Register, part: Part): void;
  /** The 8 bytes at an absolute address = register. */
  store(code: Code, address: number, register: Register): void;
  /** register = the zero-extended byte that `base` points to. */
  loadByte(code: Code, register: Register, base: Register): void;
  /** register = the 8 bytes that `base` points to. */
  loadWord(code: Code, register: Register, base: Register): void;
  /** The byte that `base` points to = the low byte of register. */
  storeByte(code: Code, base: Register, register: Register): void;
  /** register += value; |value| < 2^31. */
  add(code: Code, register: Register, value: number): void;
  /** register = other. */
  copy(code: Code, register: Register, other: Register): void;
  /** register += other. */
  addRegister(code: Code, register: Register, other: Register): void;
  /** register = -register. */
  negate(code: Code, register: Register): void;
  /** register &= mask, a 64-bit integer in two's complement. */
  and(code: Code, register: Register, mask: number): void;
  /** Compares for the branch() that follows; value as for setImmediate(). */
  compare(code: Code, register: Register, value: number): void;
  /** Compares for the branch() that follows. */
  compareRegisters(code: Code, register: Register, other: Register): void;
  /** Jumps when the comparison before it went so; system calls of emitCall() end in one with -4095. */
  branch(code: Code, condition: Condition, target: CodeLabel): void;
  jump(code: Code, target: CodeLabel): void;
  /** Goes to a subroutine, which ends in endCall() and may not call another. */
  call(code: Code, target: CodeLabel): void;
  endCall(code: Code): void;
  /** callResult = the system call of this number. */
  systemCall(code: Code, number: number): void;
  /** Jumps when callResult is an error, -4095 to -1. */
  branchIfFailed(code: Code, target: CodeLabel): void;
  /** Kills the process, for where execution must never get to. */
  trap(code: Code): void;
  /** Jumps when callResult is this error. */
  branchOnErrno(code: Code, errno: number, target: CodeLabel): void;
  /** Gives all jumps their targets. @throws TypeError when a label was never bound */
  patchJumps(code: Code): void;

  /** The first instructions: a stack of one word, up to an address. */
  emitStart(code: Code, stackEnd: number): void;
  /** The subroutines of emitCall(); `checked` goes to a label on errors. */
  emitSubroutines(code: Code, failed: CodeLabel): Subroutines;
  /** A plan's system call: operationIndex = index, callResult = its result. Uses registers 10 to 12. */
  emitCall(program: Program, call: Call, index: number, subroutine: number): void;
}
