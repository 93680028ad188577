// Id-mapped mounts: which user namespace maps the ids of which mount, and the call that makes it so
// (mount_setattr(2), "ID-mapped mounts"). The runtime makes those namespaces, launch/user-namespace.ts.

import { idMapText } from '../config/rules/id-mappings.ts';
import { mountIdMaps } from '../config/rules/mount-id-maps.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Mount, Spec } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import type { Descriptors, IdMapNamespace } from './descriptors.ts';
import { call, EMPTY } from './draft.ts';
import type { MountOptions } from './mount-options.ts';
import type { Reason, Slot } from './operation.ts';

/** What is to map a mount's ids. */
interface WantedMapping {
  /** Index of a namespace in `namespaces`; or the user namespace that the container joins. */
  readonly by: number | 'joined';
  readonly recursive: boolean;
}

/** Which descriptor maps a mount's ids. */
export interface IdMapping {
  readonly descriptor: number;
  readonly recursive: boolean;
}

export interface WantedMappings {
  /** One for all mounts with the same maps. */
  readonly namespaces: readonly IdMapNamespace[];
  /** By index in mounts[]. */
  readonly mounts: ReadonlyMap<number, WantedMapping>;
}

const NONE: WantedMappings = { namespaces: [], mounts: new Map() };

/** What the id-mapped mounts of a config need. */
export function wantedMappings(spec: Spec, mountOptions: readonly MountOptions[]): WantedMappings {
  const mounts = spec.mounts ?? [];
  let wanted: { namespaces: IdMapNamespace[]; mounts: Map<number, WantedMapping> } | undefined;
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const { idMapped } = mountOptions[i] as MountOptions;
    if (idMapped === 'no' && mount.uidMappings === undefined) continue;
    const maps = mountIdMaps(spec, mount);
    if (maps === undefined) continue;
    wanted ??= { namespaces: [], mounts: new Map() };
    const by = maps === 'joined' ? maps : addNamespace(wanted.namespaces, {
      uids: idMapText(maps.uids), gids: idMapText(maps.gids), origin: `/mounts/${i}`,
    });
    wanted.mounts.set(i, { by, recursive: idMapped === 'tree' });
  }
  return wanted ?? NONE;
}

function addNamespace(namespaces: IdMapNamespace[], added: IdMapNamespace): number {
  const known = namespaces.findIndex(({ uids, gids }) => uids === added.uids && gids === added.gids);
  return known >= 0 ? known : namespaces.push(added) - 1;
}

/** The descriptors of what is wanted. */
export function layMappings(wanted: WantedMappings, descriptors: Descriptors): ReadonlyMap<number, IdMapping> {
  const laid = new Map<number, IdMapping>();
  for (const [mount, { by, recursive }] of wanted.mounts) {
    const descriptor = by === 'joined'
      ? descriptors.firstNamespace + descriptors.joined.findIndex(({ type }) => type === 'user')
      : descriptors.firstIdMap + by;
    laid.set(mount, { descriptor, recursive });
  }
  return laid;
}

const REASONS: readonly Reason[] = [
  { errno: errno.EINVAL, text: 'invalid argument: its file system does not support id-mapped mounts' },
  { errno: errno.EPERM, text: 'operation not permitted: it is id-mapped already, or its file system belongs to another '
    + 'user namespace' },
];

/** Maps the ids of the detached mount in `tree`, when that is asked for; it must not have been attached yet. */
export function mapIds(draft: CreateDraft, tree: Slot, index: number): void {
  const mapping = draft.idMappings.get(index);
  if (mapping === undefined) return;
  const { descriptor, recursive } = mapping;
  const flags = L.AT_EMPTY_PATH | (recursive ? L.AT_RECURSIVE : 0);
  const attributes = { words: [L.MOUNT_ATTR_IDMAP, 0, 0, descriptor] };
  call(draft, 'mount_setattr', [{ slot: tree }, EMPTY, flags, attributes, L.MOUNT_ATTR_SIZE], { reasons: REASONS });
}

/** Whether mounts with mapped ids have to be made by stage 0: in a user namespace the container's root has no rights
 * over the namespaces that map them, nor over the host's file systems. */
export function mapsEarly(draft: CreateDraft, index: number): boolean {
  return draft.idMappings.has(index) && namespaceSource(draft.input.spec, 'user') !== 'inherited';
}
