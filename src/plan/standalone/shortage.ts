// Whether the kernel has killed for want of memory, as container/shortage.ts finds it out. Looks at the container's
// cgroup while that is still there.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, call, close, HERE, jump, mark, newLabel, newSlot, pick, reserve, set, sum, tell } from '../draft.ts';
import type { Label, Slot } from '../operation.ts';
import { onAny, type SupervisorDraft } from './draft.ts';
import { signalOf } from './foreground.ts';
import { say } from './say.ts';

/** memory.events and memory.oom_control have a few short lines. */
const SIZE = 512;
/** "oom_k", and "kill " four bytes behind it: a branch can compare six bytes at once. */
const [START, REST] = [0x6b_5f_6d_6f_6f, 0x20_6c_6c_69_6b];
const FIVE_BYTES = 0xff_ffff_ffff;
const [ZERO, NEWLINE] = [0x30, 0x0a];

/** Says so when a container that has run was killed. In stage `cleanup`. */
export function planExplainKill(draft: SupervisorDraft): void {
  if (draft.input.killCounter === undefined) return;
  const done = newLabel(draft, 'explained');
  branch(draft, signalOf(draft), { mask: 0x7f, test: 'not_equal', operand: L.SIGKILL, to: done });
  const count = findKills(draft, done);
  say(draft, ['out of memory: the kernel has killed ', count, " of the container's processes\n"]);
  mark(draft, done);
}

/** Says why the init was killed, and goes on at `said`; falls through when it was not for want of memory. */
export function planExplainShortage(draft: SupervisorDraft, said: Label): void {
  const { killCounter, shortage } = draft.input;
  if (killCounter === undefined) return;
  const other = newLabel(draft, 'other');
  findKills(draft, other);
  say(draft, [`cannot create the container: its process was killed: ${shortage}\n`]);
  jump(draft, said);
  mark(draft, other);
}

/** Goes on at `none` when nothing was killed. @returns where the number is, and how many digits it has */
function findKills(draft: SupervisorDraft, none: Label): readonly [{ slot: Slot }, { slot: Slot }] {
  const text = reserve(draft, SIZE + 16);
  tell(draft, '/linux/resources/memory', 'look for what the kernel has killed');
  const path = { text: draft.input.killCounter?.path ?? '' };
  const absent = [errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENODEV];
  call(draft, 'openat', [HERE, path, L.O_RDONLY | L.O_CLOEXEC], { result: draft.file, on: onAny(absent, none) });
  call(draft, 'read', [{ slot: draft.file }, { memory: text }, SIZE], { tolerate: absent });
  close(draft, { slot: draft.file });
  const at = findCount(draft, text, none);
  return [{ slot: at }, { slot: measure(draft, at) }];
}

/** Looks for a count that is not 0, byte by byte; the memory behind the text is 0. */
function findCount(draft: SupervisorDraft, text: number, none: Label): Slot {
  const [at, word] = [newSlot(draft), newSlot(draft)];
  const [again, next, killed] = [newLabel(draft, 'look'), newLabel(draft, 'next'), newLabel(draft, 'killed')];
  set(draft, at, { memory: text });
  mark(draft, again);
  pick(draft, word, { from: { slot: at }, index: 0 });
  branch(draft, { load: word, size: 1 }, { test: 'equal', operand: 0, to: none });
  branch(draft, { slot: word }, { mask: FIVE_BYTES, test: 'not_equal', operand: START, to: next });
  skip(draft, at, 4);
  pick(draft, word, { from: { slot: at }, index: 0 });
  branch(draft, { slot: word }, { mask: FIVE_BYTES, test: 'not_equal', operand: REST, to: next });
  skip(draft, at, 5);
  pick(draft, word, { from: { slot: at }, index: 0 });
  branch(draft, { load: word, size: 1 }, { test: 'equal', operand: ZERO, to: none });
  jump(draft, killed);
  mark(draft, next);
  skip(draft, at, 1);
  jump(draft, again);
  mark(draft, killed);
  return at;
}

/** How long a line is. */
function measure(draft: SupervisorDraft, start: Slot): Slot {
  const [at, word, length] = [newSlot(draft), newSlot(draft), newSlot(draft)];
  const [again, end] = [newLabel(draft, 'measure'), newLabel(draft, 'end')];
  set(draft, at, { slot: start });
  set(draft, length, 0);
  mark(draft, again);
  pick(draft, word, { from: { slot: at }, index: 0 });
  branch(draft, { load: word, size: 1 }, { test: 'equal', operand: NEWLINE, to: end });
  branch(draft, { load: word, size: 1 }, { test: 'equal', operand: 0, to: end });
  skip(draft, at, 1);
  skip(draft, length, 1);
  jump(draft, again);
  mark(draft, end);
  return length;
}

function skip(draft: SupervisorDraft, at: Slot, bytes: number): void {
  sum(draft, 'add', { slot: at, value: bytes });
}
