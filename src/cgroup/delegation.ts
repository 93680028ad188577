// Cgroups of a runtime that is not root on the host: it has those that somebody has delegated to it (cgroups(7)), and
// does without the others. Looks at permissions, changes nothing.

import { accessSync, constants, lstatSync, readFileSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { parentOf } from './directory.ts';
import type { CgroupPlacement, PlacedCgroup, PlacementRequest } from './driver.ts';
import { ownCgroupPath } from './own.ts';

/**
 * What of a placement the runtime may carry out. Without a cgroupsPath, or with a relative one, a cgroup may also be
 * beside the runtime's own: not in it, because what has processes can't pass controllers on. A cgroupsPath is taken at
 * its word: where it can't be made, creating it fails, as with runc.
 *
 * @throws NuncError when there is a limit and no cgroup to set it in
 */
export function resolveRootless(placement: CgroupPlacement, request: PlacementRequest): CgroupPlacement {
  const { cgroupsPath = '' } = request;
  if (cgroupsPath.startsWith('/')) return placement;
  const cgroups: PlacedCgroup[] = [];
  const inherited: PlacedCgroup[] = [];
  const memberships = readFileSync('/proc/self/cgroup', 'latin1');
  for (const cgroup of placement.cgroups) {
    const own = ownDirectory(cgroup, memberships);
    const beside = { ...cgroup, path: `${own === cgroup.mountpoint ? own : parentOf(own)}${placement.cgroupsPath}` };
    if (mayUse(cgroup, own)) cgroups.push(cgroup);
    else if (cgroupsPath !== '' || mayUse(beside, own)) cgroups.push(beside);
    else inherited.push({ ...cgroup, path: own });
  }
  const resolved = { ...placement, cgroups, inherited };
  refuseLimits(resolved, request);
  return resolved;
}

/** @throws NuncError when a limit is asked for where the container has no cgroup of its own */
export function refuseLimits({ inherited = [], mode }: CgroupPlacement, { limits = [] }: PlacementRequest): void {
  for (const limit of limits) {
    const denied = inherited.find((cgroup) => isLimitedBy(cgroup, limit, mode));
    if (denied !== undefined) refuseLimit(limit, denied);
  }
}

/** The runtime's cgroup. Outside a cgroup namespace a container's mount may show only a part of the hierarchy, and what
 * it shows first is the container's then. */
export function ownDirectory({ version, controllers, mountpoint }: PlacedCgroup, memberships: string): string {
  const own = ownCgroupPath(memberships, { version, controllers });
  return exists(mountpoint + own) ? mountpoint + own : mountpoint;
}

/** Whether a cgroup can be made, or is there, and the runtime may move a child of its own there. */
function mayUse({ version, path, mountpoint }: PlacedCgroup, own: string): boolean {
  let existing = path;
  while (existing !== mountpoint && !exists(existing)) existing = parentOf(existing);
  const file = version === 1 ? 'tasks' : 'cgroup.procs';
  if (!isWritable(existing === path ? `${path}/${file}` : existing)) return false;
  return version === 1 || mayMove(own, path);
}

/** Whether the runtime may move a child of its own from one cgroup of v2 to another: who delegates a subtree keeps
 * processes from being moved into or out of it. */
export function mayMove(own: string, path: string): boolean {
  return isWritable(`${commonAncestor(path, own)}/cgroup.procs`);
}

function commonAncestor(one: string, other: string): string {
  let ancestor = one;
  while (ancestor !== other && !other.startsWith(`${ancestor}/`)) ancestor = parentOf(ancestor);
  return ancestor;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** v1's controllers by the names of resources, where they differ. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  'cpu/cpus': 'cpuset',
  'cpu/mems': 'cpuset',
  blockIO: 'blkio',
  hugepageLimits: 'hugetlb',
  'network/classID': 'net_cls',
  'network/priorities': 'net_prio',
};

/** Whether a limit (its pointer in config.json) is a matter of this hierarchy. */
function isLimitedBy({ version, controllers }: PlacedCgroup, limit: string, mode: CgroupPlacement['mode']): boolean {
  // Alone, the v2 tree has them all.
  if (version === 2 && mode === 'v2') return true;
  const [, , , resource = '', property = ''] = limit.split('/');
  if (resource === 'unified') return version === 2;
  return controllers.includes(CONTROLLERS[`${resource}/${property}`] ?? CONTROLLERS[resource] ?? resource);
}

function refuseLimit(limit: string, { path }: PlacedCgroup): never {
  throw new NuncError('syscall', `cannot set ${limit}: container could not join or create cgroup: permission denied `
    + `beside ${JSON.stringify(path)}`, {
    code: 'E_CGROUP', origin: limit,
    hint: 'no cgroup is delegated to this user: a systemd user session can be asked for one (--systemd-cgroup)',
  });
}
