// The cgroupfs driver: makes and removes cgroups as directories, with nobody else (such as systemd) asked.

import { createCgroups } from './create.ts';
import { resolveRootless } from './delegation.ts';
import type { CgroupDriver } from './driver.ts';
import { joinFiles, resolvePlacement } from './placement.ts';
import { processesOf } from './processes.ts';
import { removeCgroups } from './remove.ts';

export const cgroupfs: CgroupDriver = {
  resolvePlacement: (facts, request) => {
    const placement = resolvePlacement(facts, request);
    return request.rootless === true ? resolveRootless(placement, request) : placement;
  },
  createCgroups,
  joinFiles,
  processesOf,
  removeCgroups,
};
