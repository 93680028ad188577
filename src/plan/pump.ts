// The plan of a pump: a process of a few KiB that copies what its standard input brings to its standard output. Two of
// them stand between a user's terminal and a container's. A process each, so that a full terminal on one side never
// keeps the other direction from flowing, and no engine, so that the user's descriptors stay in the mode they are in.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { branch, call, type Draft, jump, mark, newDraft, newLabel, newSlot, reserve, set, sum, tell } from './draft.ts';
import type { Label, Plan, Slot } from './operation.ts';

/** What a pump is spawned with. It ends when `from` does; or when nothing comes from there and the other end of
 * `until` is closed, so that all that has been written is copied first. */
export const PUMP = { from: 0, to: 1, until: 2 } as const;
/** Anything above is closed; a failure is told by the exit status alone. */
const NO_REPORT = 3;

const BUFFER_SIZE = 16384;
/** Offset of `revents` in a struct pollfd (poll(2)). */
const REVENTS = 6;
/** Every signal but SIGCONT, SIGTSTP, SIGTTIN and SIGTTOU is blocked: a terminal's signals go to all of its foreground
 * processes, and what the container says while it ends because of one must still be copied. Those four are for job
 * control: the pumps stop with the runtime. */
const BLOCKED = new Uint8Array([0xff, 0xff, 0xc5, 0xff, 0xff, 0xff, 0xff, 0xff]);

/** Compiles the one pump that there is. It exits with 0 at the end of its input, with 1 when it can't go on. */
export function compilePump(): Plan {
  const draft = newDraft();
  tell(draft, '/process/terminal', 'copy to and from the terminal');
  call(draft, 'rt_sigprocmask', [L.SIG_SETMASK, { bytes: BLOCKED }, 0, BLOCKED.length]);
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
  call(draft, 'close_range', [NO_REPORT, L.CLOSE_RANGE_LAST, 0]);
  planCopying(draft);
  return { operations: draft.operations, memory: draft.memory, report: NO_REPORT };
}

function planCopying(draft: Draft): void {
  const ready = pollEntries(draft, [[PUMP.from, L.POLLIN], [PUMP.until, 0]]);
  const buffer = reserve(draft, BUFFER_SIZE);
  const [next, rest] = [newSlot(draft), newSlot(draft)];
  const [copy, end] = [newLabel(draft, 'copy'), newLabel(draft, 'end')];
  mark(draft, copy);
  call(draft, 'ppoll', [{ memory: ready }, 2, 0, 0, 0], { on: [{ errno: errno.EINTR, to: copy }] });
  branch(draft, { load: ready + REVENTS, size: 2 }, { test: 'equal', operand: 0, to: end });
  call(draft, 'read', [PUMP.from, { memory: buffer }, BUFFER_SIZE], {
    result: rest,
    // EIO: the other side of a terminal is closed, and everything from there has been read.
    on: [...againAt(copy), { errno: errno.EIO, to: end }],
  });
  branch(draft, { slot: rest }, { test: 'equal', operand: 0, to: end });
  set(draft, next, { memory: buffer });
  planWriting(draft, { next, rest });
  jump(draft, copy);
  mark(draft, end);
  call(draft, 'exit_group', [0]);
}

/** Writes `rest` bytes from the address in `next`. What the descriptor's other users have made non-blocking is waited
 * for. */
function planWriting(draft: Draft, { next, rest }: { next: Slot; rest: Slot }): void {
  const room = pollEntries(draft, [[PUMP.to, L.POLLOUT]]);
  const written = newSlot(draft);
  const [write, wait, done] = [newLabel(draft, 'write'), newLabel(draft, 'wait'), newLabel(draft, 'done')];
  mark(draft, write);
  call(draft, 'write', [PUMP.to, { slot: next }, { slot: rest }], { result: written, on: againAt(wait) });
  sum(draft, 'add', { slot: next, value: { slot: written } });
  sum(draft, 'subtract', { slot: rest, value: { slot: written } });
  branch(draft, { slot: rest }, { test: 'equal', operand: 0, to: done });
  jump(draft, write);
  mark(draft, wait);
  call(draft, 'ppoll', [{ memory: room }, 1, 0, 0, 0], { tolerate: [errno.EINTR] });
  jump(draft, write);
  mark(draft, done);
}

function againAt(to: Label): { errno: number; to: Label }[] {
  return [{ errno: errno.EINTR, to }, { errno: errno.EAGAIN, to }];
}

/** An array of struct pollfd. @returns its offset in memory */
function pollEntries(draft: Draft, entries: readonly (readonly [descriptor: number, events: number])[]): number {
  const offset = reserve(draft, entries.length * 8);
  for (let i = 0; i < entries.length; i++) {
    const [descriptor, events] = entries[i] as readonly [number, number];
    set(draft, (offset + i * 8) as Slot, descriptor + events * 2 ** 32);
  }
  return offset;
}
