// Reads what strace -f has written, and follows a plan along it: every system call of the init must be the plan's next
// one. Knows no numbers of system calls; strace names them.

import { errno } from '../../src/linux/errno.ts';
import type { Call, Label, Operation, Plan } from '../../src/plan/operation.ts';

/** One system call of a trace that has returned. */
export interface TracedCall {
  readonly pid: number;
  readonly name: string;
  /** What stands between the parentheses, and what is behind the equals sign: a number, `-1 ENOENT`, or `?`. */
  readonly args: string;
  readonly result: string;
}

/** Joins the halves of calls that others have interrupted. In the order in which the calls began; calls that never
 * returned (exit_group, or death) have the result `?`. */
export function readTrace(text: string): TracedCall[] {
  const calls: { pid: number; name: string; args: string; result: string }[] = [];
  const unfinished = new Map<number, (typeof calls)[number]>();
  for (const line of text.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)\) += (-1 E\w+|\S+)/.exec(rest);
    const begun = unfinished.get(Number(pid));
    if (resumed !== null && begun !== undefined) {
      begun.args += resumed[1] ?? '';
      begun.result = resumed[2] ?? '';
      unfinished.delete(Number(pid));
      continue;
    }
    const whole = /^(\w+)\((.*)\) += (-1 E\w+|\S+)/.exec(rest);
    const half = /^(\w+)\((.*?)(?: <unfinished \.\.\.>|\) += \?)$/.exec(rest);
    const [, name = '', args = '', result = '?'] = whole ?? half ?? [];
    if (name === '') continue;
    const call = { pid: Number(pid), name, args, result };
    calls.push(call);
    if (whole === null && rest.endsWith('<unfinished ...>')) unfinished.set(call.pid, call);
  }
  return calls;
}

/** Whether a register, as strace -e raw shows it, holds a number of the plan; of an int only 32 bits count. */
function holds(register: string | undefined, number: number): boolean {
  if (register === undefined) return false;
  const value = BigInt(register);
  return value === BigInt.asUintN(64, BigInt(number)) || (number < 0 && value === BigInt.asUintN(32, BigInt(number)));
}

/** strace shows these in words, so that clones can be told apart. */
const DECODED = new Set(['clone3', 'execve']);

/** Numbers must be equal; where the plan has an address or the content of a slot only the place counts. */
function sameArguments(call: Call, traced: TracedCall): boolean {
  if (DECODED.has(call.kind)) return true;
  const shown = traced.args === '' ? [] : traced.args.split(', ');
  return call.args.every((argument, i) => typeof argument !== 'number' || holds(shown[i], argument));
}

/**
 * Follows a plan along the calls of one process. Which way a branch goes is not known from a trace, so all places where
 * the process can be are kept.
 */
export class PlanFollower {
  readonly #plan: Plan;
  readonly #labels = new Map<Label, number>();
  #places: Set<number>;

  /** @param start indices at which the process may begin */
  constructor(plan: Plan, start: readonly number[]) {
    this.#plan = plan;
    plan.operations.forEach((operation, index) => {
      if (operation.kind === 'label') this.#labels.set(operation.label, index);
    });
    this.#places = this.#settle(start);
  }

  /** The operations that the process may be at: system calls, or a search for HOME, which reads. */
  get places(): readonly number[] {
    return [...this.#places];
  }

  /** Takes the next call. @returns the operations that it can have been; none when the plan has no such call here */
  take(traced: TracedCall): number[] {
    const taken: number[] = [];
    const next: number[] = [];
    for (const place of this.#places) {
      const operation = this.#plan.operations[place];
      if (operation === undefined) continue;
      if (operation.kind === 'find_home') {
        if (traced.name !== 'read') continue;
        next.push(place);
      } else {
        const call = operation as Call;
        if (call.kind !== traced.name || !sameArguments(call, traced)) continue;
        next.push(...this.#after(place, call, traced.result));
      }
      taken.push(place);
    }
    this.#places = this.#settle(next);
    return taken;
  }

  #after(place: number, call: Call, result: string): number[] {
    if (!result.startsWith('-1 ')) return [call.success === undefined ? place + 1 : this.#place(call.success)];
    const number = Object.entries(errno).find(([name]) => result.endsWith(` ${name}`))?.[1] ?? 0;
    const way = call.on?.find((candidate) => candidate.errno === number);
    if (way !== undefined) return [this.#place(way.to)];
    if (call.again === true && number === errno.EAGAIN) return [place];
    return call.tolerate?.includes(number) === true ? [place + 1] : [];
  }

  #place(label: Label): number {
    const place = this.#labels.get(label);
    if (place === undefined) throw new Error(`the plan has no label ${label}`);
    return place;
  }

  /** Goes on over control operations, both ways at a branch, to where the process has to make a call. */
  #settle(from: readonly number[]): Set<number> {
    const settled = new Set<number>();
    const seen = new Set<number>();
    const open = [...from];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const operation = this.#plan.operations[place];
      if (operation === undefined || seen.has(place)) continue;
      seen.add(place);
      const onward = this.#onward(operation, place);
      if (onward === undefined || operation.kind === 'find_home') settled.add(place);
      if (onward !== undefined) open.push(...onward);
    }
    return settled;
  }

  /** Where a control operation leads; undefined for a system call. */
  #onward(operation: Operation, place: number): number[] | undefined {
    switch (operation.kind) {
      case 'label':
      case 'set':
      case 'add':
      case 'pick':
      case 'find_home':
        return [place + 1];
      case 'jump':
        return [this.#place(operation.to)];
      case 'branch':
        return [place + 1, this.#place(operation.to)];
      case 'fail':
        return [];
      default:
        return undefined;
    }
  }
}
