// Makes a container's cgroups. All or none: what was made is removed when a later one fails.

import { codeOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { applySettings } from './apply.ts';
import { applyDevices } from './devices/apply.ts';
import { cgroupError, makeDirectory, verifyInside } from './directory.ts';
import type { CgroupContents, CgroupPlacement, CreatedCgroups, PlacedCgroup } from './driver.ts';
import { verifyUsable } from './existing.ts';
import { removeCgroups } from './remove.ts';
import { inheritCpuset } from './v1/cpuset.ts';
import { passControllersTo } from './v2/controllers.ts';
import { delegateTo } from './v2/delegate.ts';

function prepare(cgroup: PlacedCgroup, mode: CgroupPlacement['mode']): void {
  const { version, controllers, path, mountpoint } = cgroup;
  try {
    if (version === 1 && controllers.includes('cpuset')) inheritCpuset(path, mountpoint);
    // Beside v1 the v2 tree only groups processes: its root's settings stay as the host has them.
    if (version === 2 && mode === 'v2') passControllersTo(path, mountpoint, controllers);
  } catch (cause) {
    throw cgroupError(`create the cgroup "${path}"`, cause);
  }
}

/**
 * Makes the cgroups of a placement, and those above them that are missing, and fills them in. A cgroup that is already
 * there is used as it is, unless somebody is in it or it is frozen, and is not the container's to remove.
 *
 * @throws NuncError of kind `syscall`, with nothing of it left behind.
 */
export function createCgroups(ffi: Ffi, placement: CgroupPlacement, contents?: CgroupContents): CreatedCgroups {
  const created = makeCgroups(placement);
  try {
    // Before anything is changed in those that were there.
    verifyUsable(created);
    completeCgroups(ffi, created, contents);
  } catch (error) {
    undo(created);
    throw error;
  }
  return created;
}

/** Makes cgroups that are there ready for processes and fills them in. @throws NuncError of kind `syscall`. */
export function completeCgroups(ffi: Ffi, created: CreatedCgroups, contents?: CgroupContents): void {
  for (const cgroup of created.cgroups) prepare(cgroup, created.mode);
  if (contents !== undefined) fill(ffi, created, contents);
}

function fill(ffi: Ffi, created: CreatedCgroups, { settings, deviceRules, owner }: CgroupContents): void {
  if (deviceRules !== undefined) applyDevices(ffi, created, deviceRules);
  applySettings(created, settings.filter(({ late }) => late !== true), created.made);
  if (owner === undefined) return;
  for (const { version, path } of created.cgroups) if (version === 2) delegateTo(owner, path);
}

/** Makes the cgroups that are missing, all or none. @throws NuncError of kind `syscall`. */
export function makeCgroups(placement: CgroupPlacement): CreatedCgroups {
  const made: boolean[] = [];
  for (const [index, cgroup] of placement.cgroups.entries()) {
    verifyInside(cgroup);
    try {
      made.push(makeDirectory(cgroup.path, cgroup.mountpoint));
    } catch (cause) {
      // The cgroup that failed is among those to undo: it may have left directories above it.
      undo({ ...placement, cgroups: placement.cgroups.slice(0, index + 1), made });
      throw cgroupError(`create the cgroup "${cgroup.path}"`, cause, { hint: hintFor(cause) });
    }
  }
  return { ...placement, made };
}

function hintFor(cause: unknown): string | undefined {
  switch (codeOf(cause)) {
    case 'EROFS': return 'cgroups are mounted read-only here, as in a container that has got none to manage';
    case 'EACCES':
    case 'EPERM': return `no cgroup above it is delegated to uid ${process.geteuid?.() ?? 0}`;
    case 'ENOSPC': return "a cgroup above it allows no more (cgroup.max.descendants), or v1's cpuset has no CPUs";
    default: return undefined;
  }
}

function undo(partial: CreatedCgroups): void {
  try {
    removeCgroups(partial);
  } catch {
    // The reason why create failed is the one to report.
  }
}
