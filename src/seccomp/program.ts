// A classic BPF program while it is written, from its end to its start: a jump only ever goes forward, so that what it
// goes to is there already, and its distance is known.
//
//   index    …  3   2   1   0          a Label is an index; the program runs from the highest to 0
//   runs     ────────────────▶
//
// Knows nothing of system calls. Format: <linux/filter.h>; what the kernel lets a seccomp filter do: kernel/seccomp.c.

declare const labelBrand: unique symbol;

/** An instruction that is there already. */
export type Label = number & { readonly [labelBrand]: true };

/** BPF_JMP | test | BPF_K: compares the accumulator, unsigned. */
export const JUMP = { equal: 0x15, above: 0x25, notBelow: 0x35, anyBit: 0x45 } as const;

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const GO = 0x05; // BPF_JMP | BPF_JA
const RETURN = 0x06; // BPF_RET | BPF_K

/** What a conditional jump can skip. */
const FARTHEST = 255;

export interface Program {
  readonly operations: number[];
  /** How many instructions are skipped: when the test holds, and in the next byte when not. */
  readonly jumps: number[];
  readonly operands: number[];
  /** The nearest return of each value. */
  readonly returns: Map<number, Label>;
}

export function newProgram(): Program {
  return { operations: [], jumps: [], operands: [], returns: new Map() };
}

function push(program: Program, operation: number, operand: number, jumps = 0): Label {
  program.jumps.push(jumps);
  program.operands.push(operand);
  return (program.operations.push(operation) - 1) as Label;
}

/** Ends with a value. */
export function giveBack(program: Program, value: number): Label {
  return program.returns.get(value) ?? pushReturn(program, value);
}

function pushReturn(program: Program, value: number): Label {
  const label = push(program, RETURN, value);
  program.returns.set(value, label);
  return label;
}

/** An instruction that comes to `target` and can be reached from what is written next: costs nothing to run where the
 * target is a return, which is written again. */
function bridge(program: Program, target: Label): Label {
  const operand = program.operands[target] ?? 0;
  if (program.operations[target] === RETURN) return pushReturn(program, operand);
  return push(program, GO, program.operations.length - target - 1);
}

/** Makes `target` what follows the next instruction. */
function follow(program: Program, target: Label): void {
  if (target !== program.operations.length - 1) bridge(program, target);
}

interface Ways {
  readonly yes: Label;
  readonly no: Label;
}

/** Whether a comparison that is written next can go there by itself, even with a bridge before it. */
export function isNear(program: Program, target: Label): boolean {
  return program.operations.length - target <= FARTHEST;
}

/** Compares the accumulator. */
export function branch(program: Program, jump: number, operand: number, ways: Ways): Label {
  let { yes, no } = ways;
  if (yes === no) return yes;
  // One more may come in between.
  if (program.operations.length - no > FARTHEST) no = bridge(program, no);
  if (program.operations.length - yes > FARTHEST + 1) yes = bridge(program, yes);
  const { length } = program.operations;
  return push(program, jump, operand, (length - yes - 1) | ((length - no - 1) << 8));
}

/** Loads a word of struct seccomp_data, then goes on at `next`. */
export function load(program: Program, offset: number, next: Label): Label {
  follow(program, next);
  return push(program, LOAD, offset);
}

/** Masks the accumulator, then goes on at `next`. */
export function and(program: Program, mask: number, next: Label): Label {
  follow(program, next);
  return push(program, AND, mask);
}

/** Where to go on from a place at which the accumulator holds that word already. */
export function whenLoaded(program: Program, offset: number, target: Label): Label {
  const loads = program.operations[target] === LOAD && program.operands[target] === offset;
  return loads ? (target - 1) as Label : target;
}

/** The program as the kernel takes it: struct sock_filter[]. */
export function encode(program: Program): Uint8Array {
  const { operations, jumps, operands } = program;
  const count = operations.length;
  // Of two words each: all that we run on is little-endian.
  const words = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const at = (count - 1 - i) * 2;
    words[at] = (operations[i] as number) | ((jumps[i] as number) << 16);
    words[at + 1] = operands[i] as number;
  }
  return new Uint8Array(words.buffer);
}
