// Waits for the container's end as a command does that runs one in the foreground: signals are passed on, children
// reaped, adopted ones too. Then says with which status it has ended.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, call, jump, mark, newLabel, newSlot, set, sum, tell } from '../draft.ts';
import type { Label, Value } from '../operation.ts';
import type { SupervisorDraft } from './draft.ts';

const ALL_SIGNALS = { bytes: new Uint8Array(L.SIGSET_SIZE).fill(0xff) };

/** Falls through when the init has ended, its status in draft.status. */
export function planForeground(draft: SupervisorDraft): void {
  const [signal, mine] = [newSlot(draft), newSlot(draft)];
  const [next, reap, ended] = [newLabel(draft, 'signal'), newLabel(draft, 'reap'), newLabel(draft, 'ended')];
  tell(draft, '', 'wait for the container');
  mark(draft, reap);
  reapOne(draft, next);
  set(draft, mine, { slot: draft.count });
  sum(draft, 'subtract', { slot: mine, value: { slot: draft.init } });
  branch(draft, { slot: mine }, { test: 'equal', operand: 0, to: ended });
  jump(draft, reap);
  mark(draft, next);
  call(draft, 'rt_sigtimedwait', [ALL_SIGNALS, 0, 0, L.SIGSET_SIZE], {
    result: signal, on: [{ errno: errno.EINTR, to: next }],
  });
  branch(draft, { slot: signal }, { test: 'equal', operand: L.SIGCHLD, to: reap });
  // Not waited for: the pid is still its own. It may have ended all the same.
  call(draft, 'kill', [{ slot: draft.init }, { slot: signal }], { tolerate: [errno.ESRCH, errno.EPERM] });
  jump(draft, next);
  mark(draft, ended);
  set(draft, draft.init, 0);
}

/** Takes notice of one child that has ended, its pid in draft.count; goes on at `none` when there is none. */
function reapOne(draft: SupervisorDraft, none: Label): void {
  call(draft, 'wait4', [-1, { memory: draft.status }, L.WNOHANG, 0], {
    result: draft.count, on: [{ errno: errno.ECHILD, to: none }],
  });
  branch(draft, { slot: draft.count }, { test: 'equal', operand: 0, to: none });
}

/** Takes notice of all children that have ended. */
export function planReap(draft: SupervisorDraft): void {
  const [again, none] = [newLabel(draft, 'reap'), newLabel(draft, 'none')];
  mark(draft, again);
  reapOne(draft, none);
  jump(draft, again);
  mark(draft, none);
}

/** The number of the signal, and whether there was a core dump, of a wait status. */
export function signalOf(draft: SupervisorDraft): Value {
  return { load: draft.status, size: 1 };
}

const SIGNAL_MASK = 0x7f;
const CORE_DUMPED = 0x80;

/** What a shell makes of the status: the process's, or 128 and the signal that has ended it. */
export function planExitStatus(draft: SupervisorDraft): void {
  const [exited, known] = [newLabel(draft, 'exited'), newLabel(draft, 'known')];
  branch(draft, signalOf(draft), { mask: SIGNAL_MASK, test: 'equal', operand: 0, to: exited });
  set(draft, draft.exit, signalOf(draft));
  // The bit of a core dump happens to be worth 128.
  branch(draft, signalOf(draft), { mask: CORE_DUMPED, test: 'not_equal', operand: 0, to: known });
  sum(draft, 'add', { slot: draft.exit, value: CORE_DUMPED });
  jump(draft, known);
  mark(draft, exited);
  set(draft, draft.exit, { load: draft.status + 1, size: 1 });
  mark(draft, known);
}
