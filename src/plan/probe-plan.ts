// The plan of a process that tries whether it may make namespaces, and ends: its exit status is the errno, 0 for yes.

import * as L from '../linux/constants.ts';
import { errno, type ErrnoName } from '../linux/errno.ts';
import { call, HERE, mark, newDraft, newLabel, tell } from './draft.ts';
import type { Plan } from './operation.ts';

/** The descriptor that a failure of another kind is reported to. */
export const PROBE_REPORT = 3;

/** What unshare(2) and a security module answer. */
const ANSWERS: readonly ErrnoName[] = [
  'EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOSPC', 'EUSERS', 'ENOMEM', 'EAGAIN',
];

/** @param flags CLONE_NEW… @param mounts whether to try a change of mounts there too */
export function compileProbePlan(flags: number, { mounts }: { readonly mounts: boolean }): Plan {
  const draft = newDraft();
  tell(draft, '', 'try to make a namespace');
  const ways = ANSWERS.map((name) => ({ number: errno[name], label: newLabel(draft, name) }));
  const on = ways.map(({ number, label }) => ({ errno: number, to: label }));
  call(draft, 'unshare', [flags], { on });
  // What is restricted in a user namespace shows with the first use of a capability. In a chroot(2) "/" is no mount.
  if (mounts) {
    const denied = on.filter(({ errno: number }) => number === errno.EPERM || number === errno.EACCES);
    const args = [HERE, { text: '/' }, L.AT_RECURSIVE, PRIVATE, L.MOUNT_ATTR_SIZE];
    call(draft, 'mount_setattr', args, { on: denied, tolerate: [errno.EINVAL] });
  }
  call(draft, 'exit_group', [0]);
  for (const { number, label } of ways) {
    mark(draft, label);
    call(draft, 'exit_group', [number]);
  }
  return { operations: draft.operations, memory: draft.memory, report: PROBE_REPORT };
}

/** struct mount_attr. */
const PRIVATE = { words: [0, 0, L.MS_PRIVATE, 0] };
