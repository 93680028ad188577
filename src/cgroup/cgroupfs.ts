// The cgroupfs driver: makes and removes cgroups as directories, with nobody else (such as systemd) asked.

import type { Ffi } from '../ffi/port.ts';
import { applySettings } from './apply.ts';
import { createCgroups } from './create.ts';
import { resolveRootless } from './delegation.ts';
import { changeDevices, releaseDevices } from './devices/apply.ts';
import type { CgroupDriver } from './driver.ts';
import { resolvePlacement } from './placement.ts';
import { removeCgroups } from './remove.ts';

export function cgroupfs(ffi: Ffi): CgroupDriver {
  return {
    resolvePlacement: (facts, request) => {
      const placement = resolvePlacement(facts, request);
      return request.rootless === true ? resolveRootless(placement, request) : placement;
    },
    createCgroups: (placement, contents) => createCgroups(ffi, placement, contents),
    settleCgroups: (created, contents) => applySettings(created, contents?.settings.filter(({ late }) => late) ?? []),
    updateCgroups: (cgroups, { settings, deviceRules }) => {
      applySettings(cgroups, settings);
      // Last: they are set as a whole or not at all.
      if (deviceRules !== undefined) changeDevices(ffi, cgroups, deviceRules);
    },
    removeCgroups: (created) => {
      releaseDevices(ffi, created);
      removeCgroups(created);
    },
  };
}
