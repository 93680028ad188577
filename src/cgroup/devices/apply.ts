// Puts device rules into force in a container's cgroup, new or in use.

import type { DeviceRule } from '../../config/types.ts';
import type { Ffi } from '../../ffi/port.ts';
import { verifyInside } from '../directory.ts';
import type { CgroupPlacement, RemovableCgroups } from '../driver.ts';
import { describeRule, deviceCgroup, foldDeviceRules } from './plan.ts';
import { whileStill } from './still.ts';
import { applyToV1 } from './v1.ts';
import { applyToV2, releaseV2 } from './v2.ts';

/**
 * Sets the whole list, defaults included, of a cgroup that nobody is in.
 *
 * @throws ConfigError for rules that can't be; NuncError of kind `syscall`
 */
export function applyDevices(ffi: Ffi, placement: CgroupPlacement, rules: readonly DeviceRule[]): void {
  setRules(ffi, placement, { rules, interrupt: (work) => { work(); } });
}

/**
 * Sets the whole list, defaults included, of a cgroup in use: at no moment may its processes do less, or more, than the
 * lists before and after allow.
 *
 * @throws ConfigError for rules that can't be; NuncError of kind `syscall`
 */
export function changeDevices(ffi: Ffi, placement: CgroupPlacement, rules: readonly DeviceRule[]): void {
  setRules(ffi, placement, { rules, interrupt: (work) => { whileStill(placement, work); } });
}

interface NewRules {
  readonly rules: readonly DeviceRule[];
  /** As in v1.ts. */
  readonly interrupt: (work: () => void) => void;
}

function setRules(ffi: Ffi, placement: CgroupPlacement, { rules, interrupt }: NewRules): void {
  const cgroup = deviceCgroup(placement);
  if (cgroup === undefined) return;
  verifyInside(cgroup);
  const list = foldDeviceRules(rules);
  if (cgroup.version === 2) applyToV2(ffi, cgroup.path, list);
  else applyToV1(cgroup.path, list, { describeRule: (index) => describeRule(rules, index), interrupt });
}

/** Takes the container's rules off a cgroup that stays. v1's are the cgroup's own, and stay with it. */
export function releaseDevices(ffi: Ffi, created: RemovableCgroups): void {
  const cgroup = deviceCgroup(created);
  if (cgroup?.version !== 2 || created.made?.[created.cgroups.indexOf(cgroup)] !== false) return;
  verifyInside(cgroup);
  releaseV2(ffi, cgroup.path);
}
