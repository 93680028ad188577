// The forms in which x86_64 instructions are encoded, here in whole words: an immediate or an address has a word of its
// own, and what stands before it is filled up by nop. Works on the machine's register numbers. Encodings: Intel SDM
// volume 2. Absolute addresses must be below 2^31.

import { type Code, type CodeLabel, put, putPair } from './code.ts';
import type { Part } from './emitter.ts';

/** Extensions: what tells arithmetic instructions of one encoding apart. */
export const ADD = 0;
export const AND = 4;
export const CMP = 7;

/** The machine's numbers of the registers of a system call's arguments: rdi rsi rdx r10 r8 r9. */
export const ARGUMENTS: readonly number[] = [7, 6, 2, 10, 8, 9];
/** Holds operands that don't fit into an instruction; system calls destroy it, so that it never has a duty. */
export const R11 = 11;

const NOP = 0x90;
const NOPS = 0x90_9090;

/** Instructions, and opcodes that a word follows. */
export const SYSCALL = 0x050f_9090;
export const CALL = 0xe890_9090 | 0;
export const JUMP = 0xe990_9090 | 0;
/** cmp $imm32, %rax */
export const COMPARE_RAX = 0x3d48_9090;
export const ABOVE_OR_EQUAL = 0x830f_9090 | 0;

/** Whether a value fits an immediate of four bytes, which the processor extends by its sign. */
export function fits32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff;
}

/** An instruction without an immediate, byte by byte. */
export function putBytes(code: Code, bytes: readonly number[]): void {
  let shift = 8 * (-bytes.length & 3);
  let word = NOPS & ((1 << shift) - 1);
  for (let i = 0; i < bytes.length; i++) {
    word |= (bytes[i] as number) << shift;
    shift += 8;
    if (shift === 32) {
      put(code, word);
      word = 0;
      shift = 0;
    }
  }
}

/** REX prefix of an operation on 32 bits; nothing when it would say nothing. */
export function rex(reg: number, rm: number): readonly number[] {
  return reg < 8 && rm < 8 ? [] : [0x40 | ((reg >> 3) << 2) | (rm >> 3)];
}

/** REX prefix of an operation on 64 bits. */
export function rexW(reg: number, rm: number): number {
  return 0x48 | ((reg >> 3) << 2) | (rm >> 3);
}

/** ModRM byte of two registers, or of an opcode extension and a register. */
export function direct(reg: number, rm: number): number {
  return 0xc0 | ((reg & 7) << 3) | (rm & 7);
}

/** ModRM of a register and what `base` points to; rsp and r12 need a SIB byte, rbp and r13 a displacement. */
export function indirect(reg: number, base: number): readonly number[] {
  const low = base & 7;
  const modrm = (low === 5 ? 0x40 : 0) | ((reg & 7) << 3) | low;
  if (low === 4) return [modrm, 0x24];
  return low === 5 ? [modrm, 0] : [modrm];
}

/** A 64-bit move between a register and an absolute address, without the address. */
export function absoluteMove(opcode: number, machine: number): number {
  return rexW(machine, 0) | (opcode << 8) | ((0x04 | ((machine & 7) << 3)) << 16) | 0x2500_0000;
}

/** Loads from an absolute address, which has a SIB byte: without it would be relative to rip. */
export function putLoad(code: Code, machine: number, { address, size }: Part): void {
  const prefix = size === 8 ? [rexW(machine, 0)] : rex(machine, 0);
  const opcode = size >= 4 ? [0x8b] : [0x0f, size === 1 ? 0xb6 : 0xb7];
  putBytes(code, [...prefix, ...opcode, 0x04 | ((machine & 7) << 3), 0x25]);
  put(code, address);
}

/** An instruction on a register of 64 bits and an immediate that is extended by its sign. */
export function putArithmetic(code: Code, extensionAndRegister: number, value: number): void {
  const machine = extensionAndRegister & 15;
  const extension = extensionAndRegister >> 4;
  // rax has a form of its own.
  const opcode = machine === 0
    ? NOP | (NOP << 8) | 0x48_0000 | ((0x05 | (extension << 3)) << 24)
    : NOP | (rexW(0, machine) << 8) | 0x81_0000 | (direct(extension, machine) << 24);
  putPair(code, opcode, value);
}

/** and on 32 bits, which clears the upper half. */
export function putAnd32(code: Code, machine: number, value: number): void {
  const prefix = machine < 8 ? NOP : 0x41;
  const opcode = machine === 0
    ? NOP | (NOP << 8) | (NOP << 16) | 0x2500_0000
    : NOP | (prefix << 8) | 0x81_0000 | (direct(AND, machine) << 24);
  putPair(code, opcode, value);
}

/** An instruction on two registers: `rm opcode= reg`. */
export function putRegisters(code: Code, opcode: number, operands: { rm: number; reg: number }): void {
  const { rm, reg } = operands;
  put(code, NOP | (rexW(reg, rm) << 8) | (opcode << 16) | (direct(reg, rm) << 24));
}

/** A move of 32 bits that are extended by their sign, without them. */
export function signedMove(machine: number): number {
  return NOP | (rexW(0, machine) << 8) | 0xc7_0000 | (direct(0, machine) << 24);
}

/** Moves into a machine register. */
export function putMove(code: Code, machine: number, value: number): void {
  if (fits32(value)) {
    putPair(code, signedMove(machine), value);
  } else if (value >= 0 && value <= 0xffff_ffff) {
    putPair(code, NOP | (NOP << 8) | ((machine < 8 ? NOP : 0x41) << 16) | ((0xb8 | (machine & 7)) << 24), value);
  } else {
    put(code, NOP | (NOP << 8) | (rexW(0, machine) << 16) | ((0xb8 | (machine & 7)) << 24));
    putPair(code, value, Math.floor(value / 0x1_0000_0000));
  }
}

/** A jump, by the word that stands before its displacement. */
export function putJump(code: Code, opcode: number, target: CodeLabel): void {
  const { length } = code;
  putPair(code, opcode, 0);
  code.jumps.push(length + 1, target);
}
