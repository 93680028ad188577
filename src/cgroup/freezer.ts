// Freezes and thaws a container's cgroups: v1's freezer controller (admin-guide/cgroup-v1/freezer-subsystem.rst), where
// it is mounted, or else v2's (admin-guide/cgroup-v2.rst, cgroup.freeze). Knows nothing of signals.

import { readFileSync, writeFileSync } from 'node:fs';
import { codeOf, NuncError } from '../error.ts';
import { cgroupError, verifyInside } from './directory.ts';
import type { CgroupPlacement, PlacedCgroup } from './driver.ts';
import { patienceOf, waitAgain } from './patience.ts';
import { cgroupFor } from './placement.ts';
import { type CgroupPath, fileIn, walkTree } from './tree.ts';

type Cgroups = Pick<CgroupPlacement, 'cgroups'>;

/** How one kind of freezer is worked. */
interface Kind {
  /** The file that takes `on` and `off`. */
  readonly file: string;
  readonly on: string;
  readonly off: string;
  /** The file that says 1 when this cgroup has been told to freeze, whatever those above it have. */
  readonly told: string;
  /** The file that has `words` when everything in the cgroup stands still, for whatever reason. */
  readonly reached: string;
  readonly words: string;
}

const KINDS: Readonly<Record<1 | 2, Kind>> = {
  1: {
    file: 'freezer.state', on: 'FROZEN', off: 'THAWED',
    told: 'freezer.self_freezing', reached: 'freezer.state', words: 'FROZEN',
  },
  2: { file: 'cgroup.freeze', on: '1', off: '0', told: 'cgroup.freeze', reached: 'cgroup.events', words: 'frozen 1' },
};

/** As runc waits, in milliseconds. */
const PATIENCE = 10_000;

/** While processes keep coming v1's freezer may never be done; letting them go for a moment helps. */
const TRIES_BEFORE_THAW = 20;

/** The cgroup to freeze; undefined when the container has none. */
function freezerOf(cgroups: Cgroups): PlacedCgroup | undefined {
  return cgroupFor(cgroups, 'freezer');
}

/** '' when the cgroup is gone. */
function read(path: CgroupPath, file: string): string {
  try {
    return readFileSync(fileIn(path, file), 'latin1');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENODEV') return '';
    // A paused container must not be taken for one that runs.
    throw cgroupError(`look at the freezer of the cgroup "${String(path)}"`, cause);
  }
}

function tell({ version, path }: Pick<PlacedCgroup, 'version'> & { path: CgroupPath }, word: 'on' | 'off'): void {
  writeFileSync(fileIn(path, KINDS[version].file), KINDS[version][word], { flag: 'r+' });
}

function isTold(path: CgroupPath, version: 1 | 2): boolean {
  return read(path, KINDS[version].told).startsWith('1');
}

/** Whether a cgroup stands still, because of itself or of one above it. */
export function standsStill({ version, controllers, path }: PlacedCgroup): boolean {
  if (version === 1 && !controllers.includes('freezer')) return false;
  return read(path, KINDS[version].reached).includes(KINDS[version].words);
}

/** Whether a container is paused: told to, and at a standstill. Mostly one small file is read. */
export function isFrozen(placement: Cgroups): boolean {
  const freezer = freezerOf(placement);
  return freezer !== undefined && isTold(freezer.path, freezer.version) && standsStill(freezer);
}

/**
 * Freezes all processes and waits until they stand still. When they don't, they are thawed again.
 *
 * @throws NuncError
 */
export function freeze(placement: Cgroups, milliseconds = PATIENCE): void {
  const freezer = freezerOf(placement);
  if (freezer === undefined) throw new NuncError('state', 'cannot freeze the container: it has no cgroup to freeze');
  verifyInside(freezer);
  try {
    if (tryFreeze(freezer, milliseconds)) return;
    tell(freezer, 'off');
  } catch (cause) {
    throw cgroupError(`freeze the cgroup "${freezer.path}"`, cause);
  }
  const reason = `some of its processes did not stop within ${milliseconds / 1000} s`;
  throw new NuncError('syscall', `cannot freeze the cgroup "${freezer.path}": ${reason}`, { code: 'E_CGROUP' });
}

function tryFreeze(freezer: PlacedCgroup, milliseconds: number): boolean {
  const patience = patienceOf(milliseconds);
  for (let tries = 1; ; tries++) {
    // v1 stops those that are there when it is told; v2 need be told once.
    if (freezer.version === 1 && tries % TRIES_BEFORE_THAW === 0) tell(freezer, 'off');
    if (freezer.version === 1 || tries === 1) tell(freezer, 'on');
    if (standsStill(freezer)) return true;
    if (!waitAgain(patience)) return false;
  }
}

/** Freezes as many processes as stop in a short time (ms), so that few are made while others are killed. */
export function tryToFreeze(placement: Cgroups, milliseconds: number): void {
  const freezer = freezerOf(placement);
  try {
    if (freezer !== undefined) tryFreeze(freezer, milliseconds);
  } catch {
    // Gone, or somebody else's: they are killed on the run.
  }
}

/** Lets all processes go on, but those in cgroups that the container itself has frozen. @throws NuncError */
export function thaw(placement: Cgroups): void {
  const freezer = freezerOf(placement);
  if (freezer === undefined) return;
  verifyInside(freezer);
  try {
    tell(freezer, 'off');
  } catch (cause) {
    throw cgroupError(`thaw the cgroup "${freezer.path}"`, cause);
  }
}

/**
 * Lets everything go on that has been told to freeze, so that it can end: a killed process that v1 has frozen does not,
 * and the container may have frozen some of its own. What is not there, or not frozen, is fine.
 */
export function thawAll(placement: Cgroups): void {
  const freezer = freezerOf(placement);
  if (freezer === undefined) return;
  verifyInside(freezer);
  const { version } = freezer;
  walkTree(freezer.path, (path) => {
    try {
      if (isTold(path, version)) tell({ version, path }, 'off');
    } catch {
      // Gone meanwhile; or it does not end, which whoever wants it to sees.
    }
  });
}
