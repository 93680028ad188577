// update: other limits for a container that there is. What the kernel has is what counts: nothing is written down.

import { planDeviceRules } from '../cgroup/devices/plan.ts';
import type { CgroupChanges, CgroupDriver } from '../cgroup/driver.ts';
import { planSettings } from '../cgroup/plan-settings.ts';
import { readPresentLimits } from '../cgroup/present.ts';
import { settingsInForce } from '../cgroup/restore.ts';
import { type ParsedResources,resourcesPart } from '../config/resources.ts';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { probeHost } from '../host/probe.ts';
import type { Resctrl } from '../resctrl/group.ts';
import { readFrozenSpec } from './frozen-config.ts';
import type { LoadDriver } from './load-driver.ts';
import { lockUpdates } from './lock.ts';
import { failureWith, isAlive } from './status.ts';
import { type ContainerPlace, readState, type StateFile } from './store.ts';

export interface UpdateRequest {
  readonly place: ContainerPlace;
  /** Asked when there is such a container. */
  readonly resources: () => ParsedResources;
  readonly loadDriver: LoadDriver;
  /** Lines for the container's resctrl group. */
  readonly schemata: readonly string[];
  /** For hosts without one: what stands for the mounted resctrl file system. */
  readonly resctrl?: Resctrl;
}

/**
 * Changes the limits that are given; all others stay. When one can't be changed, those that have been are changed back.
 *
 * @throws NuncError also `container not running` when its init has ended
 */
export async function updateContainer(ffi: Ffi, request: UpdateRequest): Promise<void> {
  const { place } = request;
  const state = readState(place);
  const parsed = request.resources();
  // Also while hooks of create run, which may want it; runc calls that created.
  if (state === undefined || !isAlive(state)) throw new NuncError('state', 'container not running');
  const lock = lockUpdates(ffi, place);
  try {
    const changes = planChanges(state, parsed);
    apply(await request.loadDriver(state.cgroups.manager), state, changes);
    if (request.schemata.length > 0) await updateGroup(request);
  } catch (cause) {
    throw failureWith(state, cause);
  } finally {
    lock.release();
  }
}

/** Few hosts have one: the others need not load what knows of it. */
async function updateGroup({ place, schemata, resctrl }: UpdateRequest): Promise<void> {
  const { changeSchemata } = await import('../resctrl/group.ts');
  const { findResctrl } = await import('./surroundings.ts');
  const { linux } = readFrozenSpec(place);
  changeSchemata(resctrl ?? findResctrl(), { id: place.id, intelRdt: linux?.intelRdt }, schemata);
}

function planChanges({ cgroups }: StateFile, { resources, exact }: ParsedResources): CgroupChanges {
  const present = readPresentLimits(cgroups);
  const settings = resourcesPart.within(() => planSettings(resources, cgroups, { exact, present }));
  // The whole list, or nothing about devices: an empty one is what managers send who do not know of any.
  if ((resources.devices ?? []).length === 0) return { resources, settings };
  const deviceRules = resourcesPart.within(() => planDeviceRules(resources, cgroups, probeHost()));
  return { resources, settings, ...(deviceRules === undefined ? {} : { deviceRules }) };
}

function apply(driver: CgroupDriver, { cgroups }: StateFile, changes: CgroupChanges): void {
  const settings = settingsInForce(cgroups, changes.settings);
  try {
    driver.updateCgroups(cgroups, changes);
  } catch (cause) {
    try {
      driver.updateCgroups(cgroups, { resources: {}, settings });
    } catch (second) {
      throw new NuncError('syscall', `${messageOf(cause)}; and ${messageOf(second)}`, { cause });
    }
    throw cause;
  }
}
