import { describe, expect, test } from 'vitest';
import { parseDeviceList, planTransition } from '../../../../src/cgroup/devices/transition.ts';
import type { DeviceRule } from '../../../../src/config/types.ts';
import { type DeviceList, foldRules, readAccess } from '../../../../src/ebpf/device-list.ts';
import { DeviceCgroup, randomRules, tellingAccesses } from '../../../support/device-cgroup.ts';
import { randomFrom } from '../../../support/random.ts';

function fold(rules: readonly DeviceRule[]): DeviceList | undefined {
  class Hole extends Error {}
  try {
    return foldRules(rules, () => { throw new Hole(); });
  } catch (error) {
    if (error instanceof Hole) return undefined;
    throw error;
  }
}

/** A write as devices.allow and devices.deny take it. */
function write(cgroup: DeviceCgroup, file: string, value: string): void {
  const [type = '', numbers = '', access = ''] = value.split(' ');
  const [major = -1, minor = -1] = numbers.split(':').map((word) => (word === '*' ? -1 : Number(word)));
  const allow = file === 'devices.allow';
  cgroup.write(type === 'a' ? { allow } : { allow, type: type as 'b' | 'c', major, minor, access });
}

const list = (text: string): DeviceList => {
  const { allows, exceptions = [] } = parseDeviceList(text);
  return { allows, exceptions, source: -1 };
};

describe('planTransition()', () => {
  const CASES: readonly (readonly [name: string, from: string, to: string, writes: readonly string[]])[] = [
    ['writes nothing when nothing changes', 'c 1:3 rwm\nb *:* m\n', 'b *:* m\nc 1:3 rwm\n', []],
    ['denies all first where all was allowed', 'a *:* rwm\n', 'c 1:3 rwm\n', ['deny a', 'allow c 1:3 rwm']],
    ['allows before it denies', 'c 1:3 rwm\nc 1:5 rw\n', 'c 1:5 wm\nc *:7 r\n', [
      'allow c 1:5 m', 'allow c *:7 r', 'deny c 1:3 rwm', 'deny c 1:5 r',
    ]],
    ['allows all', 'c 1:3 rwm\n', 'a *:* rwm\n', ['allow a']],
    ['forgets exceptions that nobody can see', 'a *:* rwm\n', 'a *:* rwm\n', ['allow a']],
    ['writes no exception that another makes idle', '', 'c 1:3 rw\nc 1:* rwm\n', ['allow c 1:* rwm']],
  ];
  for (const [name, from, to, writes] of CASES) {
    test(name, () => {
      const planned = planTransition(parseDeviceList(from), list(to));
      expect(planned.map(({ file, value }) => `${file.slice(8)} ${value}`)).toEqual(writes);
    });
  }

  test('leads from any list to any other, at no moment denying what both allow', () => {
    let transitions = 0;
    for (let seed = 1; seed <= 1500; seed++) {
      const random = randomFrom(seed);
      const cgroup = new DeviceCgroup();
      cgroup.allows = random(4) === 0;
      let rules = randomRules(random, 0);
      for (let i = 0; i < 3; i++) {
        const next = randomRules(random, 6);
        const target = fold(next);
        if (target === undefined) continue;
        transitions += moveTo(cgroup, target, { rules: [...rules, ...next], next, seed });
        rules = next;
      }
    }
    expect(transitions).toBeGreaterThan(1000);
  }, 30_000);
});

interface Move {
  /** Those that name the devices to ask about. */
  readonly rules: readonly DeviceRule[];
  readonly next: readonly DeviceRule[];
  readonly seed: number;
}

/** @returns 1 for a transition that was not interrupted by "deny all" */
function moveTo(cgroup: DeviceCgroup, target: DeviceList, { rules, next, seed }: Move): number {
  const wanted = new DeviceCgroup();
  for (const rule of next) wanted.write(rule);
  const accesses = tellingAccesses(rules.slice(-6)).filter(({ access }) => access !== 0);
  const kept = accesses.filter((access) => cgroup.permits(access) && wanted.permits(access));
  const writes = planTransition(parseDeviceList(`${cgroup.list().join('\n')}\n`), target);
  const isInterrupted = writes[0]?.file === 'devices.deny' && writes[0].value === 'a';
  for (const { file, value } of writes) {
    write(cgroup, file, value);
    if (!isInterrupted) expect(kept.every((access) => cgroup.permits(access)), `seed ${seed}: ${value}`).toBe(true);
  }
  const same = accesses.every((access) => cgroup.permits(access) === wanted.permits(access));
  expect(same, `seed ${seed}: ${JSON.stringify(next)}`).toBe(true);
  return isInterrupted ? 0 : 1;
}

test('parseDeviceList() reads what the kernel shows', () => {
  expect(parseDeviceList('a *:* rwm\n')).toEqual({ allows: true });
  expect(parseDeviceList('')).toEqual({ allows: false, exceptions: [] });
  const exception = { type: 'c', major: 136, minor: -1, access: readAccess('rwm'), source: -1 };
  expect(parseDeviceList('c 136:* rwm\n')).toEqual({ allows: false, exceptions: [exception] });
});
