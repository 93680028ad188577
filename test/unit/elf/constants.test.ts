// Strings whose length in bytes is not that in characters, and more of them than usual, as a running plan sees them.

import { describe, expect, test } from 'vitest';
import { errno } from '../../../src/linux/errno.ts';
import { call, CANNOT_RUN, exit, planOf, runPlan, say } from './run-plan.ts';

describe.skipIf(CANNOT_RUN !== '')(`addressOf() ${CANNOT_RUN}`, () => {
  test('finds constants behind strings that are not ASCII, and behind many of them', () => {
    const show = call('writev', [1, { words: [{ text: 'vector' }, 6] }, 1]);
    const outcome = runPlan(planOf([say('äöü€😀\ud800|'), say('plain|'), show, exit(0)]));
    expect(outcome.stdout.toString()).toBe('äöü€😀\ufffd|plain|vector');
    const long = { tolerate: [errno.ENAMETOOLONG] };
    const many = Array.from({ length: 300 }, (_, index) => call('chdir', [{ text: 'x'.repeat(3000 + index) }], long));
    expect(runPlan(planOf([...many, say('end'), show, exit(0)])).stdout.toString()).toBe('endvector');
  });
});
