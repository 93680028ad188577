import { expect, test } from 'vitest';
import { isInitialUidMap } from '../../../src/host/user-namespace.ts';

test.each([
  ['         0          0 4294967295\n', true],
  ['         0       1000          1\n', false],
  ['         0       1000          1\n         1     100000      65536\n', false],
  ['', false],
])('isInitialUidMap() of %j', (map, expected) => {
  expect(isInitialUidMap(map)).toBe(expected);
});
