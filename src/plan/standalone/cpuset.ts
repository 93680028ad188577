// v1's cpuset: a new cgroup has no CPUs and no memory nodes, and refuses processes until it has (cpusets(7)). Takes
// them over from the cgroup above, as cgroup/v1/cpuset.ts does.

import * as L from '../../linux/constants.ts';
import { branch, call, close, jump, mark, newLabel, newSlot, reserve } from '../draft.ts';
import { open, type SupervisorDraft } from './draft.ts';
import type { StandaloneCgroup } from './input.ts';
import { parentsOf } from './make-cgroups.ts';

/** As much as the kernel shows at once of a list that is not absurd. */
const LIST_SIZE = 4096;

export function planCpuset(draft: SupervisorDraft, cgroup: StandaloneCgroup): void {
  const levels = [...parentsOf(cgroup).reverse(), cgroup.path];
  for (const name of ['cpuset.cpus', 'cpuset.mems']) inherit(draft, name, [cgroup.mountpoint, ...levels]);
}

function inherit(draft: SupervisorDraft, name: string, levels: readonly string[]): void {
  const [list, scratch] = [reserve(draft, LIST_SIZE), reserve(draft, LIST_SIZE)];
  const [length, found] = [newSlot(draft), newSlot(draft)];
  const file = { slot: draft.file };
  levels.forEach((path, level) => {
    const [empty, done] = [newLabel(draft, 'empty'), newLabel(draft, 'inherited')];
    open(draft, `${path}/${name}`, { flags: level === 0 ? L.O_RDONLY : L.O_RDWR });
    if (level > 0) {
      call(draft, 'pread64', [file, { memory: scratch }, LIST_SIZE, 0], { result: found });
      // Nothing but a newline.
      branch(draft, { slot: found }, { test: 'equal', operand: 1, to: empty });
      branch(draft, { slot: found }, { test: 'equal', operand: 0, to: empty });
    }
    call(draft, 'pread64', [file, { memory: list }, LIST_SIZE, 0], { result: length });
    if (level > 0) {
      jump(draft, done);
      mark(draft, empty);
      call(draft, 'write', [file, { memory: list }, { slot: length }]);
      mark(draft, done);
    }
    close(draft, file);
  });
}
