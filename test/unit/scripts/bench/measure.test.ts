import { describe, expect, test } from 'vitest';
import { addSample, newSamples, rotate, withCpu } from '../../../../scripts/bench/measure.ts';

describe('rotate()', () => {
  test('lets every item be first in turn', () => {
    const rounds = [0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''));
    expect(rounds).toEqual(['abc', 'bca', 'cab', 'abc']);
  });
});

describe('addSample()', () => {
  test('keeps hundredths of milliseconds', () => {
    const samples = newSamples();
    addSample(samples, { wall: 1.23567, cpu: 0.004 });
    expect(samples).toEqual({ wall: [1.24], cpu: [0] });
  });
});

describe('withCpu()', () => {
  test('adds to CPU time only', () => {
    expect(withCpu({ wall: 2, cpu: 1 }, 0.5)).toEqual({ wall: 2, cpu: 1.5 });
  });
});
