// Rules for id mappings, those of the user namespace and those of mounts: what the kernel takes as a uid_map, see
// user_namespaces(7).

import { type Report, problem, show, warning } from '../report.ts';
import type { IdMapping, Spec } from '../types.ts';

const MAX_ENTRIES = 340;
const MAX_ID = 4294967295;

/** A new user namespace needs mappings, and nothing else may have them. */
export function checkUserMappings({ linux }: Spec, report: Report): void {
  const user = linux?.namespaces?.find((namespace) => namespace.type === 'user');
  const joined = user?.path !== undefined && user.path !== '';
  for (const key of ['uidMappings', 'gidMappings'] as const) {
    const mappings = linux?.[key] ?? [];
    const pointer = `/linux/${key}`;
    if (mappings.length > 0 && user === undefined) {
      problem(report, pointer, 'allowed only with a user namespace in /linux/namespaces');
    } else if (mappings.length > 0 && joined) {
      // Podman and containerd repeat the namespace's own mappings here.
      warning(report, pointer, `ignored, the user namespace ${show(user.path)} has its own`);
    } else if (mappings.length === 0 && user !== undefined && !joined) {
      problem(report, pointer, 'missing, but required for a new user namespace');
    }
    checkMappings(mappings, pointer, report);
  }
}

/** Ids that a new user namespace doesn't map can't be set in it: setresuid(2) and the like say EINVAL. */
export function checkMappedUser({ linux, process }: Spec, report: Report): void {
  const user = linux?.namespaces?.find((namespace) => namespace.type === 'user');
  if (process === undefined || user === undefined || (user.path !== undefined && user.path !== '')) return;
  const { uid = 0, gid = 0, additionalGids = [] } = process.user ?? {};
  checkMapped(linux?.uidMappings, { id: uid, pointer: '/process/user/uid', key: 'uidMappings' }, report);
  checkMapped(linux?.gidMappings, { id: gid, pointer: '/process/user/gid', key: 'gidMappings' }, report);
  for (const [i, id] of additionalGids.entries()) {
    checkMapped(linux?.gidMappings, { id, pointer: `/process/user/additionalGids/${i}`, key: 'gidMappings' }, report);
  }
}

interface Id {
  readonly id: number;
  readonly pointer: string;
  readonly key: string;
}

function checkMapped(mappings: readonly IdMapping[] | undefined, { id, pointer, key }: Id, report: Report): void {
  // Without mappings that is the mistake to speak of.
  if (mappings === undefined || mappings.length === 0) return;
  for (const { containerID, size } of mappings) {
    if (id >= containerID && id < containerID + size) return;
  }
  problem(report, pointer, `${id} is not mapped by /linux/${key}`);
}

/** Rules for one map: every range fits into 32 bits, none is empty, none overlaps another on either side. */
export function checkMappings(mappings: readonly IdMapping[], pointer: string, report: Report): void {
  if (mappings.length > MAX_ENTRIES) {
    problem(report, pointer, `${mappings.length} entries, the kernel takes at most ${MAX_ENTRIES}`);
    return;
  }
  for (let i = 0; i < mappings.length; i++) {
    const mapping = mappings[i] as IdMapping;
    if (mapping.size === 0) problem(report, `${pointer}/${i}/size`, '0 is not a number of ids, at least 1 is required');
    for (const side of ['containerID', 'hostID'] as const) {
      // The last id is (uid_t) -1, which means "none".
      if (mapping[side] + mapping.size > MAX_ID) {
        problem(report, `${pointer}/${i}/${side}`, `${mapping[side]} and the ${mapping.size - 1} ids after it go beyond ${MAX_ID - 1}`);
      }
      checkOverlap(mappings, { i, side, pointer }, report);
    }
  }
}

interface Place {
  readonly i: number;
  readonly side: 'containerID' | 'hostID';
  readonly pointer: string;
}

function checkOverlap(mappings: readonly IdMapping[], { i, side, pointer }: Place, report: Report): void {
  const mapping = mappings[i] as IdMapping;
  for (let j = 0; j < i; j++) {
    const other = mappings[j] as IdMapping;
    if (mapping[side] < other[side] + other.size && other[side] < mapping[side] + mapping.size) {
      problem(report, `${pointer}/${i}/${side}`, `${mapping[side]} and what follows it overlap with ${pointer}/${j}`);
      return;
    }
  }
}
