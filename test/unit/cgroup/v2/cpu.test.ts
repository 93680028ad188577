import { expect, test } from 'vitest';
import { weightOfShares } from '../../../../src/cgroup/v2/cpu.ts';

test.each([
  // Both ends, beyond them, and the default.
  [0, 1], [1, 1], [2, 1], [262_144, 10_000], [2 ** 53, 10_000], [1024, 100],
  // By the formula of opencontainers/cgroups, 10^((l² + 125 l) / 612 - 7 / 34) rounded up, reckoned with bc(1).
  [3, 2], [10, 4], [100, 17], [256, 35], [512, 59], [2048, 174], [100_000, 4340],
])('weightOfShares(%i) is %i', (shares, weight) => {
  expect(weightOfShares(shares)).toBe(weight);
});

test('weightOfShares() never falls, and stays within 1 to 10000', () => {
  let last = 0;
  for (let shares = 2; shares <= 262_144; shares += 7) {
    const weight = weightOfShares(shares);
    expect(weight >= last && weight >= 1 && weight <= 10_000 && Number.isInteger(weight)).toBe(true);
    last = weight;
  }
});
