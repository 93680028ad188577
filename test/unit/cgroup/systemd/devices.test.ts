import { describe, expect, test } from 'vitest';
import type { CgroupPlacement } from '../../../../src/cgroup/driver.ts';
import { deviceProperties } from '../../../../src/cgroup/systemd/devices.ts';
import type { DeviceRule } from '../../../../src/config/types.ts';

function placed(version: 1 | 2): CgroupPlacement {
  const cgroups = [{ version, controllers: ['devices'], mountpoint: '/c', path: '/c/x' }];
  return { manager: 'systemd', mode: version === 1 ? 'v1' : 'v2', cgroupsPath: '/x', cgroups };
}

function said(rules: readonly DeviceRule[]): readonly (readonly [string, unknown])[] {
  return deviceProperties(placed(1), rules).map(([name, { value }]) => [name, value]);
}

const ALLOW_ALL = { allow: true, access: 'rwm' };

describe('deviceProperties()', () => {
  test('is nothing on version 2, and without rules', () => {
    expect(deviceProperties(placed(2), [ALLOW_ALL])).toEqual([]);
    expect(deviceProperties(placed(1), undefined)).toEqual([]);
  });

  test('names devices by numbers, majors and all of a type', () => {
    expect(said([
      { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
      { allow: true, type: 'b', major: 8, access: 'r' },
      { allow: true, type: 'c', access: 'm' },
      // systemd has no word for it.
      { allow: true, type: 'b', minor: 3, access: 'w' },
    ])).toEqual([
      ['DevicePolicy', 'strict'],
      ['DeviceAllow', []],
      ['DeviceAllow', [['/dev/char/10:229', 'rw'], ['block-8', 'r'], ['char-*', 'm']]],
    ]);
  });

  test('lets go of everything where everything is allowed', () => {
    expect(said([ALLOW_ALL])).toEqual([['DevicePolicy', 'auto'], ['DeviceAllow', []]]);
  });

  test('is what every container has where all but some is allowed', () => {
    const [policy, forget, [, entries] = []] = said([ALLOW_ALL, { allow: false, type: 'c', major: 1, minor: 10 }]);
    expect([policy, forget]).toEqual([['DevicePolicy', 'strict'], ['DeviceAllow', []]]);
    expect(entries).toContainEqual(['/dev/char/1:3', 'rwm']);
    expect(entries).not.toContainEqual(['/dev/char/1:10', 'rwm']);
  });
});
