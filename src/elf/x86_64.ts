// x86_64 machine code for a plan: each function appends one instruction (two where an operand needs 64 bits, or where two
// always come together) in its shortest form. Encodings: Intel SDM volume 2. Knows nothing of operations. Absolute
// addresses must be below 2^31.
//
// What every operation needs (setImmediate, load, store, system calls) stores several bytes at once and calls little:
// that is what assembling takes its time for.

import { syscalls } from '../linux/syscalls.ts';
import { noteJump, put8, put32, reserve, type Code, type CodeLabel } from './code.ts';
import type { Condition, Emitter, Register } from './emitter.ts';

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

function fits8(value: number): boolean {
  return value >= -0x80 && value <= 0x7f;
}

function fits32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff;
}

/** REX prefix of a 32-bit operation; left out when it would say nothing. */
function putRex(code: Code, reg: number, rm: number): void {
  const prefix = 0x40 | ((reg >> 3) << 2) | (rm >> 3);
  if (prefix !== 0x40) put8(code, prefix);
}

/** REX prefix of a 64-bit operation. */
function putRexW(code: Code, reg: number, rm: number): void {
  put8(code, 0x48 | ((reg >> 3) << 2) | (rm >> 3));
}

/** ModRM byte of two registers, or of an opcode extension and a register. */
function putDirect(code: Code, reg: number, rm: number): void {
  put8(code, 0xc0 | ((reg & 7) << 3) | (rm & 7));
}

/** ModRM of a register and what `base` points to; rsp and r12 need a SIB byte, rbp and r13 a displacement. */
function putIndirect(code: Code, reg: number, base: number): void {
  const low = base & 7;
  put8(code, (low === 5 ? 0x40 : 0) | ((reg & 7) << 3) | low);
  if (low === 4) put8(code, 0x24);
  if (low === 5) put8(code, 0);
}

/** A 64-bit move between a register and an absolute address, which takes a SIB byte: without, it is relative to rip. */
function putAbsoluteMove(code: Code, opcodeAndRegister: number, address: number): void {
  const machine = opcodeAndRegister & 15;
  const { view, length } = code;
  const rexAndOpcode = 0x48 | ((machine >> 3) << 2) | ((opcodeAndRegister >> 4) << 8);
  view.setInt32(length, rexAndOpcode | ((0x04 | ((machine & 7) << 3)) << 16) | 0x2500_0000, true);
  view.setInt32(length + 4, address, true);
  code.length = length + 8;
}

/** The rest, behind REX, of an instruction with an immediate operand: extension 0 for add, 4 for and, 7 for cmp. */
function putArithmetic(code: Code, extension: number, operands: { machine: number; value: number }): void {
  const { machine, value } = operands;
  if (fits8(value)) {
    put8(code, 0x83);
    putDirect(code, extension, machine);
    put8(code, value);
    return;
  }
  if (machine === 0) {
    put8(code, 0x05 | (extension << 3));
  } else {
    put8(code, 0x81);
    putDirect(code, extension, machine);
  }
  put32(code, value);
}

/** An instruction on two 64-bit registers: `rm opcode= reg`. */
function putRegisters(code: Code, opcode: number, operands: { rm: number; reg: number }): void {
  const { rm, reg } = operands;
  putRexW(code, reg, rm);
  put8(code, opcode);
  putDirect(code, reg, rm);
}

/** The moves that setImmediate() rarely needs: negative numbers, and those of more than 32 bits. */
function putLongMove(code: Code, machine: number, value: number): void {
  putRexW(code, 0, machine);
  if (fits32(value)) {
    put8(code, 0xc7);
    putDirect(code, 0, machine);
    put32(code, value);
    return;
  }
  put8(code, 0xb8 | (machine & 7));
  put32(code, value);
  put32(code, Math.floor(value / 0x1_0000_0000));
}

/** Moves into a machine register, in the shortest form. */
function putMove(code: Code, machine: number, value: number): void {
  const { view, length } = code;
  if (value > 0 && value <= 0xffff_ffff) {
    if (machine < 8) {
      view.setUint8(length, 0xb8 | machine);
      view.setInt32(length + 1, value, true);
      code.length = length + 5;
    } else {
      view.setInt16(length, 0x41 | ((0xb8 | (machine & 7)) << 8), true);
      view.setInt32(length + 2, value, true);
      code.length = length + 6;
    }
  } else if (value !== 0) {
    putLongMove(code, machine, value);
  } else if (machine < 8) {
    view.setInt16(length, 0x31 | ((0xc0 | (machine << 3) | machine) << 8), true);
    code.length = length + 2;
  } else {
    view.setInt32(length, 0x45 | 0x3100 | ((0xc0 | ((machine & 7) << 3) | (machine & 7)) << 16), true);
    code.length = length + 3;
  }
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

function load(code: Code, register: Register, address: number, size: 1 | 2 | 4 | 8): void {
  if (code.length > code.limit) reserve(code);
  const machine = REGISTERS[register] ?? refuseRegister(register);
  if (size === 8) {
    putAbsoluteMove(code, (0x8b << 4) | machine, address);
    return;
  }
  putRex(code, machine, 0);
  if (size === 4) {
    put8(code, 0x8b);
  } else {
    put8(code, 0x0f);
    put8(code, size === 1 ? 0xb6 : 0xb7);
  }
  put8(code, 0x04 | ((machine & 7) << 3));
  put8(code, 0x25);
  put32(code, address);
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
  const machine = machineRegister(register);
  reserve(code);
  putRexW(code, 0, machine);
  putArithmetic(code, 0, { machine, value });
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
    // The 32-bit form clears the upper half.
    putRex(code, 0, machine);
    putArithmetic(code, 4, { machine, value: mask | 0 });
  } else if (fits32(mask)) {
    putRexW(code, 0, machine);
    putArithmetic(code, 4, { machine, value: mask });
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
    putRexW(code, 0, machine);
    putArithmetic(code, 7, { machine, value });
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
  store,
  loadByte,
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
