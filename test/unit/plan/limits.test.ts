import { expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call } from '../../../src/plan/operation.ts';
import { createInput, facts, smallSpec } from './create-input.ts';

/** What prlimit64 is called with. */
function limitsOf(hard: bigint, current: number): unknown[] {
  const rlimits = [{ type: 'RLIMIT_CORE', soft: 8, hard: Number(hard) } as const];
  const process = { ...smallSpec.process, cwd: '/', rlimits };
  const input = createInput({ process }, {
    facts: { ...facts, limits: { RLIMIT_CORE: { soft: -1, hard: current } } },
    ...(hard > 2n ** 53n - 1n ? { exactLimits: [{ soft: 8n, hard }] } : {}),
  });
  const { plan } = compileCreatePlan(input);
  checkPlan(plan);
  const calls = plan.operations.filter((operation): operation is Call => operation.kind === 'prlimit64');
  return calls.map(({ args }) => args[2]);
}

const struct = (soft: bigint, hard: bigint): object => (
  { bytes: new Uint8Array(BigUint64Array.of(soft, hard).buffer) });

test('planRaisedLimits() raises a hard limit to its last digit', () => {
  expect(limitsOf(2n ** 32n, 4096)).toEqual([{ words: [-1, 2 ** 32] }, { words: [8, 2 ** 32] }]);
  const large = 2n ** 63n - 1n;
  expect(limitsOf(large, 4096)).toEqual([struct(2n ** 64n - 1n, large), struct(8n, large)]);
  expect(limitsOf(2n ** 53n + 1n, 4096)[0]).toEqual(struct(2n ** 64n - 1n, 2n ** 53n + 1n));
});
