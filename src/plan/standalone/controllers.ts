// v2's controllers: a cgroup has only those that each cgroup above it passes down. What can't be passed down is left,
// as in cgroup/v2/controllers.ts: nothing needs a controller until a limit is set, and then its file is missing.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, byteLength, call, close, jump, mark, newLabel, newSlot, reserve } from '../draft.ts';
import type { Label } from '../operation.ts';
import { onAny, open, type SupervisorDraft } from './draft.ts';
import type { StandaloneCgroup } from './input.ts';
import { parentsOf } from './make-cgroups.ts';

const UNAVAILABLE = [
  errno.ENOENT, errno.EBUSY, errno.EINVAL, errno.EACCES, errno.EPERM, errno.EOPNOTSUPP, errno.ENODEV, errno.EROFS,
];

export function planControllers(draft: SupervisorDraft, cgroup: StandaloneCgroup): void {
  const { controllers, mountpoint } = cgroup;
  if (controllers.length === 0) return;
  const requests = controllers.map((controller) => `+${controller}`);
  for (const path of [mountpoint, ...parentsOf(cgroup).reverse()]) {
    const next = newLabel(draft, 'passed-down');
    leaveOccupied(draft, path, next);
    open(draft, `${path}/cgroup.subtree_control`, { flags: L.O_WRONLY, on: onAny(UNAVAILABLE, next) });
    const file = { slot: draft.file };
    const all = requests.join(' ');
    const [single, done] = [newLabel(draft, 'one-by-one'), newLabel(draft, 'done')];
    // The kernel takes all of a write or nothing: one that can't be passed down must not cost the others.
    call(draft, 'write', [file, { text: all }, byteLength(all)], { on: onAny(UNAVAILABLE, single), success: done });
    mark(draft, single);
    for (const request of requests) {
      call(draft, 'write', [file, { text: request }, byteLength(request)], { tolerate: UNAVAILABLE });
    }
    mark(draft, done);
    close(draft, file);
    mark(draft, next);
  }
}

/** A cgroup with processes of its own, unless it is the root: passing threaded controllers on, which the kernel allows
 * it, would leave cgroups below it that take no process (`domain invalid`, cgroups(7)). */
function leaveOccupied(draft: SupervisorDraft, path: string, next: Label): void {
  const root = newLabel(draft, 'root');
  const file = { slot: draft.file };
  const byte = reserve(draft, 8);
  const length = newSlot(draft);
  const [empty, occupied] = [newLabel(draft, 'empty'), newLabel(draft, 'occupied')];
  open(draft, `${path}/cgroup.type`, { flags: L.O_RDONLY, on: onAny(UNAVAILABLE, root) });
  close(draft, file);
  open(draft, `${path}/cgroup.procs`, { flags: L.O_RDONLY, on: onAny(UNAVAILABLE, root) });
  call(draft, 'read', [file, { memory: byte }, 1], { result: length, on: onAny(UNAVAILABLE, occupied) });
  branch(draft, { slot: length }, { test: 'equal', operand: 0, to: empty });
  mark(draft, occupied);
  close(draft, file);
  jump(draft, next);
  mark(draft, empty);
  close(draft, file);
  mark(draft, root);
}
