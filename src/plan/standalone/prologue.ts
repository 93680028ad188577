// The supervisor's beginning: whatever it was started with, it goes on as the runtime's process would.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, call, fail, HERE, mark, newLabel, newSlot, set, sum, tell } from '../draft.ts';
import { programOf, type SupervisorDraft } from './draft.ts';

const ALL_SIGNALS = { bytes: new Uint8Array(L.SIGSET_SIZE).fill(0xff) };
/** struct sigaction of SIG_DFL. */
const DEFAULT = { words: [0, 0, 0, 0] };

export function planPrologue(draft: SupervisorDraft): void {
  const { uid, cgroups } = draft.input;
  planUser(draft, uid);
  planSignals(draft);
  planStreams(draft);
  tell(draft, '', 'close inherited descriptors');
  call(draft, 'close_range', [3, L.CLOSE_RANGE_LAST, 0]);
  tell(draft, '', 'keep descriptors free');
  // What is opened for a moment gets other numbers than these.
  for (let number = 3; number <= programOf(draft); number++) call(draft, 'dup3', [0, number, L.O_CLOEXEC]);
  tell(draft, '', 'adopt the orphans of the container');
  call(draft, 'prctl', [L.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0]);
  if (cgroups.length > 0) {
    // The modes of cgroups are as given.
    call(draft, 'umask', [0]);
  }
  if (uid !== 0) return;
  // In a shared pid namespace the container could get at the file itself by this process (CVE-2019-5736).
  tell(draft, '', 'forbid other processes to trace this one');
  call(draft, 'prctl', [L.PR_SET_DUMPABLE, 0, 0, 0, 0]);
}

/** What the plan does depends on who does it. */
function planUser(draft: SupervisorDraft, uid: number): void {
  const [found, right] = [newSlot(draft), newLabel(draft, 'right')];
  tell(draft, '', 'run');
  call(draft, 'geteuid', [], { result: found });
  branch(draft, { slot: found }, { test: 'equal', operand: uid, to: right });
  fail(draft, errno.EPERM, `cannot run: this container was compiled for the user with id ${uid}`);
  mark(draft, right);
}

/** All are blocked, and come one by one from rt_sigtimedwait(2); what the container gets is as if nobody had ignored or
 * blocked any. */
function planSignals(draft: SupervisorDraft): void {
  const [signal, again] = [newSlot(draft), newLabel(draft, 'signal')];
  tell(draft, '', 'block all signals');
  call(draft, 'rt_sigprocmask', [L.SIG_SETMASK, ALL_SIGNALS, 0, L.SIGSET_SIZE]);
  tell(draft, '', 'restore the dispositions of signals');
  set(draft, signal, 1);
  mark(draft, again);
  // EINVAL: of SIGKILL and SIGSTOP there is only one.
  call(draft, 'rt_sigaction', [{ slot: signal }, DEFAULT, 0, L.SIGSET_SIZE], { tolerate: [errno.EINVAL] });
  sum(draft, 'add', { slot: signal, value: 1 });
  branch(draft, { slot: signal }, { test: 'not_equal', operand: L.SIGNAL_COUNT + 1, to: again });
}

/** Or a file of the runtime's own would become a standard stream: the lowest free number is given out. */
function planStreams(draft: SupervisorDraft): void {
  tell(draft, '', 'open "/dev/null" in place of a closed standard stream');
  for (let stream = 0; stream <= 2; stream++) {
    const [closed, next] = [newLabel(draft, 'closed'), newLabel(draft, 'open')];
    call(draft, 'fcntl', [stream, L.F_GETFD, 0], { on: [{ errno: errno.EBADF, to: closed }], success: next });
    mark(draft, closed);
    call(draft, 'openat', [HERE, { text: '/dev/null' }, L.O_RDWR]);
    mark(draft, next);
  }
}
