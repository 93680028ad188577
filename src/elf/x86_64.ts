// x86_64 machine code for a plan: each function appends one instruction (two where an operand needs 64 bits) in its
// shortest form. Encodings: Intel SDM volume 2. Knows nothing of operations. Absolute addresses must be below 2^31.

import { syscalls } from '../linux/syscalls.ts';
import { noteJump, put8, put32, reserve, write32, type Code, type CodeLabel } from './code.ts';
import type { Condition, Emitter, Register } from './emitter.ts';

/** The machine's numbers of the registers by duty: rdi rsi rdx r10 r8 r9, rax rax, rbx, rbp r12 r13 r14 r15. */
const REGISTERS = [7, 6, 2, 10, 8, 9, 0, 0, 3, 5, 12, 13, 14, 15];
/** Holds operands that don't fit into an instruction; system calls destroy it, so that it never has a duty. */
const r11 = 11;

/** Condition codes, the low digit of jcc's opcode. */
const CONDITIONS: Readonly<Record<Condition, number>> = { equal: 4, not_equal: 5, below: 2, above_or_equal: 3 };

function machineRegister(register: Register): number {
  const number = REGISTERS[register];
  if (number === undefined) throw new RangeError(`no register ${register}`);
  return number;
}

function fits8(value: number): boolean {
  return value >= -0x80 && value <= 0x7f;
}

function fits32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff;
}

/** REX prefix for an operation on `wide` (64-bit) operands; left out when it would say nothing. */
function putRex(code: Code, wide: boolean, operands: readonly [reg: number, rm: number]): void {
  const prefix = 0x40 | (wide ? 8 : 0) | ((operands[0] >> 3) << 2) | (operands[1] >> 3);
  if (prefix !== 0x40) put8(code, prefix);
}

/** ModRM byte of two registers, or of an opcode extension and a register. */
function putDirect(code: Code, reg: number, rm: number): void {
  put8(code, 0xc0 | ((reg & 7) << 3) | (rm & 7));
}

/** ModRM, SIB and displacement of a register and an absolute address: without SIB it would be relative to rip. */
function putAbsolute(code: Code, reg: number, address: number): void {
  put8(code, 0x04 | ((reg & 7) << 3));
  put8(code, 0x25);
  put32(code, address);
}

/** ModRM of a register and what `base` points to; rsp and r12 need a SIB byte, rbp and r13 a displacement. */
function putIndirect(code: Code, reg: number, base: number): void {
  const low = base & 7;
  put8(code, (low === 5 ? 0x40 : 0) | ((reg & 7) << 3) | low);
  if (low === 4) put8(code, 0x24);
  if (low === 5) put8(code, 0);
}

function putImmediateMove(code: Code, register: number, value: number): void {
  if (value === 0) {
    putRex(code, false, [register, register]);
    put8(code, 0x31);
    putDirect(code, register, register);
  } else if (value > 0 && value <= 0xffff_ffff) {
    putRex(code, false, [0, register]);
    put8(code, 0xb8 | (register & 7));
    put32(code, value);
  } else if (fits32(value)) {
    putRex(code, true, [0, register]);
    put8(code, 0xc7);
    putDirect(code, 0, register);
    put32(code, value);
  } else {
    putRex(code, true, [0, register]);
    put8(code, 0xb8 | (register & 7));
    put32(code, value);
    put32(code, Math.floor(value / 0x1_0000_0000));
  }
}

/** One of the arithmetic instructions that share an encoding: its extension is 0 for add, 4 for and, 7 for cmp. */
function putArithmetic(code: Code, extension: number, operands: readonly [number, number], wide: boolean): void {
  const [register, value] = operands;
  putRex(code, wide, [0, register]);
  if (fits8(value)) {
    put8(code, 0x83);
    putDirect(code, extension, register);
    put8(code, value);
    return;
  }
  if (register === 0) {
    put8(code, 0x05 | (extension << 3));
  } else {
    put8(code, 0x81);
    putDirect(code, extension, register);
  }
  put32(code, value);
}

/** An instruction on two 64-bit registers: `rm opcode= reg`. */
function putRegisters(code: Code, opcode: number, operands: readonly [rm: number, reg: number]): void {
  putRex(code, true, [operands[1], operands[0]]);
  put8(code, opcode);
  putDirect(code, operands[1], operands[0]);
}

function putConditionalJump(code: Code, condition: Condition, target: CodeLabel): void {
  put8(code, 0x0f);
  put8(code, 0x80 | CONDITIONS[condition]);
  noteJump(code, code.length, target);
  put32(code, 0);
}

function putJump(code: Code, opcode: number, target: CodeLabel): void {
  reserve(code);
  put8(code, opcode);
  noteJump(code, code.length, target);
  put32(code, 0);
}

function setImmediate(code: Code, register: Register, value: number): void {
  reserve(code);
  putImmediateMove(code, machineRegister(register), value);
}

function load(code: Code, register: Register, address: number, size: 1 | 2 | 4 | 8): void {
  const machine = machineRegister(register);
  reserve(code);
  putRex(code, size === 8, [machine, 0]);
  if (size < 4) {
    put8(code, 0x0f);
    put8(code, size === 1 ? 0xb6 : 0xb7);
  } else {
    put8(code, 0x8b);
  }
  putAbsolute(code, machine, address);
}

function store(code: Code, address: number, register: Register): void {
  const machine = machineRegister(register);
  reserve(code);
  putRex(code, true, [machine, 0]);
  put8(code, 0x89);
  putAbsolute(code, machine, address);
}

function loadByte(code: Code, register: Register, base: Register): void {
  const machine = machineRegister(register);
  const pointer = machineRegister(base);
  reserve(code);
  putRex(code, false, [machine, pointer]);
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
  putRex(code, false, [machine, pointer]);
  put8(code, 0x88);
  putIndirect(code, machine, pointer);
}

function add(code: Code, register: Register, value: number): void {
  reserve(code);
  putArithmetic(code, 0, [machineRegister(register), value], true);
}

function copy(code: Code, register: Register, other: Register): void {
  reserve(code);
  putRegisters(code, 0x89, [machineRegister(register), machineRegister(other)]);
}

function addRegister(code: Code, register: Register, other: Register): void {
  reserve(code);
  putRegisters(code, 0x01, [machineRegister(register), machineRegister(other)]);
}

function negate(code: Code, register: Register): void {
  const machine = machineRegister(register);
  reserve(code);
  putRex(code, true, [0, machine]);
  put8(code, 0xf7);
  putDirect(code, 3, machine);
}

function and(code: Code, register: Register, mask: number): void {
  const machine = machineRegister(register);
  reserve(code);
  if (mask >= 0 && mask <= 0xffff_ffff) {
    // The 32-bit form clears the upper half.
    putArithmetic(code, 4, [machine, mask | 0], false);
  } else if (fits32(mask)) {
    putArithmetic(code, 4, [machine, mask], true);
  } else {
    putImmediateMove(code, r11, mask);
    putRegisters(code, 0x21, [machine, r11]);
  }
}

function branch(
  code: Code,
  condition: Condition,
  operands: readonly [Register, number],
  target: CodeLabel,
): void {
  const machine = machineRegister(operands[0]);
  const value = operands[1];
  reserve(code);
  if (value === 0) {
    putRegisters(code, 0x85, [machine, machine]);
  } else if (fits32(value)) {
    putArithmetic(code, 7, [machine, value], true);
  } else {
    putImmediateMove(code, r11, value);
    putRegisters(code, 0x39, [machine, r11]);
  }
  putConditionalJump(code, condition, target);
}

function branchRegisters(
  code: Code,
  condition: Condition,
  operands: readonly [Register, Register],
  target: CodeLabel,
): void {
  reserve(code);
  putRegisters(code, 0x39, [machineRegister(operands[0]), machineRegister(operands[1])]);
  putConditionalJump(code, condition, target);
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

function systemCall(code: Code): void {
  reserve(code);
  put8(code, 0x0f);
  put8(code, 0x05);
}

function trap(code: Code): void {
  reserve(code);
  put8(code, 0x0f);
  put8(code, 0x0b);
}

function patchJump(code: Code, at: number, target: number): void {
  write32(code.bytes, at, target - (at + 4));
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
  branch,
  branchRegisters,
  jump,
  call,
  endCall,
  systemCall,
  trap,
  patchJump,
};
