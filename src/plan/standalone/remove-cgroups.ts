// Removes the container's cgroups: those that it has made below its own, each one when it has none below it any more,
// then its own, then the parents that carry nunc's mark and that nobody uses. One loop over tables, whatever their
// number.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import {
  branch, byteLength, call, close, HERE, jump, mark, newLabel, newSlot, pick, reserve, set, sum, tell,
} from '../draft.ts';
import type { Label, Slot, Value, Word } from '../operation.ts';
import { OCCUPIED, onAny, type SupervisorDraft } from './draft.ts';
import { CGROUP_ORIGIN } from './input.ts';
import { parentsOf } from './make-cgroups.ts';
import { say } from './say.ts';

/** How often removal is tried, and the wait in between, in nanoseconds: two seconds in all. */
const TRIES = 1000;
const WAIT = { words: [0, 2_000_000] };
const BUFFER_SIZE = 8192;
/** What can go wrong where somebody else changes the tree meanwhile, or has changed who owns it. */
const UNDONE = [errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENODEV];

interface Removal {
  /** Slots: the index of the cgroup, its path and how long that is. */
  readonly index: Slot;
  readonly path: Slot;
  readonly length: Slot;
  readonly tries: Slot;
  readonly again: Label;
  readonly occupied: Label;
  readonly pause: Label;
  readonly gone: Label;
  readonly next: Label;
}

/** In stage `cleanup`. @param reap plans what takes notice of processes that have ended */
export function planRemoveCgroups(draft: SupervisorDraft, reap: () => void): void {
  const { cgroups } = draft.input;
  if (cgroups.length === 0) return;
  const [made, parent] = [newSlot(draft), newSlot(draft)];
  const removal = newRemoval(draft);
  const [loop, end] = [newLabel(draft, 'cgroup'), newLabel(draft, 'removed')];
  const parents = cgroups.map(parentsOf);
  const depth = parents[0]?.length ?? 0;
  tell(draft, CGROUP_ORIGIN, 'remove the cgroups');
  set(draft, removal.index, 0);
  set(draft, parent, 0);
  mark(draft, loop);
  pick(draft, made, { from: { memory: draft.made }, index: { slot: removal.index } });
  branch(draft, { slot: made }, { test: 'equal', operand: 0, to: removal.next });
  pickPath(draft, removal);
  planRemoveOne(draft, removal, reap);
  mark(draft, removal.gone);
  planRemoveParents(draft, { table: parents.flat(), parent, depth, next: removal.next });
  mark(draft, removal.next);
  sum(draft, 'add', { slot: removal.index, value: 1 });
  sum(draft, 'add', { slot: parent, value: depth });
  branch(draft, { slot: removal.index }, { test: 'equal', operand: cgroups.length, to: end });
  jump(draft, loop);
  mark(draft, end);
}

function newRemoval(draft: SupervisorDraft): Removal {
  const [index, path, length, tries] = [newSlot(draft), newSlot(draft), newSlot(draft), newSlot(draft)];
  const [again, occupied] = [newLabel(draft, 'try'), newLabel(draft, 'occupied')];
  const [pause, gone, next] = [newLabel(draft, 'pause'), newLabel(draft, 'gone'), newLabel(draft, 'next')];
  return { index, path, length, tries, again, occupied, pause, gone, next };
}

function pickPath(draft: SupervisorDraft, { index, path, length }: Removal): void {
  const paths: Word[] = [];
  const lengths: number[] = [];
  for (const cgroup of draft.input.cgroups) {
    paths.push({ text: cgroup.path });
    lengths.push(byteLength(cgroup.path));
  }
  pick(draft, path, { from: { words: paths }, index: { slot: index } });
  pick(draft, length, { from: { words: lengths }, index: { slot: index } });
}

/** Goes on at `gone`, or when the patience is at its end at `next`. */
function planRemoveOne(draft: SupervisorDraft, removal: Removal, reap: () => void): void {
  const { path, length, tries, again, occupied, pause, gone, next } = removal;
  set(draft, tries, TRIES);
  mark(draft, again);
  call(draft, 'unlinkat', [HERE, { slot: path }, L.AT_REMOVEDIR], {
    on: [...onAny(OCCUPIED, occupied), ...onAny(UNDONE.slice(1), pause), { errno: errno.ENOENT, to: gone }],
    success: gone,
  });
  mark(draft, occupied);
  reap();
  planRemoveBelow(draft, removal);
  mark(draft, pause);
  call(draft, 'clock_nanosleep', [L.CLOCK_MONOTONIC, 0, WAIT, 0], { tolerate: [errno.EINTR] });
  sum(draft, 'subtract', { slot: tries, value: 1 });
  branch(draft, { slot: tries }, { test: 'not_equal', operand: 0, to: again });
  const said: readonly Said[] = ['cannot remove the cgroup "', [{ slot: path }, { slot: length }], '": it is in use\n'];
  say(draft, said);
  set(draft, draft.exit, 1);
  jump(draft, next);
}

type Said = Parameters<typeof say>[1][number];

/** Offsets into struct linux_dirent64: its length, the type of the file, its name. */
const DIRENT = { length: 16, type: 18, name: 19 } as const;
const DT_DIR = 4;

/** Removes one cgroup that is below, the first to be found that has none below it, and goes on at `again`; at `pause`
 * when none can be removed now. Goes down by descriptor: no tree is too deep. */
function planRemoveBelow(draft: SupervisorDraft, { path, again, pause }: Removal): void {
  const [directory, child] = [newSlot(draft), newSlot(draft)];
  const [rest, entry, header] = [newSlot(draft), newSlot(draft), newSlot(draft)];
  const buffer = reserve(draft, BUFFER_SIZE);
  const [level, look, other] = [newLabel(draft, 'level'), newLabel(draft, 'entry'), newLabel(draft, 'other')];
  const [enter, done, leave] = [newLabel(draft, 'enter'), newLabel(draft, 'done'), newLabel(draft, 'leave')];
  const flags = L.O_RDONLY | L.O_DIRECTORY | L.O_CLOEXEC | L.O_NOFOLLOW;
  const here = { slot: directory };
  call(draft, 'openat', [HERE, { slot: path }, flags], { result: directory, on: onAny(UNDONE, pause) });
  mark(draft, level);
  call(draft, 'getdents64', [here, { memory: buffer }, BUFFER_SIZE], { result: rest, on: onAny(UNDONE, leave) });
  set(draft, entry, { memory: buffer + DIRENT.length });
  mark(draft, look);
  branch(draft, { slot: rest }, { test: 'equal', operand: 0, to: leave });
  pick(draft, header, { from: { slot: entry }, index: 0 });
  skipFiles(draft, header, other);
  sum(draft, 'add', { slot: entry, value: DIRENT.name - DIRENT.length });
  call(draft, 'unlinkat', [here, { slot: entry }, L.AT_REMOVEDIR], {
    on: [...onAny(OCCUPIED, enter), ...onAny(UNDONE, leave)], success: done,
  });
  mark(draft, enter);
  call(draft, 'openat', [here, { slot: entry }, flags], { result: child, on: onAny(UNDONE, leave) });
  close(draft, here);
  set(draft, directory, { slot: child });
  jump(draft, level);
  mark(draft, other);
  sum(draft, 'subtract', { slot: rest, value: { load: header, size: 2 } });
  sum(draft, 'add', { slot: entry, value: { load: header, size: 2 } });
  jump(draft, look);
  mark(draft, done);
  close(draft, here);
  jump(draft, again);
  mark(draft, leave);
  close(draft, here);
}

/** The header is the entry from its length on: the first bytes of its name are in it. */
function skipFiles(draft: SupervisorDraft, header: Slot, other: Label): void {
  const name = header + DIRENT.name - DIRENT.length;
  const type: Value = { load: header + DIRENT.type - DIRENT.length, size: 1 };
  const [real, dotted] = [newLabel(draft, 'directory'), newLabel(draft, 'dotted')];
  branch(draft, type, { test: 'not_equal', operand: DT_DIR, to: other });
  branch(draft, { load: name, size: 1 }, { test: 'not_equal', operand: 0x2e, to: real });
  branch(draft, { load: name + 1, size: 1 }, { test: 'equal', operand: 0, to: other });
  branch(draft, { load: name + 1, size: 1 }, { test: 'equal', operand: 0x2e, to: dotted });
  jump(draft, real);
  mark(draft, dotted);
  branch(draft, { load: name + 2, size: 1 }, { test: 'equal', operand: 0, to: other });
  mark(draft, real);
}

interface Parents {
  /** Of all cgroups, `depth` each, the nearest first. */
  readonly table: readonly string[];
  /** Slot: the index of the first one of this cgroup. */
  readonly parent: Slot;
  readonly depth: number;
  readonly next: Label;
}

function planRemoveParents(draft: SupervisorDraft, { table, parent, depth, next }: Parents): void {
  const words = table.map((text): Word => ({ text }));
  const [index, path] = [newSlot(draft), newSlot(draft)];
  const mode: Value = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 };
  const on = onAny([...OCCUPIED, ...UNDONE], next);
  set(draft, index, { slot: parent });
  for (let i = 0; i < depth; i++) {
    pick(draft, path, { from: { words }, index: { slot: index } });
    call(draft, 'statx', [HERE, { slot: path }, 0, L.STATX_MODE, { memory: draft.statx }], { on: onAny(UNDONE, next) });
    branch(draft, mode, { mask: L.S_ISVTX, test: 'equal', operand: 0, to: next });
    call(draft, 'unlinkat', [HERE, { slot: path }, L.AT_REMOVEDIR], { on });
    sum(draft, 'add', { slot: index, value: 1 });
  }
}

/** Kills all that is in the container's cgroup at once, where there is a v2 tree. */
export function planKillAll(draft: SupervisorDraft): void {
  const unified = draft.input.cgroups.find(({ version }) => version === 2);
  if (unified === undefined) return;
  const none = newLabel(draft, 'none-left');
  tell(draft, CGROUP_ORIGIN, 'kill the processes that are left');
  const path = { text: `${unified.path}/cgroup.kill` };
  call(draft, 'openat', [HERE, path, L.O_WRONLY | L.O_CLOEXEC], { result: draft.file, on: onAny(UNDONE, none) });
  call(draft, 'write', [{ slot: draft.file }, { text: '1' }, 1], { tolerate: [errno.ENODEV, errno.EOPNOTSUPP] });
  close(draft, { slot: draft.file });
  mark(draft, none);
}
