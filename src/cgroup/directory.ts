// Cgroups as directories: making and removing single ones, and the mark of those that nunc made. Knows nothing of
// controllers.
//
// The mark is the sticky bit, which mkdir(2) sets in the same instant as it makes the directory. It means nothing to
// the kernel here (nobody but their owner writes to cgroup directories), and it lets whichever nunc leaves last remove
// a parent that another one made, without the two knowing of each other.

import { lstatSync, mkdirSync, rmdirSync, type Stats } from 'node:fs';
import { codeOf, type ErrorDetails, NuncError } from '../error.ts';
import { errnoMessage } from '../linux/errno.ts';
import type { PlacedCgroup } from './driver.ts';

const MARK = 0o1000;
const MODE = MARK | 0o755;

/** How often a directory may vanish, removed by another nunc, before it or its child gets made. */
const ROUNDS = 1000;

/** The error for a person of a failed file operation: `cannot <action>: <the kernel's reason>`. */
export function cgroupError(
  action: string,
  cause: unknown,
  details: Pick<ErrorDetails, 'hint' | 'origin'> = {},
): NuncError {
  const number = cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number' ? -cause.errno : 0;
  const reason = number > 0 ? errnoMessage(number) : String(cause);
  return new NuncError('syscall', `cannot ${action}: ${reason}`, { cause, code: 'E_CGROUP', ...details });
}

/** The directory above; paths here are absolute and normalised. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Throws unless the cgroup is below its hierarchy's mountpoint: paths come from a state file, and rmdir obeys them. */
export function verifyInside({ mountpoint, path }: PlacedCgroup): void {
  const leads = path.endsWith('/') || path.endsWith('/..') || path.includes('/../');
  if (leads || !path.startsWith(`${mountpoint}/`)) {
    const message = `cannot use the cgroup "${path}": it is not below "${mountpoint}"`;
    throw new NuncError('state', message, { code: 'E_CGROUP' });
  }
}

export function isMarked(path: string): boolean {
  return markedStatus(path) !== undefined;
}

/** Whether a cgroup has the mark, and none below it: those count as links in kernfs. */
export function isMarkedLeaf(path: string): boolean {
  const status = markedStatus(path);
  return status !== undefined && status.nlink <= 2;
}

function markedStatus(path: string): Stats | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status !== undefined && (status.mode & MARK) !== 0 ? status : undefined;
}

/**
 * Makes a cgroup's directory and those above it that are missing, all with the mark.
 *
 * @returns whether it made the directory itself; false when that was there.
 * @throws NodeJS.ErrnoException
 */
export function makeDirectory(path: string, mountpoint: string): boolean {
  for (let round = 0; ; round++) {
    try {
      mkdirSync(path, MODE);
      return true;
    } catch (error) {
      const code = codeOf(error);
      const found = code === 'EEXIST' ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
      if (found?.isDirectory() === true) return false;
      if (found !== undefined || round === ROUNDS) throw error;
      // It was there and is gone: another nunc has removed it.
      if (code === 'EEXIST') continue;
      // The parent is missing: never made, or another nunc has just removed it with its last container.
      const parent = parentOf(path);
      if (code !== 'ENOENT' || parent === mountpoint) throw error;
      makeDirectory(parent, mountpoint);
    }
  }
}

/** Removes a cgroup if that is possible right now. @returns whether it is gone. @throws NodeJS.ErrnoException */
export function removeDirectory(path: string | Buffer): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}
