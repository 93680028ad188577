import { expect, test } from 'vitest';
import { askedLimits } from '../../../src/config/limits.ts';

test('askedLimits() names what is asked for, not what managers write for nothing, nor device rules', () => {
  const nothing = {
    devices: [{ allow: false, access: 'rwm' }],
    memory: { limit: -1, swap: 0, swappiness: 2 ** 64 },
    cpu: { shares: 0, quota: -1, cpus: '' },
    pids: { limit: 0 },
    blockIO: { weight: 0, weightDevice: [] },
    unified: {},
  };
  expect(askedLimits(undefined)).toEqual([]);
  expect(askedLimits(nothing)).toEqual([]);
  expect(askedLimits({ ...nothing, pids: { limit: 5 }, memory: { limit: 1 }, unified: { 'io.max': 'x' } })).toEqual([
    '/linux/resources/memory/limit', '/linux/resources/pids/limit', '/linux/resources/unified',
  ]);
});
