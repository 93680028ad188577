// linux.resources.devices → the rules of a container's cgroup. Pure.

import type { DeviceRule, LinuxResources } from '../../config/types.ts';
import { type DeviceList, foldRules, formatException } from '../../ebpf/device-list.ts';
import { ConfigError } from '../../error.ts';
import type { HostFacts } from '../../host/facts.ts';
import type { CgroupPlacement, PlacedCgroup } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { DEFAULT_RULES } from './default-rules.ts';

export type DeviceFacts = Pick<HostFacts, 'initialUserNamespace' | 'effectiveUid' | 'capabilities'>;

/** The cgroup that device rules are for: v1's of that controller, else the one of v2. */
export function deviceCgroup(placement: CgroupPlacement): PlacedCgroup | undefined {
  return cgroupFor(placement, 'devices');
}

/** What rules came to: they are looked at when the container is planned, and again when its cgroup is made. */
const folded = new WeakMap<readonly DeviceRule[], DeviceList>();

/** What the rules of a container come to. @throws ConfigError naming one that can't be */
export function foldDeviceRules(rules: readonly DeviceRule[]): DeviceList {
  let list = folded.get(rules);
  if (list === undefined) folded.set(rules, list = fold(rules));
  return list;
}

function fold(rules: readonly DeviceRule[]): DeviceList {
  return foldRules(rules, (hole, wider) => {
    // The default rules come last, and agree with each other: the wider one is the config's.
    const isOwn = isOwnRule(rules, hole.source);
    const pointer = pointerOf(isOwn ? hole.source : wider.source);
    const [part, whole] = [`"${formatException(hole)}"`, `"${formatException(wider)}"`];
    const text = isOwn ? `${part} can't be taken out of ${whole} of ${pointerOf(wider.source)}`
      : `the default rule ${part} can't be taken out of ${whole}`;
    throw new ConfigError([{ pointer, text }]);
  });
}

function isOwnRule(rules: readonly DeviceRule[], index: number): boolean {
  const rule = rules[index];
  return rule !== undefined && !DEFAULT_RULES.includes(rule);
}

function pointerOf(index: number): string {
  return `/linux/resources/devices/${index}`;
}

/** Where a rule is from, for a person. */
export function describeRule(rules: readonly DeviceRule[], index: number): string {
  return isOwnRule(rules, index) ? pointerOf(index) : 'the default device rules';
}

/**
 * The rules of a container: the config's, then those that every container has.
 *
 * @returns undefined where they can't be set and nobody expects it: in a user namespace, as an ordinary user, and in
 * the cgroups of others
 * @throws ConfigError for rules that can't be, here or anywhere
 */
export function planDeviceRules(
  { devices = [] }: LinuxResources,
  placement: CgroupPlacement,
  facts: DeviceFacts,
): DeviceRule[] | undefined {
  const rules = [...devices, ...DEFAULT_RULES];
  const list = foldDeviceRules(rules);
  if (placement.manager === 'disabled' || !maySetRules(facts)) return undefined;
  if (deviceCgroup(placement) !== undefined) return rules;
  // It was said that what the runtime may not make can be done without.
  if ((placement.inherited ?? []).length > 0) return undefined;
  if (!list.allows || list.exceptions.length > 0) {
    throw new ConfigError([{
      pointer: '/linux/resources/devices',
      text: 'can\'t be enforced: neither a devices cgroup nor cgroup v2 is mounted',
    }]);
  }
  return rules;
}

/** As runc has it: bpf(2) and devices.allow are for the host's root, and who is not has no access to much. */
function maySetRules({ initialUserNamespace, effectiveUid, capabilities }: DeviceFacts): boolean {
  return initialUserNamespace && (effectiveUid === 0 || capabilities.includes('CAP_SYS_ADMIN'));
}
