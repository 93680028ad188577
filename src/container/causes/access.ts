// Whom the permissions of files let pass: by their owner and mode alone, without access control lists and capabilities.

import { namespaceSource } from '../../config/rules/namespaces.ts';
import type { IdMapping, Spec } from '../../config/types.ts';
import type { FileStatus } from '../../ffi/file-calls.ts';

/** Somebody, by ids of a container or as the runtime sees them. */
export interface Identity {
  readonly uid: number;
  readonly gids: readonly number[];
}

export const EXECUTE = 1;

/** @returns the id on the host; undefined for one that is not mapped */
function hostId(id: number, mappings: readonly IdMapping[]): number | undefined {
  const mapping = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return mapping === undefined ? undefined : mapping.hostID + id - mapping.containerID;
}

/** Who that is on the host whose ids are a container's; undefined where that can't be told. */
export function identityOf(spec: Spec, user: Identity): Identity | undefined {
  const source = namespaceSource(spec, 'user');
  if (source === 'joined') return undefined;
  if (source === 'inherited') return user;
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  const uid = hostId(user.uid, uidMappings);
  if (uid === undefined) return undefined;
  return { uid, gids: user.gids.map((gid) => hostId(gid, gidMappings)).filter((gid) => gid !== undefined) };
}

/** The process of a config. */
export function processIdentity(spec: Spec): Identity | undefined {
  const { uid = 0, gid = 0, additionalGids = [] } = spec.process?.user ?? {};
  return identityOf(spec, { uid, gids: [gid, ...additionalGids] });
}

type Permissions = Pick<FileStatus, 'mode' | 'uid' | 'gid'>;

/** @param right of rwx, as a digit of a mode */
export function mayUse({ uid, gids }: Identity, status: Permissions, right: number): boolean {
  const shift = status.uid === uid ? 6 : gids.includes(status.gid) ? 3 : 0;
  return ((status.mode >> shift) & right) === right;
}

/** `(mode 0750, of uid 0 and gid 0)`. */
export function describeMode({ mode, uid, gid }: Permissions): string {
  return `(mode ${(mode & 0o7777).toString(8).padStart(4, '0')}, of uid ${uid} and gid ${gid})`;
}
