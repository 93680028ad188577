// The last resort of delete --force: a container whose state.json can't be read still has the config that it was
// created from, and that says where its cgroups are. Knows nothing of what is done with them.

import type { CgroupDriver, RemovableCgroups } from '../cgroup/driver.ts';
import { NuncError } from '../error.ts';
import { probeHost } from '../host/probe.ts';
import { type ContainerPlace, readFrozenConfig, readState, type StateFile } from './store.ts';

/** What must be known of a container to remove all of it. */
export type Remains = Pick<StateFile, 'id' | 'pid' | 'startTime' | 'ownPidNamespace'> & {
  readonly cgroups: RemovableCgroups;
};

/** The state of a container or, when it can't be read, what is left to know of it; undefined as with readState(). */
export function readOrSalvage(driver: CgroupDriver, place: ContainerPlace): Remains | undefined {
  try {
    return readState(place);
  } catch (error) {
    return salvage(driver, place, error);
  }
}

/** Without a pid: whatever is in the cgroups is the container's. */
function salvage(driver: CgroupDriver, place: ContainerPlace, error: unknown): Remains {
  const { id } = place;
  try {
    const cgroupsPath = cgroupsPathOf(JSON.parse(readFrozenConfig(place)));
    return { id, ownPidNamespace: false, cgroups: driver.resolvePlacement(probeHost(), { id, cgroupsPath }) };
  } catch {
    // Giving the id back would hide for good what may still run: the state's error tells where to look.
    throw error instanceof NuncError ? error : new NuncError('state', String(error), { cause: error });
  }
}

/** /linux/cgroupsPath of a config; not validated again, since importing the validator would slow every delete. */
function cgroupsPathOf(config: unknown): string | undefined {
  const path = property(property(config, 'linux'), 'cgroupsPath');
  return typeof path === 'string' ? path : undefined;
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
