import { expect, test } from 'vitest';
import { ioWeightOf } from '../../../../src/cgroup/v2/block-io.ts';

test.each([[10, 1], [11, 11], [100, 910], [500, 4950], [1000, 10_000], [1, 1], [9, 1]])(
  'ioWeightOf(%i) is %i',
  (weight, expected) => {
    expect(ioWeightOf(weight)).toBe(expected);
  },
);
