// Every property of linux.resources but the devices: what a real container's cgroup files hold, on v1 and on v2, or how
// the property is refused there. For properties.test.ts and resources.test.ts.

import { type Controller, hierarchyOf } from './cgroup-files.ts';
import { blockIoCases } from './resources/block-io.ts';
import type { Expected, ResourceCase } from './resources/case.ts';
import { cpuCases } from './resources/cpu.ts';
import { memoryCases } from './resources/memory.ts';
import { otherCases } from './resources/others.ts';

export const resourceCases: readonly ResourceCase[] = [
  ...memoryCases, ...cpuCases, ...blockIoCases, ...otherCases,
];

const V2_NAMES: Partial<Record<Controller, string>> = { blkio: 'io' };

/** What is to become of a case on this host. */
export function expectedOf({ controller, resources, v1, v2 }: ResourceCase): Expected {
  const hierarchy = hierarchyOf(controller);
  if (hierarchy !== undefined) return hierarchy.version === 1 ? v1 : v2;
  const hasV1 = hierarchyOf('memory')?.version === 1;
  if (resources.unified !== undefined) {
    return new RegExp(`v2 tree of this host does not have the controller ${controller}$|no cgroup in a v2 tree$`);
  }
  // v2 has no controllers for networks.
  if (controller.startsWith('net_') && !hasV1) return v2;
  const name = hasV1 ? controller : (V2_NAMES[controller] ?? controller);
  return new RegExp(`^config\\.json: .*: this host does not have the cgroup controller ${name}$`);
}
