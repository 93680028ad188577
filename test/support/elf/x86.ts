// x86_64 machine code → instructions. Written from the Intel SDM, volume 2; knows nothing of src/. Decodes what the
// executable of a plan may be made of, and refuses everything else.

interface Place {
  readonly reg: number;
  readonly address: number;
  /** The register that holds the address instead, if not negative. */
  readonly base: number;
}

interface Computation {
  readonly op: 'copy' | 'add' | 'and' | 'compare';
  readonly reg: number;
  readonly from: number | bigint;
  readonly wide: boolean;
}

/** Registers by their numbers: rax rcx rdx rbx rsp rbp rsi rdi r8 … r15. */
export type Operation =
  /** reg = value, a signed 64-bit integer. */
  | { readonly op: 'immediate'; readonly reg: number; readonly value: bigint }
  /** reg = `size` bytes, zero-extended, at an address or where `base` points to. */
  | Place & { readonly op: 'load'; readonly size: 1 | 2 | 4 | 8 }
  | Place & { readonly op: 'store'; readonly size: 1 | 8 }
  /** `wide` is a 64-bit operation; others clear the upper half. */
  | Computation
  | { readonly op: 'negate' | 'decrement'; readonly reg: number }
  | { readonly op: 'shift'; readonly reg: number; readonly by: number }
  | { readonly op: 'pop' | 'goto'; readonly reg: number }
  | { readonly op: 'jump' | 'call' | Condition; readonly target: number }
  | { readonly op: 'return' | 'syscall' | 'trap' };

export type Condition = 'equal' | 'unequal' | 'below' | 'not_below';

export type Instruction = Operation & { readonly at: number; readonly next: number };

const CONDITIONS: Readonly<Record<number, Condition>> = {
  0x84: 'equal', 0x85: 'unequal', 0x82: 'below', 0x83: 'not_below',
};
const NOWHERE = -1;

/** What stands before an opcode, and the bytes behind it. */
class Reader {
  readonly #view: DataView;
  at = 0;
  rex = 0;

  readonly base: number;

  constructor(bytes: Uint8Array, base: number) {
    this.base = base;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#view.getUint8(this.at++);
  }

  signed32(): number {
    this.at += 4;
    return this.#view.getInt32(this.at - 4, true);
  }

  signed64(): bigint {
    this.at += 8;
    return this.#view.getBigInt64(this.at - 8, true);
  }

  target(): number {
    const displacement = this.signed32();
    return this.base + this.at + displacement;
  }

  near(): number {
    const displacement = this.byte() << 24 >> 24;
    return this.base + this.at + displacement;
  }

  get wide(): boolean {
    return (this.rex & 8) !== 0;
  }

  /** A register field of three bits, with the bit of the prefix that extends it. */
  extended(bits: number, bit: 1 | 4): number {
    return bits | ((this.rex & bit) === 0 ? 0 : 8);
  }
}

/** All instructions; no-operations are left out. @param base the address of the first byte */
export function decode(bytes: Uint8Array, base: number): Instruction[] {
  const reader = new Reader(bytes, base);
  const instructions: Instruction[] = [];
  while (reader.at < bytes.length) {
    const start = reader.at;
    reader.rex = 0;
    let opcode = reader.byte();
    if (opcode === 0x90) continue;
    if ((opcode & 0xf0) === 0x40) {
      reader.rex = opcode;
      opcode = reader.byte();
    }
    const operation = operationOf(reader, opcode);
    if (operation === undefined) refuse(bytes, start);
    instructions.push({ ...operation, at: base + start, next: base + reader.at });
  }
  return instructions;
}

function refuse(bytes: Uint8Array, at: number): never {
  const shown = Buffer.from(bytes.subarray(at, at + 12)).toString('hex');
  throw new Error(`no known instruction at byte ${at} of the text: ${shown}`);
}

function operationOf(reader: Reader, opcode: number): Operation | undefined {
  if (opcode === 0x0f) return twoByteOperation(reader, reader.byte());
  const { wide } = reader;
  if (opcode >= 0xb8 && opcode <= 0xbf) {
    const reg = reader.extended(opcode & 7, 1);
    const value = wide ? reader.signed64() : BigInt(reader.signed32() >>> 0);
    return { op: 'immediate', reg, value };
  }
  if (opcode >= 0x58 && opcode <= 0x5f) return { op: 'pop', reg: reader.extended(opcode & 7, 1) };
  switch (opcode) {
    case 0x05: return { op: 'add', reg: 0, from: BigInt(reader.signed32()), wide };
    case 0x25: return { op: 'and', reg: 0, from: BigInt(reader.signed32()), wide };
    case 0x3d: return { op: 'compare', reg: 0, from: BigInt(reader.signed32()), wide };
    case 0x74: return { op: 'equal', target: reader.near() };
    case 0x75: return { op: 'unequal', target: reader.near() };
    case 0xe8: return { op: 'call', target: reader.target() };
    case 0xe9: return { op: 'jump', target: reader.target() };
    case 0xc3: return { op: 'return' };
    case 0x88: case 0x89: case 0x8b: return moveOf(reader, opcode);
    case 0x01: case 0x21: case 0x39: return registersOf(reader, opcode);
    default: return groupOf(reader, opcode);
  }
}

function twoByteOperation(reader: Reader, opcode: number): Operation | undefined {
  const condition = CONDITIONS[opcode];
  if (condition !== undefined) return { op: condition, target: reader.target() };
  switch (opcode) {
    case 0x05: return { op: 'syscall' };
    case 0x0b: return { op: 'trap' };
    case 0xb6: case 0xb7: {
      const { reg, mod, address, base } = operandsOf(reader);
      return mod === 3 ? undefined : { op: 'load', reg, size: opcode === 0xb6 ? 1 : 2, address, base };
    }
    default: return undefined;
  }
}

interface Operands {
  readonly mod: number;
  readonly reg: number;
  /** The other register; for memory NOWHERE. */
  readonly rm: number;
  readonly address: number;
  /** The register that holds the address, or NOWHERE. */
  readonly base: number;
}

/** ModRM, SIB and displacement: a register, an absolute address, or what a register points to. */
function operandsOf(reader: Reader): Operands {
  const modrm = reader.byte();
  const mod = modrm >> 6;
  const reg = reader.extended((modrm >> 3) & 7, 4);
  const low = modrm & 7;
  const memory = { mod, reg, rm: NOWHERE };
  if (mod === 3) return { mod, reg, rm: reader.extended(low, 1), address: NOWHERE, base: NOWHERE };
  if (mod === 0 && low === 4) {
    const sib = reader.byte();
    if (sib === 0x25) return { ...memory, address: reader.signed32(), base: NOWHERE };
    if (sib === 0x24) return { ...memory, address: 0, base: reader.extended(4, 1) };
  } else if (mod === 0 && low !== 5) {
    return { ...memory, address: 0, base: reader.extended(low, 1) };
  } else if (mod === 1 && low !== 4 && reader.byte() === 0) {
    return { ...memory, address: 0, base: reader.extended(low, 1) };
  }
  throw new Error(`no known operand: ${modrm.toString(16)}`);
}

function moveOf(reader: Reader, opcode: number): Operation | undefined {
  const { rex, wide } = reader;
  const { mod, reg, rm, address, base } = operandsOf(reader);
  if (mod === 3) return opcode === 0x89 ? { op: 'copy', reg: rm, from: reg, wide } : undefined;
  if (opcode === 0x8b) return { op: 'load', reg, size: wide ? 8 : 4, address, base };
  if (opcode === 0x89) return wide ? { op: 'store', reg, size: 8, address, base } : undefined;
  // Without a prefix the byte registers 4 to 7 are others.
  return rex === 0 && reg >= 4 ? undefined : { op: 'store', reg, size: 1, address, base };
}

function registersOf(reader: Reader, opcode: number): Operation | undefined {
  const { wide } = reader;
  const { mod, reg, rm } = operandsOf(reader);
  const op = ({ 0x01: 'add', 0x21: 'and', 0x39: 'compare' } as const)[opcode];
  return mod === 3 && op !== undefined ? { op, reg: rm, from: reg, wide } : undefined;
}

function groupOf(reader: Reader, opcode: number): Operation | undefined {
  const { wide } = reader;
  if (![0x81, 0x83, 0xc1, 0xc7, 0xf7, 0xff].includes(opcode)) return undefined;
  const extension = (reader.byte() >> 3) & 7;
  reader.at--;
  const { mod, rm } = operandsOf(reader);
  if (mod !== 3) return undefined;
  switch (opcode << 4 | extension) {
    case 0x810: return { op: 'add', reg: rm, from: BigInt(reader.signed32()), wide };
    case 0x814: return { op: 'and', reg: rm, from: BigInt(reader.signed32()), wide };
    case 0x817: return { op: 'compare', reg: rm, from: BigInt(reader.signed32()), wide };
    case 0xc15: return wide ? undefined : { op: 'shift', reg: rm, by: reader.byte() };
    case 0xc70: return wide ? { op: 'immediate', reg: rm, value: BigInt(reader.signed32()) } : undefined;
    case 0xf73: return wide ? { op: 'negate', reg: rm } : undefined;
    case 0x837: return { op: 'compare', reg: rm, from: BigInt(reader.byte() << 24 >> 24), wide };
    case 0xff1: return wide ? undefined : { op: 'decrement', reg: rm };
    case 0xff4: return { op: 'goto', reg: rm };
    default: return undefined;
  }
}
