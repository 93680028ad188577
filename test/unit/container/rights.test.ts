import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/config/types.ts';
import { rightsProblems } from '../../../src/container/rights.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import { createInput, facts } from '../plan/create-input.ts';

const root: HostFacts = facts;
const user: HostFacts = { ...facts, effectiveUid: 1000, effectiveGid: 1000, capabilities: [] };

describe('rightsProblems()', () => {
  const map = [{ containerID: 0, hostID: 1000, size: 1 }];
  const ranges = [...map, { containerID: 1, hostID: 100000, size: 10 }];
  const withGroups = (gidMappings: typeof map): Spec => createInput({
    process: { cwd: '/', args: ['x'], user: { uid: 0, gid: 0, additionalGids: [0] } },
    linux: { namespaces: [{ type: 'user' }], uidMappings: map, gidMappings },
  }).spec;

  test('an ordinary user needs a user namespace', () => {
    const { spec } = createInput();
    expect(rightsProblems(spec, root)).toEqual([]);
    expect(rightsProblems(spec, user)).toEqual([
      { pointer: '/linux/namespaces', text: 'rootless container requires user namespaces' },
    ]);
  });

  test('who maps no group but its own has no supplementary ones', () => {
    expect(rightsProblems(withGroups(map), root)).toEqual([]);
    expect(rightsProblems(withGroups(ranges), user)).toEqual([]);
    expect(rightsProblems(withGroups(map), user)).toEqual([
      {
        pointer: '/process/user/additionalGids',
        text: 'cannot set any additional groups in a rootless container that maps no group but its own',
      },
    ]);
  });
});
