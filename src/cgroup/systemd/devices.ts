// Device rules beside systemd on version 1, where it writes devices.allow and devices.deny of its units whenever it
// applies one: what it is told there is as near to the rules as its words are. docs/decisions/systemd.md has more.

import { readFileSync } from 'node:fs';
import type { DeviceRule } from '../../config/types.ts';
import { variant } from '../../dbus/value.ts';
import { ANY, type DeviceException, formatException, withoutIdle } from '../../ebpf/device-list.ts';
import { DEFAULT_RULES } from '../devices/default-rules.ts';
import { deviceCgroup, foldDeviceRules } from '../devices/plan.ts';
import { whileStill } from '../devices/still.ts';
import { parseDeviceList } from '../devices/transition.ts';
import { applyToV1 } from '../devices/v1.ts';
import type { CgroupPlacement } from '../driver.ts';
import type { Property } from './properties.ts';

/** What systemd is told of a container's rules; nothing where it leaves devices alone. */
export function deviceProperties(placement: CgroupPlacement, rules: readonly DeviceRule[] | undefined): Property[] {
  if (rules === undefined || deviceCgroup(placement)?.version !== 1) return [];
  const { allows, exceptions } = withoutIdle(foldDeviceRules(rules));
  const forget: Property = ['DeviceAllow', variant('a(ss)', [])];
  if (allows && exceptions.length === 0) return [['DevicePolicy', variant('s', 'auto')], forget];
  // "All but these" has no words there. Rather too little than too much: what every container has.
  const sayable = allows ? withoutIdle(foldDeviceRules(DEFAULT_RULES)).exceptions : exceptions;
  const entries = sayable.flatMap((exception) => entryOf(exception) ?? []);
  return [['DevicePolicy', variant('s', 'strict')], forget, ['DeviceAllow', variant('a(ss)', entries)]];
}

/** systemd.resource-control(5): a node that need not be there, or every device of a major number. */
function entryOf(exception: DeviceException): [[string, string]] | undefined {
  const { type, major, minor } = exception;
  const [, , access = ''] = formatException(exception).split(' ');
  const word = type === 'c' ? 'char' : 'block';
  if (minor === ANY) return [[`${word}-${major === ANY ? '*' : major}`, access]];
  return major === ANY ? undefined : [[`/dev/${word}/${major}:${minor}`, access]];
}

interface Change {
  /** Has systemd apply the unit again. */
  readonly apply: () => void;
  /** The unit's DevicePolicy. */
  readonly readPolicy: () => string;
  /** Whether new rules come afterwards. */
  readonly hasRules: boolean;
}

/** Has the unit applied again with the device rules that are in force. They may not change for anybody who runs. */
export function keepingDevices(placement: CgroupPlacement, { apply, readPolicy, hasRules }: Change): void {
  const cgroup = deviceCgroup(placement);
  if (cgroup?.version !== 1) {
    apply();
    return;
  }
  const present = parseDeviceList(readFileSync(`${cgroup.path}/devices.list`, 'latin1'));
  // "All but these": nobody could tell afterwards which. The files alone are changed.
  if (present.allows && !hasRules && readPolicy() === 'strict') return;
  whileStill(placement, () => {
    apply();
    if (present.allows) return;
    const list = { allows: false, exceptions: present.exceptions ?? [], source: -1 };
    applyToV1(cgroup.path, list, { describeRule: () => 'the device rules', interrupt: (work) => { work(); } });
  });
}
