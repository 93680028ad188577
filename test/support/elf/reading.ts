// What is known while an executable is read beside its plan: the instruction that comes next, and what has to be true
// in the end. Knows nothing of operations.

import type { Address, Call, Label, Plan, Value } from '../../../src/plan/operation.ts';
import type { Data } from './data.ts';
import type { ElfFile } from './elf-file.ts';
import { Machine } from './machine.ts';
import type { Instruction } from './x86.ts';

export type Subroutine = 'checked' | 'unchecked' | 'checked again' | 'unchecked again';
export type Outcome = 'failed' | 'rescued' | `log ${number}`;

/** The instructions that an operation's name stands for. */
type Taken<Op, Any = Instruction> = Any extends { readonly op: infer Ops } ? Op extends Ops ? Any : never : never;

interface Parts {
  readonly file: ElfFile;
  readonly plan: Plan;
  readonly data: Data;
  readonly instructions: readonly Instruction[];
}

export class Reading {
  readonly #instructions: readonly Instruction[];
  readonly #byAddress: ReadonlyMap<number, Instruction>;
  #next: number;
  /** Where the next operation's code begins. */
  address: number;
  readonly labels = new Map<Label, number>();
  /** Jumps that were seen, by where they should go. */
  readonly jumps: (readonly [label: Label, target: number])[] = [];
  /** Where failures go: one place for each outcome. */
  readonly outcomes = new Map<Outcome, number>();
  readonly subroutines = new Map<Subroutine, number>();

  readonly file: ElfFile;
  readonly plan: Plan;
  readonly data: Data;

  constructor({ file, plan, data, instructions }: Parts) {
    this.file = file;
    this.plan = plan;
    this.data = data;
    this.#instructions = instructions;
    this.#byAddress = new Map(instructions.map((instruction) => [instruction.at, instruction]));
    this.#next = instructions.findIndex(({ at }) => at >= file.entry);
    this.address = file.entry;
  }

  /** The next instruction, which must be one of a kind. */
  take<Op extends Instruction['op']>(op: Op): Taken<Op> {
    const instruction = this.#instructions[this.#next++];
    if (instruction?.op !== op) throw new Error(`${instruction?.op ?? 'the end'} at ${this.address}, not ${op}`);
    this.address = instruction.next;
    return instruction as Taken<Op>;
  }

  peek(): Instruction | undefined {
    return this.#instructions[this.#next];
  }

  /** From an address up to the one where the next operation's code begins. */
  instructionsFrom(address: number): Instruction[] {
    return this.#instructions.slice(0, this.#next).filter(({ at }) => at >= address);
  }

  /** Passes over all instructions up to an address. */
  skipTo(address: number): void {
    while ((this.peek()?.at ?? address) < address) this.#next++;
    this.address = address;
  }

  /** The next instruction puts a value into a register. */
  takeValue(reg: number, value: Value): void {
    if (typeof value === 'object' && ('slot' in value || 'load' in value)) {
      const [offset, size] = 'slot' in value ? [value.slot, 8] : [value.load, value.size];
      const load = this.take('load');
      if (load.reg !== reg || load.base >= 0 || load.size !== size || load.address !== this.file.memory + offset) {
        throw new Error(`a load of ${load.size} bytes at ${load.address} into ${load.reg}, not of memory ${offset}`);
      }
      return;
    }
    const immediate = this.take('immediate');
    if (immediate.reg !== reg) throw new Error(`register ${immediate.reg}, not ${reg}`);
    this.#compare(immediate.value, value);
  }

  #compare(found: bigint, value: number | Address): void {
    if (typeof value !== 'number') this.data.check(Number(found), value);
    else if (found !== BigInt(value)) throw new Error(`the value ${found}, not ${value}`);
  }

  jumpsTo(target: number, label: Label): void {
    this.jumps.push([label, target]);
  }

  failsAt(target: number, { stage, log }: { stage: string; log?: Call['log'] | undefined }): void {
    const logged: Outcome | undefined = log !== undefined && this.plan.logs === true ? `log ${log}` : undefined;
    const outcome = logged ?? (stage === 'supervisor' ? 'rescued' : 'failed');
    const known = this.outcomes.get(outcome) ?? target;
    if (known !== target) throw new Error(`failures go to ${target} and to ${known}`);
    this.outcomes.set(outcome, target);
  }

  /** A machine in which the file is loaded; memory is what the caller writes to it. */
  machine(): Machine {
    const { constants, constantsBase, text, textBase } = this.file;
    const machine = new Machine(this.#byAddress, (address) => (
      address >= textBase ? text[address - textBase] : constants[address - constantsBase]));
    machine.registers[4] = BigInt(this.file.memory + this.file.memorySize);
    return machine;
  }
}
