// Rules for id mappings, those of the user namespace and those of mounts: what the kernel takes as a uid_map, see
// user_namespaces(7).

import { problem, type Report, warning } from '../report.ts';
import type { IdMapping, Spec } from '../types.ts';
import { namespaceSource } from './namespaces.ts';

const MAX_ENTRIES = 340;
const MAX_ID = 4294967295;

/** What is written to uid_map or gid_map (user_namespaces(7)). */
export function idMapText(mappings: readonly IdMapping[]): string {
  let text = '';
  for (let i = 0; i < mappings.length; i++) {
    const { containerID, hostID, size } = mappings[i] as IdMapping;
    text += `${containerID} ${hostID} ${size}\n`;
  }
  return text;
}

/** A new user namespace needs mappings, and nothing else may have them. */
export function checkUserMappings(spec: Spec, report: Report): void {
  checkUserMap(spec, 'uidMappings', report);
  checkUserMap(spec, 'gidMappings', report);
}

function checkUserMap(spec: Spec, key: 'uidMappings' | 'gidMappings', report: Report): void {
  const mappings = spec.linux?.[key] ?? [];
  const user = namespaceSource(spec, 'user');
  const pointer = `/linux/${key}`;
  if (mappings.length === 0) {
    if (user === 'new') problem(report, pointer, 'missing, but required for a new user namespace');
    return;
  }
  if (user === 'inherited') {
    problem(report, pointer, 'allowed only with a user namespace in /linux/namespaces');
  } else if (user === 'joined') {
    // Managers that share a user namespace between containers repeat its mappings.
    warning(report, pointer, 'ignored, the user namespace that is joined has its own');
  }
  checkMappings(mappings, pointer, report);
}

/** Ids that a new user namespace doesn't map can't be set in it: setresuid(2) and the like say EINVAL. */
export function checkMappedUser(spec: Spec, report: Report): void {
  const { linux, process } = spec;
  if (process === undefined || namespaceSource(spec, 'user') !== 'new') return;
  const { uid = 0, gid = 0, additionalGids = [] } = process.user ?? {};
  checkMapped(linux?.uidMappings, { id: uid, pointer: '/process/user/uid', key: 'uidMappings' }, report);
  checkMapped(linux?.gidMappings, { id: gid, pointer: '/process/user/gid', key: 'gidMappings' }, report);
  for (const [i, id] of additionalGids.entries()) {
    checkMapped(linux?.gidMappings, { id, pointer: `/process/user/additionalGids/${i}`, key: 'gidMappings' }, report);
  }
}

/** File systems take uid= and gid= as ids of the user namespace that they are mounted in; for those that it doesn't map
 * the kernel has no more to say than EINVAL. */
export function checkMappedMounts(spec: Spec, report: Report): void {
  if (namespaceSource(spec, 'user') !== 'new') return;
  const { uidMappings, gidMappings } = spec.linux ?? {};
  for (const [i, { type, options = [] }] of (spec.mounts ?? []).entries()) {
    if (type === 'bind' || options.includes('bind') || options.includes('rbind')) continue;
    for (const [j, option] of options.entries()) {
      const [, key, digits] = /^([ug]id)=(\d+)$/.exec(option) ?? [];
      if (key === undefined) continue;
      const id = { id: Number(digits), pointer: `/mounts/${i}/options/${j}`, key: `${key}Mappings` };
      checkMapped(key === 'uid' ? uidMappings : gidMappings, id, report);
    }
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
        const text = `${mapping[side]} and the ${mapping.size - 1} ids after it go beyond ${MAX_ID - 1}`;
        problem(report, `${pointer}/${i}/${side}`, text);
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
