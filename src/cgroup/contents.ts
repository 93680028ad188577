// What a container's cgroups are made with, planned from its config before anything is made.

import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { Spec } from '../config/types.ts';
import { type DeviceFacts, planDeviceRules } from './devices/plan.ts';
import type { CgroupContents, CgroupPlacement } from './driver.ts';
import { planOwner } from './owner.ts';
import { planSettings } from './plan-settings.ts';

/**
 * @param annotations that may be obeyed
 * @param exact numbers of the spec that a double can't hold
 * @throws ConfigError naming the fields that these cgroups can't do
 */
export function planContents(
  spec: Spec,
  placement: CgroupPlacement,
  { facts, exact, annotations }: {
    readonly facts: DeviceFacts;
    readonly exact?: ExactNumbers;
    readonly annotations: Spec['annotations'] & object;
  },
): CgroupContents {
  const { linux } = spec;
  const resources = linux?.resources ?? {};
  // Without cgroups there is nothing to set: who asks for limits is warned (container/placement.ts).
  if (placement.manager === 'disabled') return { resources, settings: [], annotations };
  const owner = planOwner(spec, placement);
  const settings = planSettings(resources, placement, exact === undefined ? {} : { exact });
  const deviceRules = planDeviceRules(resources, placement, facts);
  return {
    resources,
    settings,
    annotations,
    ...(deviceRules === undefined ? {} : { deviceRules }),
    ...(owner === undefined ? {} : { owner }),
  };
}
