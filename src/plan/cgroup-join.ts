// How the init gets into its cgroups. Decision: docs/decisions/join.md.
//
// v2: clone3(2) makes it there. v1: it writes itself into `tasks`, which a single thread may do without the grace
// period that cgroup.procs costs. Stage 0 opens the files, while they can be reached and with the runtime's rights; the
// write is the first that the init does, so that neither stage 0 nor what making a process and its namespaces takes
// counts against the container's limits, as with v2.

import * as L from '../linux/constants.ts';
import type { CreateInput, ProcessDraft } from './create-draft.ts';
import { call, close, EMPTY, HERE, newSlot, tell } from './draft.ts';
import type { Slot, Value } from './operation.ts';

const ORIGIN = '/linux/cgroupsPath';

export interface JoiningDraft extends ProcessDraft {
  readonly input: ProcessDraft['input'] & Pick<CreateInput, 'cgroups'>;
  /** The `tasks` files of the v1 cgroups that are to be joined. */
  readonly openCgroups: { readonly path: string; readonly descriptor: Slot }[];
}

/** In stage 0, before any namespace is joined. */
export function openCgroups(draft: JoiningDraft): void {
  for (const { version, path } of draft.input.cgroups) {
    if (version === 2) continue;
    const descriptor = newSlot(draft);
    tell(draft, ORIGIN, `open the cgroup ${JSON.stringify(path)}`);
    call(draft, 'openat', [HERE, { text: `${path}/tasks` }, L.O_WRONLY | L.O_CLOEXEC], { result: descriptor });
    draft.openCgroups.push({ path, descriptor });
  }
}

const READ_ONLY = { words: [L.MOUNT_ATTR_RDONLY, 0, 0, 0] };

/** Puts a mount that has nothing but the cgroup, and that nobody can write to, in the place of a v2 cgroup's directory:
 * a process with this descriptor is seen by others in the container, and CAP_SYS_PTRACE over the host's user namespace,
 * which they may have, is the right to take it. From the host's mount ".." would lead to all of the host. */
export function confineCgroup(draft: ProcessDraft, descriptor: number): void {
  const slot = newSlot(draft);
  const mount: Value = { slot };
  tell(draft, ORIGIN, "confine the descriptor of the container's cgroup");
  const flags = L.AT_EMPTY_PATH | L.OPEN_TREE_CLONE | L.OPEN_TREE_CLOEXEC;
  call(draft, 'open_tree', [descriptor, EMPTY, flags], { result: slot });
  call(draft, 'mount_setattr', [mount, EMPTY, L.AT_EMPTY_PATH, READ_ONLY, L.MOUNT_ATTR_SIZE]);
  call(draft, 'dup3', [mount, descriptor, L.O_CLOEXEC]);
  close(draft, mount);
}

/** In the process that is to be in them. */
export function planCgroupJoin(draft: JoiningDraft): void {
  for (const { path, descriptor } of draft.openCgroups) {
    tell(draft, ORIGIN, `join the cgroup ${JSON.stringify(path)}`);
    call(draft, 'write', [{ slot: descriptor }, { text: '0' }, 1]);
    close(draft, { slot: descriptor });
  }
}
