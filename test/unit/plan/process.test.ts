import { expect, test } from 'vitest';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import { lastOfEach } from '../../../src/plan/process.ts';
import { createInput, smallSpec } from './create-input.ts';

test('lastOfEach() keeps the last value of a name, and values with equals signs', () => {
  expect([...lastOfEach(['A=1', 'B=x=y', 'A=2', 'C='])]).toEqual([['A', '2'], ['B', 'x=y'], ['C', '']]);
});

const kinds = (env: string[]): string[] => {
  const process = { ...smallSpec.process, cwd: '/', args: ['true'], env };
  return compileCreatePlan(createInput({ process })).plan.operations.map(({ kind }) => kind);
};

test('compileCreatePlan() looks HOME up only when it is unset or empty', () => {
  expect(kinds(['HOME=/root'])).not.toContain('find_home');
  expect(kinds(['HOME='])).toContain('find_home');
  expect(kinds([])).toContain('find_home');
});

test('compileCreatePlan() searches each directory of PATH once', () => {
  const searched = (env: string[]): unknown => {
    const process = { ...smallSpec.process, cwd: '/', args: ['true'], env: ['HOME=/', ...env] };
    const { operations } = compileCreatePlan(createInput({ process })).plan;
    const at = operations.findIndex(({ kind }) => kind === 'faccessat2');
    return operations[at - 1];
  };
  const words = ['/a/true', '/b/true', './true'].map((text) => ({ text }));
  expect(searched(['PATH=/a:/b:/a:'])).toMatchObject({ kind: 'pick', from: { words } });
  expect(searched([])).toMatchObject({ kind: 'pick', from: { words: [{}, {}] } });
});
