// What a container's cgroups are made with, planned from its config before anything is made.

import type { Spec } from '../config/types.ts';
import type { CgroupContents, CgroupPlacement } from './driver.ts';
import { planSettings } from './plan-settings.ts';

/** @throws ConfigError naming the fields that these cgroups can't do */
export function planContents({ linux, annotations = {} }: Spec, placement: CgroupPlacement): CgroupContents {
  const resources = linux?.resources ?? {};
  return { resources, settings: planSettings(resources, placement), annotations };
}
