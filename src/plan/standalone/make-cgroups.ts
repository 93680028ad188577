// Makes the container's cgroups. A cgroup carries nunc's mark, the sticky bit, from its birth: what has it and is empty
// is left from a run that was killed, and goes.
//
// The first cgroup is the container's lock: who runs the file holds flock(2) of its directory to the end, so that a
// second run neither removes it nor shares it.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, call, close, EMPTY, fail, HERE, jump, mark, newLabel, newSlot, set, sum, tell } from '../draft.ts';
import type { Label, Slot, Value } from '../operation.ts';
import { OCCUPIED, open, type SupervisorDraft } from './draft.ts';
import { CGROUP_ORIGIN, type StandaloneCgroup } from './input.ts';

const MODE = L.S_ISVTX | 0o755;
const DIRECTORY = L.O_RDONLY | L.O_DIRECTORY;
const IN_USE = 'it is in use: is the container running already?';

/** Makes all, each one marked as made when it is there. */
export function planMakeCgroups(draft: SupervisorDraft): void {
  draft.input.cgroups.forEach((cgroup, index) => { makeCgroup(draft, cgroup, index); });
}

function makeCgroup(draft: SupervisorDraft, cgroup: StandaloneCgroup, index: number): void {
  const { path } = cgroup;
  const isMade = (draft.made + 8 * index) as Slot;
  const lock = index === 0;
  const [again, missing] = [newLabel(draft, 'make'), newLabel(draft, 'no-parent')];
  const [exists, made] = [newLabel(draft, 'exists'), newLabel(draft, 'made')];
  tell(draft, CGROUP_ORIGIN, `create the cgroup ${JSON.stringify(path)}`);
  mark(draft, again);
  set(draft, isMade, 0);
  call(draft, 'mkdirat', [HERE, { text: path }, MODE], {
    on: [{ errno: errno.ENOENT, to: missing }, { errno: errno.EEXIST, to: exists }],
    success: made,
  });
  mark(draft, missing);
  // Never made, or removed by another container that was the last one there.
  for (const parent of parentsOf(cgroup).reverse()) {
    call(draft, 'mkdirat', [HERE, { text: parent }, MODE], { tolerate: [errno.EEXIST] });
  }
  jump(draft, again);
  mark(draft, exists);
  clearAway(draft, path, { again, lock });
  mark(draft, made);
  set(draft, isMade, 1);
  if (lock) planLock(draft, { path, isMade, again });
}

function subjectOf(path: string): string {
  return `cannot create the cgroup ${JSON.stringify(path)}`;
}

/** The cgroups between the mountpoint and a cgroup, the nearest first. */
export function parentsOf({ path, mountpoint }: StandaloneCgroup): string[] {
  const parents: string[] = [];
  for (let at = above(path); at.length > mountpoint.length; at = above(at)) parents.push(at);
  return parents;
}

function above(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Removes a cgroup that a killed run has left. */
function clearAway(draft: SupervisorDraft, path: string, { again, lock }: { again: Label; lock: boolean }): void {
  const ours = newLabel(draft, 'ours');
  const gone = [{ errno: errno.ENOENT, to: again }];
  const { mode } = L.STATX_OFFSET;
  call(draft, 'statx', [HERE, { text: path }, 0, L.STATX_MODE, { memory: draft.statx }], { on: gone });
  branch(draft, { load: draft.statx + mode, size: 2 }, { mask: L.S_ISVTX, test: 'not_equal', operand: 0, to: ours });
  fail(draft, errno.EEXIST, `${subjectOf(path)}: it exists, and no nunc has made it`);
  mark(draft, ours);
  if (lock) {
    open(draft, path, { flags: DIRECTORY, on: gone });
    const reasons = [{ errno: errno.EAGAIN, text: IN_USE }];
    call(draft, 'flock', [{ slot: draft.file }, L.LOCK_EX | L.LOCK_NB], { reasons });
  }
  const busy = OCCUPIED.map((number) => ({ errno: number, text: IN_USE }));
  call(draft, 'unlinkat', [HERE, { text: path }, L.AT_REMOVEDIR], { tolerate: [errno.ENOENT], reasons: busy });
  if (lock) close(draft, { slot: draft.file });
  jump(draft, again);
}

interface Locked {
  readonly path: string;
  /** The word that says that this run has made it. */
  readonly isMade: Slot;
  /** Where to go to make it once more. */
  readonly again: Label;
}

/** Locks the directory, and makes sure that it is still the one that the path leads to. Stays open. */
function planLock(draft: SupervisorDraft, { path, isMade, again }: Locked): void {
  const inode = newSlot(draft);
  const [other, same] = [newLabel(draft, 'other'), newLabel(draft, 'same')];
  const [lost, locked] = [newLabel(draft, 'lost'), newLabel(draft, 'locked')];
  const found: Value = { load: draft.statx + L.STATX_OFFSET.inode, size: 8 };
  const statx = { memory: draft.statx };
  open(draft, path, { flags: DIRECTORY, on: [{ errno: errno.ENOENT, to: again }] });
  const on = [{ errno: errno.EAGAIN, to: lost }];
  call(draft, 'flock', [{ slot: draft.file }, L.LOCK_EX | L.LOCK_NB], { on, success: locked });
  mark(draft, lost);
  // Another run has taken it for a killed one's, and will have made its own by now.
  set(draft, isMade, 0);
  fail(draft, errno.EBUSY, `${subjectOf(path)}: ${IN_USE}`);
  mark(draft, locked);
  call(draft, 'statx', [{ slot: draft.file }, EMPTY, L.AT_EMPTY_PATH, L.STATX_BASIC_STATS, statx]);
  set(draft, inode, found);
  call(draft, 'statx', [HERE, { text: path }, 0, L.STATX_BASIC_STATS, statx], {
    on: [{ errno: errno.ENOENT, to: other }],
  });
  sum(draft, 'subtract', { slot: inode, value: found });
  branch(draft, { slot: inode }, { test: 'equal', operand: 0, to: same });
  mark(draft, other);
  close(draft, { slot: draft.file });
  jump(draft, again);
  mark(draft, same);
}
