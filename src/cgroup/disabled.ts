// The driver that does without cgroups, as crun's: the container stays where the runtime is. Nothing can be limited.

import { readFileSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { ownDirectory } from './delegation.ts';
import type { CgroupDriver } from './driver.ts';

export function disabled(): CgroupDriver {
  return {
    resolvePlacement: ({ cgroupMode, hierarchies }) => {
      const memberships = readFileSync('/proc/self/cgroup', 'latin1');
      const inherited = hierarchies.map((hierarchy) => {
        const path = ownDirectory({ ...hierarchy, path: hierarchy.mountpoint }, memberships);
        return { ...hierarchy, path };
      });
      return { manager: 'disabled', mode: cgroupMode, cgroupsPath: '', cgroups: [], inherited };
    },
    createCgroups: (placement) => ({ ...placement, made: [] }),
    settleCgroups: () => undefined,
    updateCgroups: () => {
      throw new NuncError('state', 'the container has no cgroups: it was created with --cgroup-manager disabled');
    },
    removeCgroups: () => undefined,
  };
}
