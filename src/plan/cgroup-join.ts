// How the init gets into its cgroups. Decision: docs/decisions/join.md.
//
// v2: clone3(2) makes it there. v1: it writes itself into `tasks`, which a single thread may do without the grace
// period that cgroup.procs costs. Stage 0 opens the files, while they can be reached and with the runtime's rights; the
// write is the first that the init does, so that neither stage 0 nor what making a process and its namespaces takes
// counts against the container's limits, as with v2.

import * as L from '../linux/constants.ts';
import type { CreateInput, ProcessDraft } from './create-draft.ts';
import { call, close, HERE, newSlot, tell } from './draft.ts';
import type { Slot } from './operation.ts';

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

/** In the process that is to be in them. */
export function planCgroupJoin(draft: JoiningDraft): void {
  for (const { path, descriptor } of draft.openCgroups) {
    tell(draft, ORIGIN, `join the cgroup ${JSON.stringify(path)}`);
    call(draft, 'write', [{ slot: descriptor }, { text: '0' }, 1]);
    close(draft, { slot: descriptor });
  }
}
