// The last resort of delete --force: a container whose state.json can't be read still has the config that it was
// created from, and that says where its cgroups are. Knows nothing of what is done with them.

import { existsSync } from 'node:fs';
import type { RemovableCgroups } from '../cgroup/driver.ts';
import { isSystemdForm } from '../cgroup/placement.ts';
import { NuncError } from '../error.ts';
import { probeHost } from '../host/probe.ts';
import { specVersion } from '../version.ts';
import { readFrozenSpec } from './frozen-config.ts';
import type { LoadDriver } from './load-driver.ts';
import { isRootless } from './placement.ts';
import { type ContainerPlace, frozenConfigOf, type LaterHooks, readState, type StateFile } from './store.ts';

/** What must be known of a container to remove all of it. */
export type Remains =
  & Pick<StateFile, 'ociVersion' | 'id' | 'bundle' | 'annotations' | 'pid' | 'startTime' | 'ownPidNamespace'>
  & Pick<StateFile, 'resctrl'>
  & { readonly cgroups: RemovableCgroups; readonly hooks?: Pick<LaterHooks, 'poststop'> };

/** The state of a container whose lock the caller holds, as with readState(). Create writes it before the config, and
 * delete removes it after: where there is only the config it has been lost, and what it told of may still run. */
export function readLockedState(place: ContainerPlace): StateFile | undefined {
  const state = readState(place);
  if (state !== undefined || !existsSync(frozenConfigOf(place))) return state;
  const message = `cannot read the state of container ${JSON.stringify(place.id)}: it has been lost`;
  throw new NuncError('state', message, { hint: '`delete --force` removes what the config tells of' });
}

/** The state of a container or, when it can't be read, what is left to know of it; undefined as with readState(). */
export async function readOrSalvage(loadDriver: LoadDriver, place: ContainerPlace): Promise<Remains | undefined> {
  try {
    return readLockedState(place);
  } catch (error) {
    return await salvage(loadDriver, place, error);
  }
}

/** Without a pid: whatever is in the cgroups is the container's. */
async function salvage(loadDriver: LoadDriver, place: ContainerPlace, error: unknown): Promise<Remains> {
  const { id } = place;
  try {
    const { annotations = {}, hooks, linux } = readFrozenSpec(place);
    const { poststop = [] } = hooks ?? {};
    const facts = probeHost();
    const rootless = isRootless('auto', facts);
    // Of two drivers the form of the path tells which it was.
    const driver = await loadDriver(isSystemdForm(linux?.cgroupsPath ?? '') ? 'systemd' : 'cgroupfs');
    return {
      id,
      ociVersion: specVersion,
      annotations,
      // Only the state knew it.
      bundle: '',
      ownPidNamespace: false,
      cgroups: driver.resolvePlacement(facts, { id, cgroupsPath: linux?.cgroupsPath, rootless }),
      ...(poststop.length === 0 ? {} : { hooks: { poststop } }),
    };
  } catch {
    // Giving the id back would hide for good what may still run: the state's error tells where to look.
    throw error instanceof NuncError ? error : new NuncError('state', String(error), { cause: error });
  }
}
