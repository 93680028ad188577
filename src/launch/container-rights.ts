// The rights of the container's root, for what the runtime does to files in its name. A process with threads can't join
// a user namespace, so this thread takes on what decides about files: the ids that new files get (fsuid, fsgid), and
// towards files whose owner the namespace does not map, over which its root has no capabilities, none either
// (user_namespaces(7), "Capabilities"). All calls are the kernel's own and change this thread only.

import { readFileSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { fileCall } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { must } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Rights {
  /** Calls `act` with what the container's root may do to a file of this owner. */
  over<Result>(owner: Owner, act: () => Result): Result;
  /** The owner of a copy. `foreign` when the container does not know the original's. */
  ownerOfCopy(owner: Owner): Owner & { readonly foreign: boolean };
}

/** Of a container without a user namespace: those of the runtime. */
const OWN: Rights = {
  over: (_, act) => act(),
  ownerOfCopy: ({ uid, gid }) => ({ uid, gid, foreign: false }),
};

/** The id that stands for all that are not mapped. */
const OVERFLOW_ID = 65534;

/**
 * Calls `use` with the rights of the root of a container.
 *
 * @param init a process of its user namespace; undefined when it has none
 */
export function withContainerRights<Result>(
  ffi: Ffi,
  init: number | undefined,
  use: (rights: Rights) => Result,
): Result {
  if (init === undefined) return use(OWN);
  const uids = readMap(init, 'uid_map');
  const gids = readMap(init, 'gid_map');
  const root = { uid: toHost(uids, 0), gid: toHost(gids, 0) };
  if (root.uid === undefined || root.gid === undefined) {
    throw new NuncError('syscall', 'cannot act for the container: its user namespace has no root');
  }
  const capabilities = readCapabilities(ffi);
  const own = { uid: setFileUid(ffi, root.uid), gid: setFileGid(ffi, root.gid) };
  try {
    requireIds(ffi, { uid: root.uid, gid: root.gid });
    // Changing fsuid from 0 has taken away those that are about files.
    setCapabilities(ffi, capabilities);
    return use({
      over: (owner, act) => isMapped(uids, owner.uid) && isMapped(gids, owner.gid)
        ? act() : withoutCapabilities(ffi, capabilities, act),
      ownerOfCopy: (owner) => ownerOfCopy({ uids, gids }, owner),
    });
  } finally {
    setFileUid(ffi, own.uid);
    setFileGid(ffi, own.gid);
    setCapabilities(ffi, capabilities);
  }
}

/** Rows of `inside outside count`. */
type IdMap = readonly (readonly [inside: number, outside: number, count: number])[];

function readMap(pid: number, name: 'uid_map' | 'gid_map'): IdMap {
  const rows = readFileSync(`/proc/${pid}/${name}`, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [inside = 0, outside = 0, count = 0] = row.trim().split(/\s+/).map(Number);
    return [inside, outside, count];
  });
}

function toHost(map: IdMap, id: number): number | undefined {
  for (const [inside, outside, count] of map) if (id >= inside && id < inside + count) return outside + id - inside;
  return undefined;
}

function isMapped(map: IdMap, id: number): boolean {
  for (const [, outside, count] of map) if (id >= outside && id < outside + count) return true;
  return false;
}

/** As the container sees it: what is not mapped belongs to the overflow id, or where that is not mapped, to root. */
function ownerOfCopy(maps: { uids: IdMap; gids: IdMap }, { uid, gid }: Owner): Owner & { foreign: boolean } {
  const copied = (map: IdMap, id: number): number =>
    isMapped(map, id) ? id : toHost(map, OVERFLOW_ID) ?? toHost(map, 0) ?? id;
  const foreign = !isMapped(maps.uids, uid) || !isMapped(maps.gids, gid);
  return { uid: copied(maps.uids, uid), gid: copied(maps.gids, gid), foreign };
}

// setfsuid(2) and setfsgid(2) never fail: they return what was before, and do nothing without permission.
function setFileUid(ffi: Ffi, uid: number): number {
  return fileCall(ffi, 'setfsuid', uid);
}

function setFileGid(ffi: Ffi, gid: number): number {
  return fileCall(ffi, 'setfsgid', gid);
}

function requireIds(ffi: Ffi, wanted: Owner): void {
  if (setFileUid(ffi, -1) === wanted.uid && setFileGid(ffi, -1) === wanted.gid) return;
  throw new NuncError('syscall', `cannot act for the container: no permission to become its root, ${wanted.uid}`);
}

const HEADER_SIZE = 8;
/** Two of struct __user_cap_data_struct: effective, permitted, inheritable. */
const DATA_SIZE = 24;

function capabilityHeader(): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  new DataView(header.buffer).setUint32(0, L.LINUX_CAPABILITY_VERSION_3, true);
  return header;
}

function readCapabilities(ffi: Ffi): Uint8Array {
  const data = new Uint8Array(DATA_SIZE);
  must(fileCall(ffi, 'capget', capabilityHeader(), data), 'read the capabilities');
  return data;
}

function setCapabilities(ffi: Ffi, data: Uint8Array): void {
  must(fileCall(ffi, 'capset', capabilityHeader(), data), 'set the capabilities');
}

function withoutCapabilities<Result>(ffi: Ffi, capabilities: Uint8Array, act: () => Result): Result {
  const none = capabilities.slice();
  none.fill(0, 0, 4);
  none.fill(0, 12, 16);
  const groups = readGroups(ffi);
  // The runtime's groups are not the container's. Without privileges there is no permission; they are its own then.
  fileCall(ffi, 'setgroups', 0, 0);
  setCapabilities(ffi, none);
  try {
    return act();
  } finally {
    setCapabilities(ffi, capabilities);
    fileCall(ffi, 'setgroups', groups.length / 4, groups);
  }
}

function readGroups(ffi: Ffi): Uint8Array {
  const count = must(fileCall(ffi, 'getgroups', 0, 0), 'read the groups');
  const groups = new Uint8Array(4 * count);
  must(fileCall(ffi, 'getgroups', count, groups), 'read the groups');
  return groups;
}
