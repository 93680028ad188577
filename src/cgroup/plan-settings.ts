// linux.resources → settings. Pure.

import type { LinuxResources } from '../config/types.ts';
import type { CgroupPlacement } from './driver.ts';
import type { Setting } from './setting.ts';

/**
 * The settings that resources ask for, in the order in which they are best written.
 *
 * @throws ConfigError naming the fields that these cgroups can't do
 */
export function planSettings(resources: LinuxResources, placement: CgroupPlacement): Setting[] {
  resources;
  placement;
  return [];
}
