// One case for each way in which a plan can be wrong, each a change to a plan that is right.

import { describe, expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check.ts';
import type { Call, Label, Operation, Plan, Slot, Stage, Value } from '../../../src/plan/operation.ts';

const story = { stage: 'init', origin: '/mounts/3', action: 'test' } as const;
const slot = (offset: number): Slot => offset as Slot;
const to = (name: string): Label => name as Label;
const mark = (name: string): Operation => ({ ...story, kind: 'label', label: to(name) });
const jump = (name: string): Operation => ({ ...story, kind: 'jump', to: to(name) });
const set = (at: number, value: Value): Operation => ({ ...story, kind: 'set', slot: slot(at), value });
const fail = (errno: number): Operation => ({ ...story, kind: 'fail', errno });
const use = (at: number): Operation => call('close', [{ slot: slot(at) }]);
const branch = (value: Value, name: string): Operation => (
  { ...story, kind: 'branch', value, test: 'equal', operand: 0, to: to(name) }
);
const EXIT = call('exit_group', [0]);
const MEMORY = 8192;

function call(kind: Call['kind'], args: readonly Value[], options: Partial<Call> = {}): Operation {
  return { ...story, kind, args, ...options };
}

function search(change: Partial<Extract<Operation, { kind: 'find_home' }>>): Operation {
  return { ...story, kind: 'find_home', descriptor: 0, uid: 0, into: 0, capacity: 64, scratch: 64, ...change };
}

function planOf(...operations: readonly Operation[]): Plan {
  return { operations, memory: MEMORY, report: 3 };
}

describe('checkPlan() accepts', () => {
  test.each<[string, readonly Operation[]]>([
    ['a plan that only exits', [EXIT]],
    ['every kind of value', [
      set(0, -1), set(8, { text: 'é' }), set(16, { memory: MEMORY - 1 }), set(24, { load: MEMORY - 8, size: 8 }),
      set(32, { words: [1, { text: 'a' }, { words: [{ bytes: new Uint8Array(3) }] }] }), set(40, { slot: slot(0) }),
      call('write', [1, 2, 3, 4, 5, 6], { tolerate: [1, 4095], on: [{ errno: 2, to: to('end') }] }),
      search({}), mark('end'), EXIT,
    ]],
    ['a slot that both ways write', [
      branch(0, 'else'), set(0, 1), jump('end'), mark('else'), set(0, 2), mark('end'), use(0), EXIT,
    ]],
    ['a result that is read on success only', [
      call('openat', [], { result: slot(0), tolerate: [2], success: to('found') }), EXIT, mark('found'), use(0), EXIT,
    ]],
    ['a result that was set before a tolerated failure', [
      set(0, 1), call('setns', [], { result: slot(0), tolerate: [1] }), use(0), EXIT,
    ]],
    ['sums', [
      set(0, 1), { ...story, kind: 'add', slot: slot(0), value: { slot: slot(0) } },
      { ...story, kind: 'subtract', slot: slot(0), value: 1 }, use(0), EXIT,
    ]],
    ['picks and digits', [
      { ...story, kind: 'pick', slot: slot(0), from: { words: [1] }, index: 0 }, use(0),
      { ...story, kind: 'decimal', slot: slot(8), value: { slot: slot(0) }, into: MEMORY - 11 }, use(8), EXIT,
    ]],
    ['a loop', [mark('again'), call('read', [], { result: slot(0) }), branch({ slot: slot(0) }, 'again'), EXIT]],
    ['execve whose tolerated failures lead on to others', [
      call('execve', [], { tolerate: [2] }), call('execve', [], { on: [{ errno: 13, to: to('denied') }] }),
      mark('denied'), fail(13),
    ]],
    ['slots in every part of the memory', [
      ...[8, 256, 264, 4096, MEMORY - 8].flatMap((at) => [set(at, 1), use(at)]), EXIT,
    ]],
  ])('%s', (_, operations) => {
    expect(() => checkPlan(planOf(...operations))).not.toThrow();
  });

  test('stages in their order', () => {
    const stages: readonly Stage[] = ['stage0', 'stage0', 'init', 'start'];
    const operations = stages.map((stage) => ({ ...set(0, 1), stage }));
    expect(() => checkPlan(planOf(...operations, { ...EXIT, stage: 'start' }))).not.toThrow();
  });
});

describe('checkPlan() refuses', () => {
  test.each<[string, readonly Operation[], RegExp]>([
    ['a label that is there twice', [mark('a'), mark('a'), EXIT], /operation 1 \(label, \/mounts\/3\) repeats label a/],
    ['a jump to no label', [jump('a')], /goes to label a, which does not exist/],
    ['a branch to no label', [branch(0, 'a'), EXIT], /goes to label a/],
    ['an errno that leads to no label', [call('read', [], { on: [{ errno: 1, to: to('a') }] }), EXIT], /goes to label a/],
    ['success that leads to no label', [call('read', [], { success: to('a') })], /goes to label a/],
    ['a slot that is never written', [use(0), EXIT], /operation 0 \(close, \/mounts\/3\) reads slot 0/],
    ['a slot that is written later', [use(8), set(8, 1), EXIT], /reads slot 8/],
    ['a slot that one way does not write', [branch(0, 'end'), set(0, 1), mark('end'), use(0), EXIT], /operation 3 .*reads slot 0/],
    ['a slot whose neighbour is written', [set(8, 1), set(24, 1), use(16), EXIT], /reads slot 16/],
    ['a result that a tolerated failure leaves', [call('openat', [], { result: slot(0), tolerate: [2] }), use(0), EXIT], /reads slot 0/],
    ['a result that a handled failure leaves', [
      call('openat', [], { result: slot(0), on: [{ errno: 2, to: to('end') }] }), mark('end'), use(0), EXIT,
    ], /reads slot 0/],
    ['a slot that only a loop\'s later round would have', [
      mark('again'), branch({ slot: slot(0) }, 'end'), set(0, 1), jump('again'), mark('end'), EXIT,
    ], /operation 1 .*reads slot 0/],
    ['a slot that is unwritten in set', [set(0, { slot: slot(8) }), EXIT], /reads slot 8/],
    ['a sum of a slot that is unwritten', [{ ...story, kind: 'add', slot: slot(8), value: 1 }, EXIT], /reads slot 8/],
    ['a slot that is unwritten in pick', [
      { ...story, kind: 'pick', slot: slot(0), from: 0, index: { slot: slot(8) } }, EXIT,
    ], /reads slot 8/],
    ['a slot that is unwritten in decimal', [
      { ...story, kind: 'decimal', slot: slot(0), value: { slot: slot(8) }, into: 16 }, EXIT,
    ], /reads slot 8/],
    ['digits behind the memory', [
      { ...story, kind: 'decimal', slot: slot(0), value: 0, into: MEMORY - 10 }, EXIT,
    ], /11 bytes of memory at 8182/],
    ['a supervisor that nobody rescues', [{ ...EXIT, stage: 'supervisor' }], /nobody to rescue it/],
    ['a slot that is unwritten in find_home', [search({ descriptor: { slot: slot(8) } }), EXIT], /reads slot 8/],
    ['the end without execve or exit', [set(0, 1)], /operation 0 .*runs off the end/],
    ['a label at the end', [EXIT, mark('a')], /runs off the end/],
    ['a branch at the end', [mark('a'), branch(0, 'a')], /runs off the end/],
    ['an execve at the end that tolerates', [call('execve', [], { tolerate: [2] })], /runs off the end/],
    ['an execve that goes on', [call('execve', [], { success: to('a') }), mark('a'), EXIT], /never goes on/],
    ['a plan that only fails', [fail(1)], /executes nothing/],
    ['an operation behind a jump', [jump('a'), set(0, 1), mark('a'), EXIT], /operation 1 .*is never reached/],
    ['an operation behind exit', [EXIT, EXIT], /operation 1 .*is never reached/],
    ['an operation behind fail', [fail(1), EXIT], /is never reached/],
    ['seven arguments', [call('read', [1, 2, 3, 4, 5, 6, 7]), EXIT], /has 7 arguments/],
    ['an unknown call', [call('frobnicate' as Call['kind'], []), EXIT], /is no operation/],
    ['a fraction', [call('read', [0.5]), EXIT], /0.5, which is no safe integer/],
    ['an unsafe integer', [call('read', [2 ** 53]), EXIT], /no safe integer/],
    ['NaN', [set(0, Number.NaN), EXIT], /NaN, which is no safe integer/],
    ['an unsafe word', [call('read', [{ words: [{ words: [2 ** 60] }] }]), EXIT], /no safe integer/],
    ['an unsafe mask', [{ ...branch(0, 'a'), mask: 2 ** 54 } as Operation, mark('a'), EXIT], /no safe integer/],
    ['an unsafe operand', [{ ...branch(0, 'a'), operand: Infinity } as Operation, mark('a'), EXIT], /no safe integer/],
    ['errno 0', [call('read', [], { tolerate: [0] }), EXIT], /0, which is no errno/],
    ['errno 4096', [fail(4096)], /4096, which is no errno/],
    ['a negative errno', [call('read', [], { on: [{ errno: -2, to: to('a') }] }), mark('a'), EXIT], /-2, which is no errno/],
    ['an errno twice', [call('read', [], { tolerate: [2], on: [{ errno: 2, to: to('a') }] }), mark('a'), EXIT], /errno 2 twice/],
    ['a string with a NUL', [call('chdir', [{ text: 'a\0b' }]), EXIT], /string with a NUL, "a\\u0000b"/],
    ['a NUL in a word\'s string', [call('chdir', [{ words: [{ text: '\0' }] }]), EXIT], /NUL/],
    ['a slot that is not aligned', [set(4, 1), EXIT], /slot 4, which is not aligned/],
    ['a slot behind the memory', [set(MEMORY, 1), EXIT], /8 bytes of memory at 8192, but there are 8192/],
    ['a negative slot', [set(-8, 1), EXIT], /memory at -8/],
    ['a result behind the memory', [call('read', [], { result: slot(MEMORY) }), EXIT], /memory at 8192/],
    ['a load behind the memory', [set(0, { load: MEMORY - 3, size: 4 }), EXIT], /4 bytes of memory at 8189/],
    ['a load of three bytes', [set(0, { load: 0, size: 3 as 4 }), EXIT], /loads 3 bytes/],
    ['an address behind the memory', [call('read', [{ memory: MEMORY }]), EXIT], /memory at 8192/],
    ['a word\'s address behind the memory', [call('read', [{ words: [{ memory: -1 }] }]), EXIT], /memory at -1/],
    ['find_home into too little', [search({ into: MEMORY - 32 }), EXIT], /64 bytes of memory at 8160/],
    ['find_home without scratch', [search({ scratch: MEMORY - 4095 }), EXIT], /4096 bytes of memory at 4097/],
    ['find_home of no capacity', [search({ capacity: 0 }), EXIT], /capacity of 0/],
    ['find_home of no uid', [search({ uid: 2 ** 32 }), EXIT], /no uid/],
    ['a stage that is over', [set(0, 1), { ...EXIT, stage: 'stage0' }], /operation 1 .*stage stage0, behind a later stage/],
    ['an unknown stage', [{ ...EXIT, stage: 'end' as Stage }], /unknown stage, end/],
    ['an origin that is no pointer', [{ ...EXIT, origin: 'mounts' }], /no JSON pointer/],
    ['an operation without a story', [{ ...EXIT, action: '' }], /does not say what it does/],
    ['no operations', [], /has no operations/],
  ])('%s', (_, operations, message) => {
    const check = (): void => checkPlan(planOf(...operations));
    expect(check).toThrow(TypeError);
    expect(check).toThrow(message);
  });

  test.each([[12], [-8], [0.5]])('%d bytes of memory', (memory) => {
    expect(() => checkPlan({ operations: [EXIT], memory, report: 3 })).toThrow(/multiple of 8/);
  });

  test('a report to no descriptor', () => {
    expect(() => checkPlan({ operations: [EXIT], memory: 0, report: -1 })).toThrow(/no file descriptor/);
  });
});
