// How stage 0 makes the process that the plan is for.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { branch, call, type Draft, mark, newLabel, reserve, set } from './draft.ts';
import type { Reason, Slot } from './operation.ts';
import { RECORD_PID, RECORD_SIZE } from './report.ts';

interface Birth {
  /** struct clone_args. */
  readonly words: readonly number[];
  /** In place of them where the cgroup takes no processes (EBUSY). */
  readonly busyWords?: readonly number[] | undefined;
  /** The descriptor that the child's pid is reported to. */
  readonly report: number;
  /** The name of the label where the child begins. */
  readonly child: string;
}

/** What keeps a process from being made is rarely in the config alone. */
const REASONS: readonly Reason[] = [
  {
    errno: errno.EAGAIN,
    text: 'resource temporarily unavailable: too many processes (pids.max of its cgroup or one above, or RLIMIT_NPROC)',
  },
  { errno: errno.ENOSPC, text: 'no space left on device: too many namespaces (/proc/sys/user/max_*_namespaces)' },
];

/** clone3(2): the parent reports the child's pid and is done; the plan goes on in the child. */
export function planClone(draft: Draft, { words, busyWords, report, child }: Birth): void {
  const record = reserve(draft, RECORD_SIZE);
  const pid = (record + 8) as Slot;
  const born = newLabel(draft, child);
  set(draft, record as Slot, RECORD_PID);
  const options = { result: pid, reasons: REASONS };
  if (busyWords === undefined) {
    call(draft, 'clone3', [{ words }, L.CLONE_ARGS_SIZE], options);
  } else {
    const [busy, made] = [newLabel(draft, 'busy'), newLabel(draft, 'made')];
    const on = [{ errno: errno.EBUSY, to: busy }];
    call(draft, 'clone3', [{ words }, L.CLONE_ARGS_SIZE], { ...options, on, success: made });
    mark(draft, busy);
    call(draft, 'clone3', [{ words: busyWords }, L.CLONE_ARGS_SIZE], options);
    mark(draft, made);
  }
  branch(draft, { slot: pid }, { test: 'equal', operand: 0, to: born });
  call(draft, 'write', [report, { memory: record }, RECORD_SIZE]);
  call(draft, 'exit_group', [0]);
  draft.stage = 'init';
  mark(draft, born);
}
