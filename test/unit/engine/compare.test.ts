// What stands in for Node's modules in the executable, and its engine's language, beside Node: the same cases on both.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms, type Programs, runProgram } from '../../support/engine/programs.ts';
import { comparisons } from './cases/all.ts';

let programs: Programs | undefined;
let [onNode, onEngine] = [new Map<string, string>(), new Map<string, string>()];

beforeAll(() => {
  programs = buildPrograms();
  const cwd = join(programs.directory, 'place');
  onNode = runProgram(programs.node, { cwd });
  onEngine = runProgram(programs.engine, { cwd });
}, 120_000);

afterAll(() => programs?.[Symbol.dispose]());

const names = Object.entries(comparisons).flatMap(([group,
  cases]) => Object.keys(cases).map((name) => `${group}: ${name}`));

test.each([...names, 'the end'])('%s, as on Node', (name) => {
  if (name !== 'the end') expect(onNode.get(name)).not.toMatch(/^undefined$|"the case threw/);
  expect(onEngine.get(name)).toBe(onNode.get(name));
});
