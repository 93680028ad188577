import { describe, expect, test } from 'vitest';
import { quantile, ratioSpread, spreadOf } from '../../../../scripts/bench/statistics.ts';

describe('quantile()', () => {
  // The expected values are those of R's default, quantile(c(1, 2, 4, 8), …) (type 7).
  test.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 3],
    [0.75, 5],
    [1, 8],
  ])('interpolates at %d', (fraction, expected) => {
    expect(quantile([1, 2, 4, 8], fraction)).toBe(expected);
  });

  test('is the value itself where there is one only', () => {
    expect(quantile([5], 0.75)).toBe(5);
  });

  test('refuses an empty list', () => {
    expect(() => quantile([], 0.5)).toThrow('no measurements');
  });
});

describe('spreadOf()', () => {
  test('sorts by value and leaves its argument alone', () => {
    const values = [10, 9, 100, 1, 8];
    expect(spreadOf(values)).toEqual({ count: 5, lowerQuartile: 8, median: 9, upperQuartile: 10 });
    expect(values).toEqual([10, 9, 100, 1, 8]);
  });
});

describe('ratioSpread()', () => {
  test('compares round by round, so that a slow round cancels out', () => {
    // The second round is ten times as slow for both.
    const half = { count: 3, lowerQuartile: 0.5, median: 0.5, upperQuartile: 0.5 };
    expect(ratioSpread([1, 10, 1], [2, 20, 2])).toEqual(half);
  });

  test('is not the ratio of the medians', () => {
    expect(ratioSpread([1, 2, 9], [1, 4, 3]).median).toBe(1);
  });

  test('refuses lists of different rounds', () => {
    expect(() => ratioSpread([1, 2], [1])).toThrow('cannot compare 2 rounds with 1');
  });
});
