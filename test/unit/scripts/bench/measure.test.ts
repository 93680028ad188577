import { describe, expect, test } from 'vitest';
import { addSample, newSamples, rotate } from '../../../../scripts/bench/measure.ts';

describe('rotate()', () => {
  test('lets every item be first in turn', () => {
    const rounds = [0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''));
    expect(rounds).toEqual(['abc', 'bca', 'cab', 'abc']);
  });
});

describe('addSample()', () => {
  test('keeps whole microseconds', () => {
    const samples = newSamples();
    addSample(samples, { wall: 1.23456, cpu: 0.0004 });
    expect(samples).toEqual({ wall: [1.235], cpu: [0] });
  });
});
