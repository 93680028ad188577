import { expect, test } from 'vitest';
import { parseNumberList } from '../../../../src/config/rules/number-list.ts';

test.each([
  ['0-3,7', [[0, 3], [7, 7]]],
  ['5', [[5, 5]]],
  ['', []],
  [' 1 , ,2-2,', [[1, 1], [2, 2]]],
  ['100', [[100, 100]]],
  ['101', undefined],
  ['3-1', undefined],
  ['-1', undefined],
  ['1-', undefined],
  ['1-2-3', undefined],
  ['0x1', undefined],
  ['1 - 2', undefined],
  ['all', undefined],
])('parseNumberList() of %j', (text, ranges) => {
  expect(parseNumberList(text, 100)).toEqual(ranges);
});
