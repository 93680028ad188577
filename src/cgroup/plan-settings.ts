// linux.resources → settings. Pure.

import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { LinuxResources } from '../config/types.ts';
import type { CgroupPlacement } from './driver.ts';
import type { PresentLimits } from './present.ts';
import type { Setting } from './setting.ts';

export interface PlanContext {
  /** Numbers of the resources that a double can't hold, by their pointers in config.json. */
  readonly exact?: ExactNumbers;
  /** For an update, whose resources are partial: what is in force (present.ts). What they do not have stays. */
  readonly present?: PresentLimits;
}

/**
 * The settings that resources ask for, in the order in which they are best written.
 *
 * @throws ConfigError naming all fields that these cgroups can't do
 */
export function planSettings(
  resources: LinuxResources,
  placement: CgroupPlacement,
  context: PlanContext = {},
): Setting[] {
  resources;
  placement;
  context;
  return [];
}
