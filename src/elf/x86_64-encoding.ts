// The forms in which x86_64 instructions are encoded: prefixes, ModRM, immediates. Works on the machine's register
// numbers; the callers (x86_64.ts) have made room. Encodings: Intel SDM volume 2. Absolute addresses must be below
// 2^31.

import { type Code, put8, put32 } from './code.ts';

/** Extensions: what tells arithmetic instructions of one encoding apart. */
export const ADD = 0;
export const AND = 4;
export const CMP = 7;

/** Whether a value fits an immediate of one byte. */
function fits8(value: number): boolean {
  return value >= -0x80 && value <= 0x7f;
}

/** Whether a value fits an immediate of four bytes, which the processor extends by its sign. */
export function fits32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff;
}

/** REX prefix of an operation on 32 bits; left out when it would say nothing. */
export function putRex(code: Code, reg: number, rm: number): void {
  const prefix = 0x40 | ((reg >> 3) << 2) | (rm >> 3);
  if (prefix !== 0x40) put8(code, prefix);
}

/** REX prefix of an operation on 64 bits. */
export function putRexW(code: Code, reg: number, rm: number): void {
  put8(code, 0x48 | ((reg >> 3) << 2) | (rm >> 3));
}

/** ModRM byte of two registers, or of an opcode extension and a register. */
export function putDirect(code: Code, reg: number, rm: number): void {
  put8(code, 0xc0 | ((reg & 7) << 3) | (rm & 7));
}

/** ModRM of a register and what `base` points to; rsp and r12 need a SIB byte, rbp and r13 a displacement. */
export function putIndirect(code: Code, reg: number, base: number): void {
  const low = base & 7;
  put8(code, (low === 5 ? 0x40 : 0) | ((reg & 7) << 3) | low);
  if (low === 4) put8(code, 0x24);
  if (low === 5) put8(code, 0);
}

/** ModRM, SIB and displacement of a register and an absolute address: without SIB it would be relative to rip. */
export function putAbsolute(code: Code, reg: number, address: number): void {
  put8(code, 0x04 | ((reg & 7) << 3));
  put8(code, 0x25);
  put32(code, address);
}

/** A 64-bit move between a register and an absolute address, in two stores. The opcode is in the digits above the
 * register's number. */
export function putAbsoluteMove(code: Code, opcodeAndRegister: number, address: number): void {
  const machine = opcodeAndRegister & 15;
  const { view, length } = code;
  const rexAndOpcode = 0x48 | ((machine >> 3) << 2) | ((opcodeAndRegister >> 4) << 8);
  view.setInt32(length, rexAndOpcode | ((0x04 | ((machine & 7) << 3)) << 16) | 0x2500_0000, true);
  view.setInt32(length + 4, address, true);
  code.length = length + 8;
}

/** An instruction on a 64-bit register and an immediate. Its extension is in the digit above the register's number. */
export function putArithmetic(code: Code, extensionAndRegister: number, value: number): void {
  const machine = extensionAndRegister & 15;
  const extension = extensionAndRegister >> 4;
  const { view, length } = code;
  const rex = 0x48 | (machine >> 3);
  const modrm = 0xc0 | (extension << 3) | (machine & 7);
  if (fits8(value)) {
    view.setInt32(length, rex | 0x8300 | (modrm << 16) | (value << 24), true);
    code.length = length + 4;
    return;
  }
  view.setInt16(length, rex | (machine === 0 ? (0x05 | (extension << 3)) << 8 : 0x8100), true);
  code.length = length + 2;
  if (machine !== 0) put8(code, modrm);
  put32(code, value);
}

/** The same for and on 32 bits, which clears the upper half. */
export function putAnd32(code: Code, machine: number, value: number): void {
  putRex(code, 0, machine);
  const short = fits8(value);
  if (machine === 0 && !short) {
    put8(code, 0x25);
  } else {
    put8(code, short ? 0x83 : 0x81);
    putDirect(code, AND, machine);
  }
  if (short) put8(code, value);
  else put32(code, value);
}

/** An instruction on two 64-bit registers: `rm opcode= reg`. */
export function putRegisters(code: Code, opcode: number, operands: { rm: number; reg: number }): void {
  const { rm, reg } = operands;
  putRexW(code, reg, rm);
  put8(code, opcode);
  putDirect(code, reg, rm);
}

/** The moves that setImmediate() rarely needs: negative numbers, and those of more than 32 bits. */
export function putLongMove(code: Code, machine: number, value: number): void {
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
export function putMove(code: Code, machine: number, value: number): void {
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
