// From a process inside the container to the user's program: what process says of it, in the order in which rights are
// given up. Knows nothing of how the process got there.

import type { Process } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import type { ProgramDraft } from './create-draft.ts';
import {
  grantCapabilities, planBoundingSet, planCapabilitySets, planIds, planStdioOwner,
} from './credentials.ts';
import { call, tell } from './draft.ts';
import { endWithRuntime, keepTraceable, planCloseSetUp } from './init.ts';
import { planLimits } from './limits.ts';
import {
  planCloseOnExecute, planEnterAsRoot, planEnterAsUser, planEnvironment, planExecute, planFindProgram,
} from './process.ts';
import { planIoPriority, planMemoryPolicy, planScheduler } from './scheduling.ts';
import { planFilter, planListener, prepareFilter, withFilterCapability } from './seccomp.ts';
import { reportStamps, reportStart, stamp, type StartStamps } from './stamps.ts';

interface ProgramOptions {
  /** Plans what tells the runtime that nothing but the execution is left, and waits for its go-ahead if that is to be.
   *
   * @param filtered whether a seccomp filter is in force, which may allow nothing but execve(2)
   * @returns where the start's times go, if it takes any */
  readonly ready: (filtered: boolean) => StartStamps | undefined;
  /** Whether others are in the container already, for whom the process must not be traceable until it is confined. */
  readonly joins: boolean;
}

/** The last part of a plan. The root is the container's. */
export function planProgram(draft: ProgramDraft, process: Process, { ready, joins }: ProgramOptions): void {
  const environment = planEnvironment(draft, process);
  const filter = prepareFilter(draft);
  if (process.noNewPrivileges === true) {
    tell(draft, '/process/noNewPrivileges', 'set no_new_privs');
    call(draft, 'prctl', [L.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
  }
  planScheduler(draft, process);
  planIoPriority(draft, process);
  planPersonality(draft);
  planMemoryPolicy(draft);
  if (process.terminal !== true) planStdioOwner(draft, process);
  planLimits(draft, process);
  const granted = grantCapabilities(draft, process);
  const pending = planEnterAsRoot(draft, process);
  planBoundingSet(draft, granted);
  planIds(draft, process);
  if (joins) endWithRuntime(draft);
  else keepTraceable(draft);
  planCapabilitySets(draft, withFilterCapability(draft, process, granted));
  planEnterAsUser(draft, process, pending);
  tell(draft, '/process/user/umask', 'set the file mode creation mask');
  call(draft, 'umask', [process.user?.umask ?? 0o022]);
  const program = planFindProgram(draft, process);
  planCloseSetUp(draft);
  stamp(draft, 'become the user');
  reportStamps(draft);
  if (filter?.notifies === true) {
    // The runtime takes the listener out of the process, in which only pipes to itself are left to find.
    if (joins) keepTraceable(draft);
    planListener(draft, process, filter);
  }
  const started = ready(filter?.notifies === true);
  draft.stage = 'start';
  planCloseOnExecute(draft);
  if (started !== undefined) reportStart(draft, started);
  if (filter?.notifies === false) planFilter(draft, process, filter);
  planExecute(draft, process, { program, environment });
}

function planPersonality(draft: ProgramDraft): void {
  const domain = draft.input.spec.linux?.personality?.domain;
  if (domain === undefined) return;
  tell(draft, '/linux/personality', `set the execution domain ${domain}`);
  call(draft, 'personality', [domain === 'LINUX32' ? L.PER_LINUX32 : L.PER_LINUX]);
}
