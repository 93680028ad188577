import { expect, test } from 'vitest';
import { timingData, timingRows } from '../../../src/commands/timing-table.ts';
import type { TimedStage } from '../../../src/container/stopwatch.ts';

const stages: readonly TimedStage[] = [
  { by: 'runtime', name: 'begin', begin: 0, end: 4.5 },
  { by: 'init', name: 'mount', begin: 5.25, end: 5.3754 },
  { by: 'init', name: 'pivot_root', begin: 5.3754, end: 6 },
  { by: 'runtime', name: 'wait', begin: 4.5, end: 1007 },
];

test('timingRows() shows stages as they began, those of the init under that of the runtime', () => {
  expect(timingRows(stages)).toEqual([
    '    begin     took  milliseconds',
    '    0.000    4.500  begin',
    '    4.500 1002.500  wait',
    '    5.250    0.125    mount',
    '    5.375    0.625    pivot_root',
    '          1007.000  in all',
  ]);
});

test('timingData() has the same as numbers', () => {
  expect(timingData(stages, { command: 'run', container: 'c' })).toEqual({
    command: 'run',
    container: 'c',
    unit: 'ms',
    total: 1007,
    stages: [
      { by: 'runtime', name: 'begin', begin: 0, took: 4.5 },
      { by: 'runtime', name: 'wait', begin: 4.5, took: 1002.5 },
      { by: 'init', name: 'mount', begin: 5.25, took: 0.125 },
      { by: 'init', name: 'pivot_root', begin: 5.375, took: 0.625 },
    ],
  });
});

test('timingRows() of nothing is a table without stages', () => {
  expect(timingRows([])).toHaveLength(2);
  expect(timingData([], { command: 'run', container: 'c' })).toMatchObject({ total: 0, stages: [] });
});
