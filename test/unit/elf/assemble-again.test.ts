// Calls that are made again on EAGAIN, which openat2(2) gives where it can't be sure: a timer that has not expired
// gives it for sure.

import { expect, test } from 'vitest';
import { errno } from '../../../src/linux/errno.ts';
import type { Label, Operation, Slot } from '../../../src/plan/operation.ts';
import { call, CANNOT_RUN, exit, planOf, runPlan, show, STORY } from './run-plan.ts';

const TIMER = 0 as Slot;

test.skipIf(CANNOT_RUN !== '')(`assemble() makes a call again as long as there is hope ${CANNOT_RUN}`, () => {
  // A timer that expires in 2 ms, with CLOCK_MONOTONIC and TFD_NONBLOCK.
  const timer = [
    call('timerfd_create', [1, 0o4000], { result: TIMER }),
    call('timerfd_settime', [{ slot: TIMER }, 0, { words: [0, 0, 0, 2_000_000] }, 0]),
  ];
  const read = (to: number, options?: Parameters<typeof call>[2]): Operation => {
    return call('read', [{ slot: TIMER }, { memory: to }, 8], options);
  };
  const again = { again: true } as const;
  const outcome = runPlan(planOf([...timer, read(8, again), show(8, 8), read(16, again), exit(0)]));
  expect([outcome.stdout.readBigInt64LE(0)]).toEqual([1n]);
  expect(outcome).toMatchObject({ status: 1, report: [4, errno.EAGAIN] });
  const end = 'end' as Label;
  const tolerant = read(8, { ...again, on: [{ errno: errno.ENODEV, to: end }] });
  const last: Operation = { ...STORY, kind: 'label', label: end };
  expect(runPlan(planOf([...timer, tolerant, last, exit(3)]))).toMatchObject({ status: 3, report: [] });
  expect(runPlan(planOf([...timer, read(8), exit(0)])).report).toEqual([2, errno.EAGAIN]);
});
