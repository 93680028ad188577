// Who writes which map; the kernel's and newuidmap's answers are integration tests' (rootless*.test.ts).

import { describe, expect, test } from 'vitest';
import { forbidsSetgroups, type MapWriter } from '../../../src/launch/id-maps.ts';

const own = [{ containerID: 0, hostID: 1001, size: 1 }];
const user: MapWriter = { capabilities: [], effectiveUid: 1000, effectiveGid: 1001 };

describe('forbidsSetgroups()', () => {
  test('only where the own group is mapped without the right to', () => {
    expect(forbidsSetgroups(own, user)).toBe(true);
    expect(forbidsSetgroups(own, { ...user, capabilities: ['CAP_SETGID'] })).toBe(false);
    expect(forbidsSetgroups(own, { ...user, capabilities: ['CAP_SETUID'] })).toBe(true);
  });

  test('not where newgidmap decides', () => {
    expect(forbidsSetgroups([{ containerID: 0, hostID: 5, size: 1 }], user)).toBe(false);
    expect(forbidsSetgroups([...own, { containerID: 1, hostID: 100000, size: 10 }], user)).toBe(false);
  });
});
