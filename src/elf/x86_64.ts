// x86_64 machine code for a plan: each function appends one instruction (two where an operand needs 64 bits, or where
// two always come together) in its shortest form. Knows nothing of operations, nor of how instructions are encoded.
//
// What every operation needs (setImmediate, load, store, system calls) stores several bytes at once and calls little:
// that is what assembling takes its time for.

import { syscalls } from '../linux/syscalls.ts';
import { type Code, type CodeLabel, noteJump, put8, reserve } from './code.ts';
import type { Condition, Emitter, Part, Register } from './emitter.ts';
import {
  ADD, AND, CMP, fits32, putAbsolute, putAbsoluteMove, putAnd32, putArithmetic, putDirect, putIndirect, putMove,
  putRegisters, putRex, putRexW,
} from './x86_64-encoding.ts';

/** The machine's numbers of the registers by duty: rdi rsi rdx r10 r8 r9, rax, rbx, rbp r12 r13 r14 r15. */
const REGISTERS: readonly number[] = [7, 6, 2, 10, 8, 9, 0, 3, 5, 12, 13, 14, 15];
/** Holds operands that don't fit into an instruction; system calls destroy it, so that it never has a duty. */
const R11 = 11;

/** Condition codes, the low digit of jcc's opcode. */
const CONDITIONS: Readonly<Record<Condition, number>> = { equal: 4, not_equal: 5, below: 2, above_or_equal: 3 };

function refuseRegister(register: Register): never {
  throw new RangeError(`no register ${register}`);
}

function machineRegister(register: Register): number {
  return REGISTERS[register] ?? refuseRegister(register);
}

function putJump(code: Code, opcode: number, target: CodeLabel): void {
  reserve(code);
  const { view, length } = code;
  view.setUint8(length, opcode);
  noteJump(code, length + 1, target);
  code.length = length + 5;
}

/** jcc, by the two bytes of its opcode. */
function putConditionalJump(code: Code, opcode: number, target: CodeLabel): void {
  const { view, length } = code;
  view.setInt16(length, opcode, true);
  noteJump(code, length + 2, target);
  code.length = length + 6;
}

function setImmediate(code: Code, register: Register, value: number): void {
  const { view, length } = code;
  const machine = REGISTERS[register] ?? refuseRegister(register);
  if (machine > 7 || value <= 0 || value > 0xffff_ffff || length > code.limit) {
    reserve(code);
    putMove(code, machine, value);
    return;
  }
  view.setUint8(length, 0xb8 | machine);
  view.setInt32(length + 1, value, true);
  code.length = length + 5;
}

function load(code: Code, register: Register, address: number): void {
  if (code.length > code.limit) reserve(code);
  putAbsoluteMove(code, (0x8b << 4) | (REGISTERS[register] ?? refuseRegister(register)), address);
}

function loadPart(code: Code, register: Register, part: Part): void {
  const machine = machineRegister(register);
  reserve(code);
  putRex(code, machine, 0);
  if (part.size === 4) {
    put8(code, 0x8b);
  } else {
    put8(code, 0x0f);
    put8(code, part.size === 1 ? 0xb6 : 0xb7);
  }
  putAbsolute(code, machine, part.address);
}

function store(code: Code, address: number, register: Register): void {
  if (code.length > code.limit) reserve(code);
  putAbsoluteMove(code, (0x89 << 4) | (REGISTERS[register] ?? refuseRegister(register)), address);
}

function loadByte(code: Code, register: Register, base: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  reserve(code);
  putRex(code, machine, pointer);
  put8(code, 0x0f);
  put8(code, 0xb6);
  putIndirect(code, machine, pointer);
}

function loadWord(code: Code, register: Register, base: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  reserve(code);
  putRexW(code, machine, pointer);
  put8(code, 0x8b);
  putIndirect(code, machine, pointer);
}

function storeByte(code: Code, base: Register, register: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  reserve(code);
  // Without a prefix 4–7 would mean ah, ch, dh and bh.
  if (machine >= 4 && machine < 8 && pointer < 8) put8(code, 0x40);
  putRex(code, machine, pointer);
  put8(code, 0x88);
  putIndirect(code, machine, pointer);
}

function add(code: Code, register: Register, value: number): void {
  reserve(code);
  putArithmetic(code, (ADD << 4) | machineRegister(register), value);
}

function copy(code: Code, register: Register, other: Register): void {
  reserve(code);
  putRegisters(code, 0x89, { rm: machineRegister(register), reg: machineRegister(other) });
}

function addRegister(code: Code, register: Register, other: Register): void {
  reserve(code);
  putRegisters(code, 0x01, { rm: machineRegister(register), reg: machineRegister(other) });
}

function negate(code: Code, register: Register): void {
  const machine = machineRegister(register);
  reserve(code);
  putRexW(code, 0, machine);
  put8(code, 0xf7);
  putDirect(code, 3, machine);
}

function and(code: Code, register: Register, mask: number): void {
  const machine = machineRegister(register);
  reserve(code);
  if (mask >= 0 && mask <= 0xffff_ffff) {
    putAnd32(code, machine, mask | 0);
  } else if (fits32(mask)) {
    putArithmetic(code, (AND << 4) | machine, mask);
  } else {
    putMove(code, R11, mask);
    putRegisters(code, 0x21, { rm: machine, reg: R11 });
  }
}

function compare(code: Code, register: Register, value: number): void {
  const machine = machineRegister(register);
  reserve(code);
  if (value === 0) {
    putRegisters(code, 0x85, { rm: machine, reg: machine });
  } else if (fits32(value)) {
    putArithmetic(code, (CMP << 4) | machine, value);
  } else {
    putMove(code, R11, value);
    putRegisters(code, 0x39, { rm: machine, reg: R11 });
  }
}

function compareRegisters(code: Code, register: Register, other: Register): void {
  reserve(code);
  putRegisters(code, 0x39, { rm: machineRegister(register), reg: machineRegister(other) });
}

function branch(code: Code, condition: Condition, target: CodeLabel): void {
  reserve(code);
  putConditionalJump(code, 0x800f | (CONDITIONS[condition] << 8), target);
}

function jump(code: Code, target: CodeLabel): void {
  putJump(code, 0xe9, target);
}

function call(code: Code, target: CodeLabel): void {
  putJump(code, 0xe8, target);
}

function endCall(code: Code): void {
  reserve(code);
  put8(code, 0xc3);
}

function systemCall(code: Code, number: number): void {
  reserve(code);
  putMove(code, 0, number);
  code.view.setInt16(code.length, 0x050f, true);
  code.length += 2;
}

/** cmp rax, -4095 and a jump, the opcode of which is given. */
function putErrorTest(code: Code, opcode: number, target: CodeLabel): void {
  if (code.length > code.limit) reserve(code);
  const { view, length } = code;
  view.setInt32(length, 0xf001_3d48, true);
  view.setInt32(length + 4, 0xffff | (opcode << 16), true);
  noteJump(code, length + 8, target);
  code.length = length + 12;
}

function branchIfFailed(code: Code, target: CodeLabel): void {
  putErrorTest(code, 0x830f, target);
}

function branchIfSucceeded(code: Code, target: CodeLabel): void {
  putErrorTest(code, 0x820f, target);
}

function trap(code: Code): void {
  reserve(code);
  put8(code, 0x0f);
  put8(code, 0x0b);
}

function patchJump(code: Code, at: number, target: number): void {
  code.view.setInt32(at, target - (at + 4), true);
}

export const x86_64: Emitter = {
  machine: 62,
  pageSize: 4096,
  syscalls: syscalls.x86_64,
  setImmediate,
  load,
  loadPart,
  store,
  loadByte,
  loadWord,
  storeByte,
  add,
  copy,
  addRegister,
  negate,
  and,
  compare,
  compareRegisters,
  branch,
  jump,
  call,
  endCall,
  systemCall,
  branchIfFailed,
  branchIfSucceeded,
  trap,
  patchJump,
};
