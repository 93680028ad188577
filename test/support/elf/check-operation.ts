// The code of one operation beside the operation. A call's is read word by word; what computes is executed, with values
// for which it could differ.

import { syscalls } from '../../../src/linux/syscalls.ts';
import type { Call, Operation } from '../../../src/plan/operation.ts';
import { checkDecimal, checkFindHome } from './check-search.ts';
import type { Reading } from './reading.ts';

/** rdi rsi rdx r10 r8 r9. */
const ARGUMENTS = [7, 6, 2, 10, 8, 9];
const [RAX, RBX, RDI] = [0, 3, 7];
const BITS = (1n << 64n) - 1n;
const SAMPLES = [0n, 1n, 5n, 0xffn, 0x8000n, 0xffff_ffffn, 0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, BITS, BITS - 1n];

/** @param index as reports count */
export function checkOperation(reading: Reading, operation: Operation, index: number): void {
  switch (operation.kind) {
    case 'label':
      reading.labels.set(operation.label, reading.address);
      return;
    case 'jump':
      reading.jumpsTo(reading.take('jump').target, operation.to);
      return;
    case 'branch':
      checkBranch(reading, operation);
      return;
    case 'set':
      reading.takeValue(RDI, operation.value);
      takeStore(reading, RDI, operation.slot);
      return;
    case 'add': case 'subtract':
      checkSum(reading, operation);
      return;
    case 'pick':
      checkPick(reading, operation);
      return;
    case 'decimal':
      checkDecimal(reading, operation);
      return;
    case 'fail':
      reading.takeValue(RBX, index);
      reading.takeValue(RAX, -operation.errno);
      reading.failsAt(reading.take('jump').target, operation);
      return;
    case 'find_home':
      checkFindHome(reading, operation);
      return;
    default:
      checkCall(reading, operation, index);
  }
}

function takeStore(reading: Reading, reg: number, slot: number): void {
  const { address, base, size, reg: from } = reading.take('store');
  if (address === reading.file.memory + slot && base < 0 && size === 8 && from === reg) return;
  throw new Error(`a store of register ${from} at ${address}, not of ${reg} in slot ${slot}`);
}

function checkCall(reading: Reading, call: Call, index: number): void {
  const { kind, args, result, success, tolerate, on, log, stage } = call;
  args.forEach((value, i) => reading.takeValue(ARGUMENTS[i] ?? -1, value));
  const word = BigInt(index) << 10n | BigInt(syscalls.x86_64[kind]);
  const { reg, value } = reading.take('immediate');
  if (reg !== RAX || (value & 0xffff_ffffn) !== word) throw new Error(`the call ${value}, not ${word}`);
  const isPlain = tolerate === undefined && on === undefined && log === undefined && stage !== 'supervisor';
  const { target } = reading.take('call');
  const subroutine = `${isPlain ? 'checked' : 'unchecked'}${call.again === true ? ' again' : ''}` as const;
  const known = reading.subroutines.get(subroutine) ?? target;
  if (known !== target) throw new Error(`calls the subroutine at ${target}, not that at ${known}`);
  reading.subroutines.set(subroutine, target);
  const goOn = isPlain ? [] : takeWays(reading, call);
  if (result !== undefined) takeStore(reading, RAX, result);
  if (success !== undefined) reading.jumpsTo(reading.take('jump').target, success);
  if (goOn.some((place) => place !== reading.address)) throw new Error('a tolerated error goes on somewhere else');
}

/** What follows a call whose failure is not the plan's end. @returns where tolerated errors go */
function takeWays(reading: Reading, call: Call): number[] {
  const { tolerate = [], on = [] } = call;
  if (call.tolerate === undefined && call.on === undefined) {
    reading.failsAt(reading.take('not_below').target, call);
    return [];
  }
  const succeeded = reading.take('below').target;
  const ways = new Map<bigint, number>();
  for (let next = reading.peek(); next?.op === 'compare'; next = reading.peek()) {
    const { reg, from, wide } = reading.take('compare');
    if (reg !== RAX || !wide || typeof from !== 'bigint' || ways.has(from)) throw new Error('compares something else');
    ways.set(from, reading.take('equal').target);
  }
  reading.failsAt(reading.take('jump').target, call);
  if (succeeded !== reading.address) throw new Error('success goes on somewhere else');
  if (ways.size !== on.length + tolerate.length) throw new Error(`${ways.size} errors have a way of their own`);
  const wayOf = (errno: number): number => ways.get(BigInt(-errno)) ?? -1;
  for (const { errno, to } of on) reading.jumpsTo(wayOf(errno), to);
  return tolerate.map(wayOf);
}

type Branch = Extract<Operation, { readonly kind: 'branch' }>;

/** Where a value that is in memory is, and how much of it. */
function placeOf({ value }: Pick<Branch, 'value'>): { offset: number; size: 1 | 2 | 4 | 8 } | undefined {
  if (typeof value !== 'object') return undefined;
  if ('slot' in value) return { offset: value.slot, size: 8 };
  return 'load' in value ? { offset: value.load, size: value.size } : undefined;
}

function checkBranch(reading: Reading, branch: Branch): void {
  const start = reading.address;
  reading.takeValue(RDI, branch.value);
  const allowed = ['immediate', 'and', 'compare'];
  while (allowed.includes(reading.peek()?.op ?? '')) reading.skipTo(reading.peek()?.next ?? 0);
  const jump = reading.take(branch.test === 'equal' ? 'equal' : 'unequal');
  reading.jumpsTo(jump.target, branch.to);
  const place = placeOf(branch);
  if (typeof branch.value !== 'number' && place === undefined) throw new Error('a branch on an address');
  const mask = BigInt(branch.mask ?? -1) & BITS;
  const operand = BigInt(branch.operand) & BITS;
  const samples = place === undefined ? [BigInt(branch.value as number) & BITS]
    : [...SAMPLES, operand, operand | (mask ^ BITS), operand ^ 1n, operand ^ 1n << 40n];
  for (const sample of samples) {
    const machine = reading.machine();
    const value = place === undefined ? sample : sample & (1n << BigInt(8 * place.size)) - 1n;
    if (place !== undefined) machine.write(reading.file.memory + place.offset, value, place.size);
    const isTaken = machine.run(start, new Set([jump.target, jump.next])) === jump.target;
    const holds = ((value & mask) === operand) === (branch.test === 'equal');
    if (isTaken !== holds && jump.target !== jump.next) throw new Error(`a branch goes the other way for ${value}`);
  }
}

type Sum = Extract<Operation, { readonly kind: 'add' | 'subtract' }>;

function checkSum(reading: Reading, sum: Sum): void {
  const start = reading.address;
  const place = placeOf(sum);
  if (typeof sum.value !== 'number' && place === undefined) throw new Error('a sum with an address');
  skipToStore(reading, sum.slot);
  const slot = reading.file.memory + sum.slot;
  for (const [i, one] of SAMPLES.entries()) {
    const machine = reading.machine();
    let other = typeof sum.value === 'number' ? BigInt(sum.value) : SAMPLES[(i + 3) % SAMPLES.length] ?? 0n;
    machine.write(slot, one, 8);
    if (place?.offset === sum.slot) other = one;
    if (place !== undefined) {
      other &= (1n << BigInt(8 * place.size)) - 1n;
      machine.write(reading.file.memory + place.offset, other, place.size);
    }
    machine.run(start, new Set([reading.address]));
    const expected = (sum.kind === 'add' ? one + other : one - other) & BITS;
    if (machine.read(slot, 8) !== expected) throw new Error(`${sum.kind}: ${machine.read(slot, 8)}, not ${expected}`);
  }
}

/** Up to the store into a slot: nothing before it changes memory or goes anywhere. */
function skipToStore(reading: Reading, slot: number): void {
  for (let next = reading.peek(); next !== undefined && next.op !== 'store'; next = reading.peek()) {
    if (!['immediate', 'load', 'add', 'negate'].includes(next.op)) throw new Error(`${next.op} within a computation`);
    reading.skipTo(next.next);
  }
  const { address, base, size } = reading.take('store');
  if (address !== reading.file.memory + slot || base >= 0 || size !== 8) throw new Error(`stores at ${address}`);
}

function checkPick(reading: Reading, pick: Extract<Operation, { readonly kind: 'pick' }>): void {
  const start = reading.address;
  const [from, index] = [placeOf({ value: pick.from }), placeOf({ value: pick.index })];
  reading.takeValue(RDI, pick.index);
  skipPast(reading, 3);
  reading.takeValue(ARGUMENTS[1] ?? 0, pick.from);
  skipToStore(reading, pick.slot);
  const scratch = reading.file.memory + reading.file.memorySize - 4096;
  const machine = reading.machine();
  const base = from === undefined ? baseOf(reading, start) : scratch;
  const number = index === undefined ? Number(pick.index) : 3;
  if (index !== undefined) machine.write(reading.file.memory + index.offset, 3n, index.size);
  if (from !== undefined) machine.write(reading.file.memory + from.offset, BigInt(base), from.size);
  machine.write(base + 8 * number, 0x1122_3344_5566_7788n, 8);
  machine.run(start, new Set([reading.address]));
  const found = machine.read(reading.file.memory + pick.slot, 8);
  if (found !== 0x1122_3344_5566_7788n) throw new Error('picks something else');
}

/** Additions, which multiply the index. */
function skipPast(reading: Reading, count: number): void {
  for (let i = 0; i < count; i++) reading.take('add');
}

/** The constant address that the code itself adds the index to; what is there has been checked. */
function baseOf(reading: Reading, start: number): number {
  for (const instruction of reading.instructionsFrom(start)) {
    if (instruction.op === 'immediate' && instruction.reg === ARGUMENTS[1]) return Number(instruction.value);
  }
  throw new Error('a table without an address');
}
