// An eBPF program while it is written, from its start to its end, and its encoding (Documentation/bpf/standardization/
// instruction-set.rst). Jumps go forward only, to labels that are placed later:
//
//   jump ──────┐        a label that is 32767 instructions away is out of a jump's reach: on the way there
//    ⋮         │        a stone is laid, which the jump leads to and which jumps on
//   go over ─┐ │
//   stone ◀──│─┘
//     │      ▼
//     ▼
//
// What no way leads to is not written: the kernel refuses programs with instructions that are never run. Knows nothing
// of what a program is for.

declare const labelBrand: unique symbol;

/** A place that jumps lead to; each is placed once. */
export type Label = number & { readonly [labelBrand]: true };

/** A register: 0 holds the result, 1 at the start the address of the context. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5;

/** BPF_JMP32 | test | BPF_K: compares the lower half of a register. */
export const JUMP = { notEqual: 0x56, anyBit: 0x46 } as const;

/** BPF_ALU32 | operation | BPF_K: of the lower half of a register, the upper half becomes 0. */
export const ALU = { move: 0xb4, and: 0x54, shiftRight: 0x74 } as const;

const LOAD = 0x61; // BPF_LDX | BPF_MEM | BPF_W
const COPY = 0xbc; // BPF_ALU32 | BPF_MOV | BPF_X
const GO = 0x05; // BPF_JMP | BPF_JA
const EXIT = 0x95; // BPF_JMP | BPF_EXIT

const INSTRUCTION_SIZE = 8;
/** What a jump can skip is 32767; the rest is for stones that are laid at once. */
const FAR = 32_000;

export interface Program {
  readonly operations: number[];
  /** Source in the upper four bits, destination in the lower four. */
  readonly registers: number[];
  readonly offsets: number[];
  readonly operands: number[];
  /** By label that is not placed yet: indices of the jumps that lead there, in ascending order. */
  readonly pending: Map<Label, number[]>;
  labels: number;
  /** No pending jump is before this index. */
  oldest: number;
  /** Whether what comes next is ever run. */
  reachable: boolean;
}

export function newProgram(): Program {
  return {
    operations: [], registers: [], offsets: [], operands: [], pending: new Map(), labels: 0, oldest: 0, reachable: true,
  };
}

export function newLabel(program: Program): Label {
  return program.labels++ as Label;
}

interface Instruction {
  readonly operation: number;
  readonly registers?: number;
  readonly offset?: number;
  readonly operand?: number;
}

function append(program: Program, { operation, registers = 0, offset = 0, operand = 0 }: Instruction): number {
  program.registers.push(registers);
  program.offsets.push(offset);
  program.operands.push(operand);
  return program.operations.push(operation) - 1;
}

function push(program: Program, instruction: Instruction): void {
  if (!program.reachable) return;
  if (program.operations.length - program.oldest >= FAR) layStones(program);
  append(program, instruction);
}

function layStones(program: Program): void {
  const far: Label[] = [];
  program.oldest = program.operations.length;
  for (const [label, [first = 0]] of program.pending) {
    if (program.operations.length - first >= FAR) far.push(label);
    else program.oldest = Math.min(program.oldest, first);
  }
  if (far.length === 0) return;
  const over = newLabel(program);
  appendJump(program, { operation: GO }, over);
  for (let i = 0; i < far.length; i++) {
    const label = far[i] as Label;
    place(program, label);
    appendJump(program, { operation: GO }, label);
  }
  place(program, over);
}

function appendJump(program: Program, instruction: Instruction, label: Label): void {
  const index = append(program, instruction);
  const jumps = program.pending.get(label);
  if (jumps === undefined) program.pending.set(label, [index]);
  else jumps.push(index);
}

/** Makes a label stand for what is written next. */
export function place(program: Program, label: Label): void {
  const jumps = program.pending.get(label);
  if (jumps === undefined) return;
  const here = program.operations.length;
  for (let i = 0; i < jumps.length; i++) {
    const index = jumps[i] ?? 0;
    program.offsets[index] = here - index - 1;
  }
  program.pending.delete(label);
  program.reachable = true;
}

/** Loads 32 bits that are `offset` bytes behind the address in `from`. */
export function load(program: Program, to: Register, { from, offset }: { from: Register; offset: number }): void {
  push(program, { operation: LOAD, registers: from << 4 | to, offset });
}

export function copy(program: Program, to: Register, from: Register): void {
  push(program, { operation: COPY, registers: from << 4 | to });
}

/** Changes a register. */
export function compute(program: Program, register: Register, step: { operation: number; operand: number }): void {
  push(program, { ...step, registers: register });
}

interface Test {
  /** One of JUMP. */
  readonly test: number;
  readonly register: Register;
  /** 32 bits. */
  readonly operand: number;
}

/** Goes to the label when the test holds. */
export function jump(program: Program, { test, register, operand }: Test, label: Label): void {
  if (!program.reachable) return;
  if (program.operations.length - program.oldest >= FAR) layStones(program);
  appendJump(program, { operation: test, registers: register, operand }, label);
}

export function go(program: Program, label: Label): void {
  if (!program.reachable) return;
  appendJump(program, { operation: GO }, label);
  program.reachable = false;
}

/** Ends the program; its result is in register 0. */
export function exit(program: Program): void {
  push(program, { operation: EXIT });
  program.reachable = false;
}

/** The program as the kernel takes it: struct bpf_insn[]. Every label has been placed. */
export function encode(program: Program): Uint8Array {
  const { operations, registers, offsets, operands } = program;
  const bytes = new Uint8Array(operations.length * INSTRUCTION_SIZE);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < operations.length; i++) {
    const at = i * INSTRUCTION_SIZE;
    bytes[at] = operations[i] ?? 0;
    bytes[at + 1] = registers[i] ?? 0;
    view.setInt16(at + 2, offsets[i] ?? 0, true);
    view.setUint32(at + 4, operands[i] ?? 0, true);
  }
  return bytes;
}
