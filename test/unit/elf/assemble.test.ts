// What assembled plans do when they run, operation by operation. The kernel is the judge.

import { describe, expect, test } from 'vitest';
import { assemble } from '../../../src/elf/assemble.ts';
import { NuncError } from '../../../src/error.ts';
import { errno } from '../../../src/linux/errno.ts';
import type { Label, Operation, Plan, Slot, Value } from '../../../src/plan/operation.ts';
import { immediates, seeded } from './random.ts';
import { call, CANNOT_RUN, exit, planOf, runPlan, say, show, STORY } from './run-plan.ts';

const SEED = Number(process.env['SEED'] ?? 7);
const slot = (offset: number): Slot => offset as Slot;
const label = (name: string): Label => name as Label;
const mark = (name: string): Operation => ({ ...STORY, kind: 'label', label: label(name) });
const jump = (to: string): Operation => ({ ...STORY, kind: 'jump', to: label(to) });
const set = (to: number, value: Value): Operation => ({ ...STORY, kind: 'set', slot: slot(to), value });
const missing = (options: Parameters<typeof call>[2]): Operation => (
  call('openat', [-100, { text: '/no/such' }, 0], options)
);

/** The words of what a plan wrote. */
function words(bytes: Buffer): readonly bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; at += 8) values.push(bytes.readBigInt64LE(at));
  return values;
}

describe.skipIf(CANNOT_RUN !== '')(`assemble() ${CANNOT_RUN}`, () => {
  test('makes system calls with strings and exits with a status', () => {
    const outcome = runPlan(planOf([say('héllo, '), say('wörld 🌍\n'), exit(7)]));
    expect(outcome).toMatchObject({ status: 7, report: [] });
    expect(outcome.stdout.toString()).toBe('héllo, wörld 🌍\n');
  });

  test('passes six arguments in their order', () => {
    // mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0), then a read into what it returned.
    const operations = [
      call('mmap', [0, 8192, 3, 0x22, -1, 0], { result: slot(0) }),
      call('pread64', [0, { slot: slot(0) }, 3, 2], { on: [{ errno: errno.ESPIPE, to: label('pipe') }] }),
      mark('pipe'),
      call('read', [0, { slot: slot(0) }, 5], { result: slot(8) }),
      call('write', [1, { slot: slot(0) }, { slot: slot(8) }]),
      exit(0),
    ];
    expect(runPlan(planOf(operations), Buffer.from('abcdefgh')).stdout.toString()).toBe('abcde');
  });

  test('executes a program with argv and envp of pointers to strings', () => {
    const script = { text: 'echo "$0|$1|$X"' };
    const argv = { words: [{ text: 'sh' }, { text: '-c' }, script, { text: 'a b' }, { text: '' }, 0] };
    const outcome = runPlan(planOf([call('execve', [{ text: '/bin/sh' }, argv, { words: [{ text: 'X=é' }, 0] }])]));
    expect(outcome.stdout.toString()).toBe('a b||é\n');
  });

  test('runs with stack and memory that are not executable, and without more mappings than it needs', () => {
    const operations = [
      call('openat', [-100, { text: '/proc/self/maps' }, 0], { result: slot(0) }),
      call('read', [{ slot: slot(0) }, { memory: 8 }, 4096], { result: slot(8192) }),
      call('write', [1, { memory: 8 }, { slot: slot(8192) }]),
      exit(0),
    ];
    const maps = runPlan(planOf(operations, 8200)).stdout.toString().trim().split('\n');
    const own = maps.filter((line) => !/\[v(var|dso|syscall|var_vclock)\]/.test(line));
    expect(own.map((line) => line.split(' ')[1])).toEqual(['r--p', 'rw-p', 'r-xp', 'rw-p']);
    expect(own.at(-1)).toContain('[stack]');
  });

  test('stores integers of every size and sign, and resolves pointers in words', () => {
    const values = immediates(seeded(SEED), 200);
    const operations: Operation[] = values.map((value, index) => set(index * 8, value));
    operations.push(show(0, values.length * 8), call('write', [1, { words: values }, values.length * 8]), exit(0));
    const outcome = runPlan(planOf(operations, values.length * 8));
    const expected = values.map((value) => BigInt(value));
    expect(words(outcome.stdout), `seed ${SEED}`).toEqual([...expected, ...expected]);
  });

  test('loads 1, 2, 4 and 8 bytes with zeros above', () => {
    const operations: Operation[] = [call('read', [0, { memory: 0 }, 16])];
    const sizes = [1, 2, 4, 8] as const;
    sizes.forEach((size, index) => operations.push(set(16 + index * 8, { load: 3, size })));
    operations.push(show(16, 32), exit(0));
    const input = Buffer.from('00010280fefdfcfbfa898887868584ff', 'hex');
    const expected = [0x80n, 0xfe80n, 0xfcfdfe80n, BigInt.asIntN(64, 0x89fafbfcfdfe80n | (0x88n << 56n))];
    expect(words(runPlan(planOf(operations), input).stdout)).toEqual(expected);
  });

  test('set copies slots, addresses and loads', () => {
    const operations = [
      call('getpid', [], { result: slot(0) }),
      set(8, { slot: slot(0) }),
      set(16, { memory: 40 }),
      call('read', [0, { slot: slot(16) }, 3]),
      show(0, 48),
      exit(0),
    ];
    const { stdout } = runPlan(planOf(operations), Buffer.from('xyz'));
    const [pid, copy] = words(stdout);
    expect(copy).toBe(pid);
    expect(pid).toBeGreaterThan(0n);
    expect(stdout.subarray(40, 43).toString()).toBe('xyz');
  });

  test('adds and subtracts 64-bit integers, which wrap around', () => {
    const random = seeded(SEED);
    const values = immediates(random, 100);
    const operations: Operation[] = [];
    const expected: bigint[] = [];
    values.forEach((value, index) => {
      const other = values[random(values.length)] ?? 0;
      const kind = index % 2 === 0 ? 'add' : 'subtract';
      const at = slot(index * 8);
      // As a constant, and as what another slot holds.
      operations.push(set(values.length * 8, other), set(index * 8, value));
      operations.push({ ...STORY, kind, slot: at, value: other });
      operations.push({ ...STORY, kind, slot: at, value: { slot: slot(values.length * 8) } });
      expected.push(BigInt.asIntN(64, BigInt(value) + 2n * BigInt(kind === 'add' ? other : -other)));
    });
    operations.push(show(0, values.length * 8), exit(0));
    expect(words(runPlan(planOf(operations, values.length * 8 + 8)).stdout), `seed ${SEED}`).toEqual(expected);
  });

  test('stores constant bytes as they are, aligned', () => {
    const bytes = Uint8Array.from({ length: 37 }, (_, index) => 255 - index);
    const operations = [say('x'), set(0, { bytes }), call('write', [1, { bytes }, 37]), show(0, 8), exit(0)];
    const { stdout } = runPlan(planOf(operations));
    expect(stdout.subarray(1, 38)).toEqual(Buffer.from(bytes));
    expect(stdout.readBigUInt64LE(38) % 8n).toBe(0n);
  });

  test('stores constants that are larger than its first buffers', () => {
    const text = 'é'.repeat(40_000);
    const bytes = new Uint8Array(300_000).fill(7);
    const operations = [say('before'), say(text), call('write', [1, { bytes }, 300_000]), say('before'), exit(0)];
    const outcome = runPlan(planOf(operations));
    expect(outcome.stdout.toString('latin1')).toBe(
      `before${Buffer.from(text).toString('latin1')}${'\x07'.repeat(300_000)}before`,
    );
  });
});

describe.skipIf(CANNOT_RUN !== '')(`a failing operation ${CANNOT_RUN}`, () => {
  test('reports its index and errno and ends the plan with status 1', () => {
    const outcome = runPlan(planOf([say('a'), missing({ result: slot(0) }), say('b'), exit(0)]));
    expect(outcome).toMatchObject({ status: 1, report: [1, errno.ENOENT] });
    expect(outcome.stdout.toString()).toBe('a');
  });

  test('reports errno 1 to 4095 alike, and index 0 and beyond 127', () => {
    const padding = Array.from({ length: 200 }, () => call('getpid', []));
    expect(runPlan(planOf([call('umask', [0]), ...padding, call('close', [99])])).report).toEqual([201, errno.EBADF]);
    expect(runPlan(planOf([{ ...STORY, kind: 'fail', errno: 4095 }])).report).toEqual([0, 4095]);
  });

  test('exits with status 1 when the report has no reader', () => {
    const plan = { ...planOf([missing({})]), report: 77 };
    expect(runPlan(plan)).toMatchObject({ status: 1, report: [] });
  });

  test('fail reports its errno', () => {
    const outcome = runPlan(planOf([say('a'), { ...STORY, kind: 'fail', errno: errno.EXDEV }, exit(0)]));
    expect(outcome).toMatchObject({ status: 1, report: [1, errno.EXDEV] });
  });

  test('that tolerates the errno goes on and leaves the slot of its result', () => {
    const tolerate = [errno.EPERM, errno.ENOENT];
    const operations = [set(0, 42), missing({ result: slot(0), tolerate }), show(0, 8), exit(0)];
    const outcome = runPlan(planOf(operations));
    expect(outcome.status).toBe(0);
    expect(words(outcome.stdout)).toEqual([42n]);
  });

  test('that tolerates other errnos ends the plan', () => {
    const outcome = runPlan(planOf([missing({ tolerate: [errno.EPERM, errno.EEXIST] }), exit(0)]));
    expect(outcome).toMatchObject({ status: 1, report: [0, errno.ENOENT] });
  });

  test('goes to the label of its errno, backwards too', () => {
    const operations = [
      jump('start'),
      mark('back'),
      say('back'),
      exit(3),
      mark('start'),
      missing({ on: [{ errno: errno.EACCES, to: label('wrong') }, { errno: errno.ENOENT, to: label('back') }] }),
      mark('wrong'),
      exit(9),
    ];
    const outcome = runPlan(planOf(operations));
    expect(outcome.status).toBe(3);
    expect(outcome.stdout.toString()).toBe('back');
  });

  test('with a success label and a tolerated errno goes on behind', () => {
    const operations = [
      missing({ tolerate: [errno.ENOENT], success: label('found') }), say('missing'), exit(0), mark('found'), exit(1),
    ];
    expect(runPlan(planOf(operations)).stdout.toString()).toBe('missing');
  });
});

describe.skipIf(CANNOT_RUN !== '')(`a succeeding operation ${CANNOT_RUN}`, () => {
  test('stores its result and goes to its success label', () => {
    const options = { result: slot(8), success: label('done'), tolerate: [errno.EPERM] };
    const operations = [call('dup2', [1, 9], options), say('not here'), mark('done'), show(8, 8), exit(0)];
    expect(words(runPlan(planOf(operations)).stdout)).toEqual([9n]);
  });

  test('whose result is large and positive is no failure', () => {
    // A mapping near the top of the address space.
    const map = call('mmap', [0x7ff0_0000_0000, 4096, 3, 0x32, -1, 0], { result: slot(0) });
    const operations = [map, show(0, 8), exit(0)];
    expect(words(runPlan(planOf(operations)).stdout)).toEqual([0x7ff0_0000_0000n]);
  });
});

describe.skipIf(CANNOT_RUN !== '')(`branch ${CANNOT_RUN}`, () => {
  /** Whether the plan's branch is taken, as the bits say that it should be. */
  function expectation(value: number, mask: number | undefined, operand: number): boolean {
    const masked = BigInt.asUintN(64, BigInt(value)) & BigInt.asUintN(64, BigInt(mask ?? -1));
    return masked === BigInt.asUintN(64, BigInt(operand));
  }

  test('compares 64 bits under masks and operands of every size', () => {
    const random = seeded(SEED);
    const values = immediates(random, 60);
    const pick = (): number => values[random(values.length)] ?? 0;
    const operations: Operation[] = [];
    let expected = '';
    for (let i = 0; i < 300; i++) {
      const value = pick();
      const mask = random(3) === 0 ? undefined : pick();
      const matching = Number(BigInt.asIntN(64, BigInt(value) & BigInt(mask ?? -1)));
      const operand = random(2) === 0 && Number.isSafeInteger(matching) ? matching : pick();
      const test = random(2) === 0 ? 'equal' : 'not_equal';
      const to = label(`taken-${i}`);
      operations.push(set(0, value));
      const masked = mask === undefined ? {} : { mask };
      operations.push({ ...STORY, kind: 'branch', value: { slot: slot(0) }, ...masked, test, operand, to });
      operations.push(say('n'), jump(`next-${i}`), mark(`taken-${i}`), say('y'), mark(`next-${i}`));
      expected += expectation(value, mask, operand) === (test === 'equal') ? 'y' : 'n';
    }
    operations.push(exit(0));
    expect(runPlan(planOf(operations)).stdout.toString(), `seed ${SEED}`).toBe(expected);
  });

  test('loops until a slot changes', () => {
    const operations: Operation[] = [
      mark('again'),
      call('read', [0, { memory: 8 }, 1], { result: slot(0) }),
      { ...STORY, kind: 'branch', value: { slot: slot(0) }, test: 'equal', operand: 0, to: label('end') },
      {
        ...STORY, kind: 'branch', value: { load: 8, size: 1 }, mask: 0x20, test: 'equal', operand: 0,
        to: label('again'),
      },
      show(8, 1),
      jump('again'),
      mark('end'),
      exit(0),
    ];
    expect(runPlan(planOf(operations), Buffer.from('aBcDEFg')).stdout.toString()).toBe('acg');
  });
});

describe('assemble()', () => {
  test('gives the same bytes for the same plan', () => {
    const plan = planOf([say('x'), missing({ tolerate: [2] }), exit(0)]);
    expect(assemble(plan, 'x86_64')).toEqual(assemble(plan, 'x86_64'));
  });

  test('stores equal strings and identical structures once', () => {
    const text = 'x'.repeat(3000);
    const shared = { words: new Array<number>(400).fill(1) };
    const once = assemble(planOf([call('chdir', [{ text }]), call('write', [1, shared, 8]), exit(0)]), 'x86_64');
    const again: Operation[] = [call('chdir', [{ text }]), call('write', [1, shared, 8])];
    const twice = assemble(planOf([...again, ...again, ...again, exit(0)]), 'x86_64');
    expect(twice.length - once.length).toBeLessThan(300);
  });

  test('refuses an architecture without an emitter', () => {
    expect(() => assemble(planOf([exit(0)]), 'aarch64')).toThrow(NuncError);
  });

  test('refuses a jump to nowhere', () => {
    expect(() => assemble(planOf([jump('nowhere')]), 'x86_64')).toThrow(TypeError);
  });

  test('refuses a plan that its addresses cannot reach', () => {
    const plan: Plan = { operations: [exit(0)], memory: 0x8000_0000, report: 3 };
    expect(() => assemble(plan, 'x86_64')).toThrow(RangeError);
    const bytes = new Uint8Array(17 * 1024 * 1024);
    expect(() => assemble(planOf([call('write', [1, { bytes }, 1]), exit(0)]), 'x86_64')).toThrow(RangeError);
  });
});
