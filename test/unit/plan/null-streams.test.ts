import { expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import type { Call } from '../../../src/plan/operation.ts';
import { createInput } from './create-input.ts';

/** What becomes of standard streams: the targets of dup3(2) from the container's /dev/null. */
function replaced(nullStreams: readonly number[] | undefined): unknown[] {
  const { plan } = compileCreatePlan(createInput({}, nullStreams === undefined ? {} : { nullStreams }));
  checkPlan(plan);
  const calls = plan.operations.filter((operation): operation is Call => operation.kind === 'dup3');
  return calls.filter(({ action }) => action.includes('"/dev/null"')).map(({ args }) => args[1]);
}

test('planNullStreams() looks at the streams when a file runs that is the container', () => {
  const { plan } = compileCreatePlan(createInput({}, { standalone: true }));
  checkPlan(plan);
  const looked = plan.operations.filter((operation): operation is Call => (
    operation.kind === 'statx' && operation.action.includes('"/dev/null" for')
  ));
  expect(looked.map(({ args }) => args[0]).filter((file) => typeof file === 'number')).toEqual([0, 1, 2]);
});

test('planNullStreams() replaces the streams that are /dev/null, and no others', () => {
  expect(replaced([0, 2])).toEqual([0, 2]);
  expect(replaced([])).toEqual([]);
  expect(replaced(undefined)).toEqual([]);
});
