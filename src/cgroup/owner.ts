// To whom a container's cgroup is handed, config-linux.md "Cgroup ownership". Pure: a function of the config.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { IdMapping, Mount, Spec } from '../config/types.ts';
import type { CgroupPlacement } from './driver.ts';

/**
 * The uid on the host of the container's user, who is to manage cgroups of its own below the container's; undefined
 * where that is not to be: v1 (beside v2, too) has no safe delegation, and outside a cgroup namespace, or with a
 * read-only mount, nothing can come of it.
 */
export function planOwner(spec: Spec, { mode, cgroups }: CgroupPlacement): number | undefined {
  const { linux, mounts = [], process } = spec;
  if (mode !== 'v2' || cgroups.length === 0) return undefined;
  if (namespaceSource(spec, 'cgroup') !== 'new' || !mounts.some(isWritableCgroup)) return undefined;
  const uid = process?.user?.uid ?? 0;
  return namespaceSource(spec, 'user') === 'inherited' ? uid : hostId(uid, linux?.uidMappings ?? []);
}

function isWritableCgroup({ source, destination, options = [] }: Mount): boolean {
  if (source !== 'cgroup' || destination.replace(/\/+$/, '') !== '/sys/fs/cgroup') return false;
  const last = options.filter((option) => /^r?(ro|rw)$/.test(option)).at(-1) ?? 'rw';
  return last.endsWith('rw');
}

/** undefined for one that is not mapped, or in a joined user namespace whose maps nobody has told. */
function hostId(id: number, mappings: readonly IdMapping[]): number | undefined {
  for (const { containerID, hostID, size } of mappings) {
    if (id >= containerID && id < containerID + size) return hostID + id - containerID;
  }
  return undefined;
}
