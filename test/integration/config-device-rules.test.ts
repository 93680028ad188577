// linux.resources.devices: what a container may open and make, told by the kernel, in cgroup v1 and v2 alike.

import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { DEFAULT_RULES } from '../../src/cgroup/devices/default-rules.ts';
import type { DeviceRule } from '../../src/config/types.ts';
import { probeHost } from '../../src/host/probe.ts';
import { bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { DeviceCgroup } from '../support/device-cgroup.ts';
import { expected, makeNodes, probeScript, type Rules, told, withRules } from '../support/device-probes.ts';
import { createBundle } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtimeName } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'cgroups');
const nunc = requires('root', 'busybox', 'cgroups', 'nunc');
const v1 = requires('root', 'busybox', 'cgroup-v1');
// A cgroup below a container's: systemd's scopes have none for other containers.
const nested = requires('root', 'busybox', 'cgroup-v1', 'not-systemd-managed');

const LOCAL: DeviceRule = { allow: true, type: 'c', major: 240 };

const LISTS: readonly (readonly [name: string, rules: Rules | undefined])[] = [
  ['no resources at all', undefined],
  ['no rules', []],
  ['deny everything', [{ allow: false, access: 'rwm' }]],
  ['allow everything', [{ allow: true, access: 'rwm' }]],
  ['one device, to be read', [{ ...LOCAL, minor: 5, access: 'r' }]],
  ['one device in two rules', [{ ...LOCAL, minor: 5, access: 'r' }, { ...LOCAL, minor: 5, access: 'w' }]],
  ['every minor', [{ ...LOCAL, access: 'rw' }]],
  ['every major, as old managers write it', [{ allow: true, type: 'c', major: -1, minor: 5, access: 'rw' }]],
  ['a wide and a narrow rule do not add up', [{ ...LOCAL, access: 'r' }, { ...LOCAL, minor: 5, access: 'w' }]],
  ['all block devices', [{ allow: true, type: 'b', access: 'r' }]],
  ['all but one', [{ allow: true, access: 'rwm' }, { ...LOCAL, allow: false, minor: 5, access: 'rw' }]],
  ['all but writing to one', [{ allow: true, access: 'rwm' }, { ...LOCAL, allow: false, minor: 5, access: 'w' }]],
  ['allowed and taken back', [
    { ...LOCAL, minor: 5, access: 'rwm' }, { ...LOCAL, allow: false, minor: 5, access: 'wm' },
  ]],
  ['a reset in the middle', [
    { ...LOCAL, access: 'rw' }, { allow: false, access: 'rwm' }, { ...LOCAL, minor: 6, access: 'r' },
  ]],
  ['the default rules denied before', [
    { allow: false, type: 'c', major: 1, minor: 3, access: 'rwm' }, { allow: false, type: 'c', access: 'm' },
  ]],
];

describe('linux.resources.devices: what may be opened and made is what the rules say', () => {
  for (const [name, rules] of LISTS) {
    test(name, async () => {
      const bundle = await bundleFor(probeScript(), (spec) => withRules(spec, rules), { prepare: makeNodes });
      const { status, stdout, stderr } = await runBundle(bundle);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(told(stdout.trim().split('\n'))).toEqual(expected(rules ?? []));
    });
  }
});

/** devices.list of a bundle that a runtime has created. */
function listOf({ spec }: Bundle): string[] {
  const devices = probeHost().hierarchies.find(({ controllers }) => controllers.includes('devices'));
  const text = readFileSync(`${devices?.mountpoint}${spec.linux.cgroupsPath}/devices.list`, 'utf8');
  return text.trim().split('\n').sort();
}

describe('linux.resources.devices on v1: devices.list is that of the devices cgroup', () => {
  // With RUNTIME=runc these show that the simulation, and so nunc's list, is runc's.
  for (const [name, rules = []] of LISTS) {
    v1(name, async () => {
      const bundle = await bundleFor('true', (spec) => withRules(spec, rules));
      await createBundle(bundle);
      const cgroup = new DeviceCgroup();
      for (const rule of [...rules, ...DEFAULT_RULES]) cgroup.write(rule);
      expect(listOf(bundle)).toEqual(cgroup.list());
    });
  }
});

const REFUSED: readonly (readonly [rules: Rules, message: string | RegExp])[] = [
  [[{ ...LOCAL, major: 2 ** 32, access: 'r' }], '/linux/resources/devices/0/major: 4294967296 is not a device number'],
  [[{ ...LOCAL, minor: -2, access: 'r' }], '/linux/resources/devices/0/minor: -2 is not a device number'],
  [[{ ...LOCAL, access: 'rx' }], '/linux/resources/devices/0/access: "rx" has more than the letters r, w and m'],
  [
    [{ ...LOCAL, access: 'rw' }, { ...LOCAL, allow: false, minor: 5, access: 'w' }],
    '/linux/resources/devices/1: "c 240:5 w" can\'t be taken out of "c 240:* rw" of /linux/resources/devices/0',
  ],
  [
    [{ allow: true }, { allow: false, type: 'c', major: 1 }],
    '/linux/resources/devices/1: the default rule "c 1:3 rwm" can\'t be taken out of "c 1:* rwm"',
  ],
];

for (const [rules, message] of REFUSED) {
  nunc(`linux.resources.devices: refused by name: ${String(message)}`, async () => {
    expect(await refusal((spec) => withRules(spec, rules))).toContain(message);
  });
}

nunc('linux.resources.devices: a rule for all types says that it is for all devices', async () => {
  const bundle = await bundleFor('true', (spec) => withRules(spec, [{ allow: true, major: 1, minor: 3 }]));
  const { status, stderr } = await runBundle(bundle);
  expect(status).toBe(0);
  expect(stderr).toContain('/linux/resources/devices/0: a rule for all types of devices is for all devices');
});

nested('linux.resources.devices: what the cgroup above denies is refused, with the rule', async () => {
  const allowed = [{ allow: false, access: 'rwm' }, { ...LOCAL, minor: 6, access: 'rw' }];
  const rules = [...allowed, { ...LOCAL, minor: 5, access: 'rw' }];
  const outer = await bundleFor('true', (spec) => withRules(spec, allowed));
  await createBundle(outer);
  const message = await refusal((spec) => {
    withRules(spec, rules);
    spec.linux.cgroupsPath = `${outer.spec.linux.cgroupsPath}/below`;
  });
  expect(message).toMatch(/"c 240:5 rw".*not permitted/);
  if (runtimeName === 'nunc') {
    expect(message).toContain('cannot set /linux/resources/devices/2: ');
    expect(message).toContain('(the cgroup above does not allow it)');
  }
});
