// Executes decoded instructions, with a kernel that the caller plays. Knows nothing of plans.

import type { Condition, Instruction } from './x86.ts';

const MASK = (1n << 64n) - 1n;
const MOST_STEPS = 2_000_000;
const RAX = 0;
const RSP = 4;

export interface SystemCall {
  readonly number: number;
  /** Signed. */
  readonly args: readonly bigint[];
}

export class Machine {
  readonly registers: bigint[] = new Array<bigint>(16).fill(0n);
  readonly calls: SystemCall[] = [];
  /** The instructions that have been executed. */
  readonly executed = new Set<number>();
  readonly #code: ReadonlyMap<number, Instruction>;
  readonly #memory = new Map<number, number>();
  readonly #constant: (address: number) => number | undefined;
  #compared: readonly [bigint, bigint] = [0n, 0n];

  /** @param constant the byte at an address of the file; undefined where nothing of it is */
  constructor(code: ReadonlyMap<number, Instruction>, constant: (address: number) => number | undefined) {
    this.#code = code;
    this.#constant = constant;
  }

  read(address: number, size: number): bigint {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = value << 8n | BigInt(this.byte(address + i));
    return value;
  }

  byte(address: number): number {
    const value = this.#memory.get(address) ?? this.#constant(address);
    if (value === undefined) throw new Error(`reads at ${address}, where nothing is`);
    return value;
  }

  write(address: number, value: bigint, size: number): void {
    for (let i = 0; i < size; i++) this.#memory.set(address + i, Number(value >> BigInt(8 * i) & 0xffn));
  }

  /** What has been written, by address. */
  get written(): ReadonlyMap<number, number> {
    return this.#memory;
  }

  /**
   * Runs until it gets to one of the addresses or to a trap.
   *
   * @param kernel says what a system call returns
   * @returns the address; -1 for a trap
   */
  run(start: number, until: ReadonlySet<number>, kernel: (call: SystemCall) => bigint = noKernel): number {
    let at = start;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      // No-operations are not among the instructions.
      while (!until.has(at) && !this.#code.has(at) && this.#constant(at) === 0x90) at++;
      if (until.has(at)) return at;
      const instruction = this.#code.get(at);
      if (instruction === undefined) throw new Error(`executes at ${at}, where no instruction begins`);
      this.executed.add(at);
      if (instruction.op === 'trap') return -1;
      at = instruction.op === 'syscall' ? this.#enterKernel(instruction, kernel) : this.#step(instruction);
    }
    throw new Error('does not end');
  }

  #enterKernel({ next }: Instruction, kernel: (call: SystemCall) => bigint): number {
    const { registers } = this;
    const args = [7, 6, 2, 10, 8, 9].map((register) => BigInt.asIntN(64, registers[register] ?? 0n));
    const call = { number: Number(registers[RAX]), args };
    this.calls.push(call);
    registers[RAX] = kernel(call) & MASK;
    // As the processor does.
    registers[1] = 0xdead_beefn;
    registers[11] = 0xdead_beefn;
    return next;
  }

  #step(instruction: Instruction): number {
    const { registers } = this;
    const { next } = instruction;
    switch (instruction.op) {
      case 'immediate':
        registers[instruction.reg] = instruction.value & MASK;
        return next;
      case 'load':
        registers[instruction.reg] = this.read(this.#addressOf(instruction), instruction.size);
        return next;
      case 'store':
        this.write(this.#addressOf(instruction), registers[instruction.reg] ?? 0n, instruction.size);
        return next;
      case 'copy': case 'add': case 'and': case 'compare':
        this.#compute(instruction);
        return next;
      case 'negate':
        registers[instruction.reg] = -(registers[instruction.reg] ?? 0n) & MASK;
        return next;
      case 'decrement':
        registers[instruction.reg] = (registers[instruction.reg] ?? 0n) - 1n & 0xffff_ffffn;
        this.#compared = [registers[instruction.reg] ?? 0n, 0n];
        return next;
      case 'shift':
        registers[instruction.reg] = ((registers[instruction.reg] ?? 0n) & 0xffff_ffffn) >> BigInt(instruction.by);
        return next;
      case 'pop':
        registers[instruction.reg] = this.#pop();
        return next;
      case 'goto': return Number(registers[instruction.reg]);
      case 'return': return Number(this.#pop());
      case 'jump': return instruction.target;
      case 'call':
        this.#push(BigInt(next));
        return instruction.target;
      case 'equal': case 'unequal': case 'below': case 'not_below':
        return this.#holds(instruction.op) ? instruction.target : next;
      default: throw new Error(`does not execute ${instruction.op}`);
    }
  }

  #addressOf({ address, base }: { readonly address: number; readonly base: number }): number {
    return base < 0 ? address : Number(this.registers[base]);
  }

  #compute({ op, reg, from, wide }: Extract<Instruction, { readonly from: unknown }>): void {
    const { registers } = this;
    const bits = wide ? MASK : 0xffff_ffffn;
    const one = (registers[reg] ?? 0n) & bits;
    const other = (typeof from === 'bigint' ? from : registers[from] ?? 0n) & bits;
    switch (op) {
      case 'copy': registers[reg] = other; return;
      case 'add': registers[reg] = one + other & bits; return;
      case 'and': registers[reg] = one & other; return;
      case 'compare': this.#compared = [one, other];
    }
  }

  #holds(condition: Condition): boolean {
    const [one, other] = this.#compared;
    switch (condition) {
      case 'equal': return one === other;
      case 'unequal': return one !== other;
      case 'below': return one < other;
      case 'not_below': return one >= other;
    }
  }

  #push(value: bigint): void {
    const top = (this.registers[RSP] ?? 0n) - 8n;
    this.registers[RSP] = top;
    this.write(Number(top), value, 8);
  }

  #pop(): bigint {
    const top = this.registers[RSP] ?? 0n;
    this.registers[RSP] = top + 8n;
    return this.read(Number(top), 8);
  }
}

function noKernel({ number }: SystemCall): never {
  throw new Error(`system call ${number}, where there is none`);
}
