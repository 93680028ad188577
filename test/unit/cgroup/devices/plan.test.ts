import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../../src/cgroup/devices/default-rules.ts';
import { deviceCgroup, type DeviceFacts, planDeviceRules } from '../../../../src/cgroup/devices/plan.ts';
import type { CgroupPlacement, PlacedCgroup } from '../../../../src/cgroup/driver.ts';

const root: DeviceFacts = { initialUserNamespace: true, effectiveUid: 0, capabilities: ['CAP_SYS_ADMIN'] };

function cgroup(version: 1 | 2, ...controllers: string[]): PlacedCgroup {
  return { version, controllers, mountpoint: '/cg', path: `/cg/${controllers.join()}` };
}

function placed(...cgroups: PlacedCgroup[]): CgroupPlacement {
  return { manager: 'cgroupfs', mode: 'hybrid', cgroupsPath: '/x', cgroups };
}

const v2 = cgroup(2, 'hugetlb');
const v1 = cgroup(1, 'cpu', 'devices');

describe('deviceCgroup()', () => {
  test('is v1\'s where that controller is mounted, else the one of v2', () => {
    expect(deviceCgroup(placed(cgroup(1, 'cpu'), v2, v1))).toBe(v1);
    expect(deviceCgroup(placed(cgroup(1, 'cpu'), v2))).toBe(v2);
    expect(deviceCgroup(placed(cgroup(1, 'cpu')))).toBe(undefined);
  });
});

describe('planDeviceRules()', () => {
  test('puts the default rules behind those of the config', () => {
    const own = { allow: false, type: 'c', major: 1, minor: 3 } as const;
    expect(planDeviceRules({ devices: [own] }, placed(v2), root)).toEqual([own, ...DEFAULT_RULES]);
    expect(planDeviceRules({}, placed(v2), root)).toEqual(DEFAULT_RULES);
  });

  test('plans none where nobody can set any', () => {
    const none = [
      { ...root, initialUserNamespace: false },
      { ...root, effectiveUid: 1000, capabilities: [] },
    ];
    for (const facts of none) expect(planDeviceRules({}, placed(v2), facts)).toBe(undefined);
    expect(planDeviceRules({}, { ...placed(), manager: 'disabled' }, root)).toBe(undefined);
    expect(planDeviceRules({}, { ...placed(), inherited: [v2] }, root)).toBe(undefined);
    expect(planDeviceRules({}, placed(v2), { ...root, effectiveUid: 1000 })).toEqual(DEFAULT_RULES);
  });

  test('refuses rules that nothing can enforce, but not those that forbid nothing', () => {
    const refusal = /^config.json: \/linux\/resources\/devices: can't be enforced: neither a devices cgroup nor cgroup v2/;
    expect(() => planDeviceRules({}, placed(cgroup(1, 'cpu')), root)).toThrow(refusal);
    const all = { allow: true, access: 'rwm' };
    expect(planDeviceRules({ devices: [all] }, placed(cgroup(1, 'cpu')), root)).toEqual([all, ...DEFAULT_RULES]);
  });

  test('refuses holes even where no rules are set', () => {
    const devices = [{ allow: true, type: 'c', major: 9 }, { allow: false, type: 'c', major: 9, minor: 1 }] as const;
    expect(() => planDeviceRules({ devices }, placed(v2), { ...root, initialUserNamespace: false })).toThrow(
      '/linux/resources/devices/1: "c 9:1 rwm" can\'t be taken out of "c 9:* rwm" of /linux/resources/devices/0',
    );
  });
});
