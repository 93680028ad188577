// Which cgroups a container can't be put into: one that somebody is in, which it would share its limits and its end
// with, and one that stands still, where its init would wait for ever. Changes nothing.

import { NuncError } from '../error.ts';
import type { CreatedCgroups } from './driver.ts';
import { standsStill } from './freezer.ts';
import { occupantsOf } from './processes.ts';

/** @throws NuncError in runc's words, with the cgroup */
export function verifyUsable({ cgroups, made }: Pick<CreatedCgroups, 'cgroups' | 'made'>): void {
  for (const [index, cgroup] of cgroups.entries()) {
    const occupants = made[index] === true ? 0 : occupantsOf([cgroup]).size;
    if (occupants > 0) {
      const found = `${occupants} process(es) found in "${cgroup.path}"`;
      throw new NuncError('state', `container's cgroup is not empty: ${found}`);
    }
    // Also a new one, when one above it is frozen.
    if (standsStill(cgroup)) throw new NuncError('state', `container's cgroup unexpectedly frozen: "${cgroup.path}"`);
  }
}
