// What assembled plans do with the operations that only supervisors have. The kernel is the judge.

import { describe, expect, test } from 'vitest';
import { errno } from '../../../src/linux/errno.ts';
import type { Label, Operation, Slot, Value } from '../../../src/plan/operation.ts';
import { seeded } from './random.ts';
import { call, CANNOT_RUN, exit, planOf, runPlan, say, show, STORY } from './run-plan.ts';

const SEED = Number(process.env['SEED'] ?? 7);
const slot = (offset: number): Slot => offset as Slot;
const label = (name: string): Label => name as Label;
const mark = (name: string): Operation => ({ ...STORY, kind: 'label', label: label(name) });
const set = (to: number, value: Value): Operation => ({ ...STORY, kind: 'set', slot: slot(to), value });
const sum = (to: number, value: Value): Operation => ({ ...STORY, kind: 'add', slot: slot(to), value });
const missing = (): Operation => call('openat', [-100, { text: '/no/such' }, 0]);

/** The words of what a plan wrote. */
function words(bytes: Buffer): readonly bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; at += 8) values.push(bytes.readBigInt64LE(at));
  return values;
}

describe.skipIf(CANNOT_RUN !== '')(`assemble() ${CANNOT_RUN}`, () => {
  test('pick takes entries of tables and what is behind pointers', () => {
    const table = { words: [11, 22, { words: [-33, 44] }] };
    const pick = (to: number, from: Value, index: Value): Operation => (
      { ...STORY, kind: 'pick', slot: slot(to), from, index }
    );
    const operations = [
      set(0, 1), pick(8, table, { slot: slot(0) }), pick(16, table, 2), pick(24, { slot: slot(16) }, 0),
      // In place, and at an address that is not aligned.
      pick(16, { slot: slot(16) }, 1), set(32, { memory: 8 }), sum(32, 1), pick(40, { slot: slot(32) }, 0),
      show(8, 24), show(40, 8), exit(0),
    ];
    expect(words(runPlan(planOf(operations)).stdout)).toEqual([22n, 44n, -33n, 44n << 56n]);
  });

  test('decimal writes the digits of 32-bit numbers, a NUL, and nothing else', () => {
    const random = seeded(SEED);
    const powers = Array.from({ length: 10 }, (_, power) => [10 ** power - 1, 10 ** power]).flat();
    const values = [...powers, 2 ** 32 - 1, ...Array.from({ length: 50 }, () => random(2 ** 32))];
    for (const value of values) {
      const operations: Operation[] = [
        set(16, -1), set(24, -1), { ...STORY, kind: 'decimal', value, into: 16, slot: slot(8) }, show(8, 24), exit(0),
      ];
      const { stdout } = runPlan(planOf(operations));
      const text = `${value}\0`;
      expect(stdout.readBigInt64LE(0), `seed ${SEED}: ${value}`).toBe(BigInt(text.length - 1));
      expect(stdout.toString('latin1', 8)).toBe(text.padEnd(16, '\u00ff'));
    }
  });

  test('goes on at the rescue when an operation of a supervisor fails, with a report in memory', () => {
    const failing: Operation = { ...missing(), stage: 'supervisor' };
    const tail = [{ ...mark('rescue'), stage: 'cleanup' } as const, show(0, 16), exit(5)];
    const rescue = { to: label('rescue'), record: 0 };
    const called = runPlan({ ...planOf([{ ...say('x'), stage: 'supervisor' }, failing, ...tail]), rescue });
    expect(called).toMatchObject({ status: 5, report: [] });
    expect(words(called.stdout.subarray(1))).toEqual([1n, BigInt(errno.ENOENT)]);
    const fail: Operation = { ...STORY, stage: 'supervisor', kind: 'fail', errno: 99 };
    const failed = runPlan({ ...planOf([fail, ...tail]), rescue, firstIndex: 1000 });
    expect(words(failed.stdout)).toEqual([1000n, 99n]);
    // Behind it failures end the plan as ever.
    const again = [fail, tail[0] as Operation, { ...missing(), stage: 'cleanup' } as Operation, exit(0)];
    expect(runPlan({ ...planOf(again), rescue, firstIndex: 1000 })).toMatchObject({ status: 1, report: [1002, 2] });
  });
});
