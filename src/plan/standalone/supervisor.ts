// The plan of a file that is a container (nunc compile), as a table of contents. It does what the runtime does for a
// container that runs in the foreground, and has the container's own plan with it as an executable.
//
//   the file                       stage 0                      init
//     │ cgroups, descriptors          │                           │
//     │ clone3, execveat ────────────▶│                           │
//     │                               │ as in launch/rendezvous.ts│
//     │◀─────────────────── report ───┴───────────────────────────│
//     │ id maps, gate, gate ─────────────────────────────────────▶│ execve
//     │ passes signals on, reaps                                  │
//     │◀──────────────────────────────────────────── its end ─────▼
//     │ removes the cgroups
//   exits with its status
//
// The init is its child (CLONE_PARENT) and dies with it (PR_SET_PDEATHSIG). Its failures are explained here, from
// tables of what launch/failure.ts would say. The supervisor's own operations go on there too when they fail.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, call, jump, mark, newLabel, set, tell } from '../draft.ts';
import type { Label, Plan, Slot, Value } from '../operation.ts';
import { RECORD_PID } from '../report.ts';
import { newSupervisorDraft, type SupervisorDraft } from './draft.ts';
import { planFillCgroups } from './fill-cgroups.ts';
import { planFollow, readReport, waitFor } from './follow.ts';
import { planExitStatus, planForeground, planReap, signalOf } from './foreground.ts';
import type { SupervisorInput } from './input.ts';
import { planBirth, planChild, planDescriptors } from './launch.ts';
import { planMakeCgroups } from './make-cgroups.ts';
import { planExplain, tellStories } from './messages.ts';
import { planPrologue } from './prologue.ts';
import { planKillAll, planRemoveCgroups } from './remove-cgroups.ts';
import { say } from './say.ts';
import { planExplainKill, planExplainShortage } from './shortage.ts';

/** Compiles what runs a container from its cgroups to their removal. */
export function compileSupervisor(input: SupervisorInput): Plan {
  const draft = newSupervisorDraft(input);
  const [ended, remove] = [newLabel(draft, 'no-report'), newLabel(draft, 'remove')];
  planPrologue(draft);
  planMakeCgroups(draft);
  planFillCgroups(draft);
  planDescriptors(draft);
  planBirth(draft);
  planFollow(draft, ended);
  planForeground(draft);
  draft.stage = 'cleanup';
  planExitStatus(draft);
  planExplainKill(draft);
  planEnd(draft, remove);
  planFailure(draft, { ended, remove });
  planChild(draft);
  tellStories(draft);
  return {
    operations: draft.operations,
    memory: draft.memory,
    report: input.descriptors.report,
    rescue: { to: draft.ways.explain, record: draft.record },
    firstIndex: input.plan.operations.length,
  };
}

/** Nothing runs any more but what has outlived the init. */
function planEnd(draft: SupervisorDraft, remove: Label): void {
  mark(draft, remove);
  if (draft.input.sharesPids) planKillAll(draft);
  planRemoveCgroups(draft, () => { planReap(draft); });
  tell(draft, '', 'exit');
  call(draft, 'exit_group', [{ load: draft.exit, size: 8 }]);
}

/** A failure is explained, and what there is of the container ended. */
function planFailure(draft: SupervisorDraft, { ended, remove }: { ended: Label; remove: Label }): void {
  const abandon = newLabel(draft, 'abandon');
  mark(draft, ended);
  planUnreported(draft);
  jump(draft, abandon);
  mark(draft, draft.ways.explain);
  planExplain(draft);
  mark(draft, abandon);
  planAbandon(draft);
  set(draft, draft.exit, 1);
  jump(draft, remove);
}

/** The report has ended before the container was created: nobody but wait(2) can say why. */
function planUnreported(draft: SupervisorDraft): void {
  const [early, waited] = [newLabel(draft, 'early'), newLabel(draft, 'waited')];
  const [signaled, killed, said] = [newLabel(draft, 'signaled'), newLabel(draft, 'killed'), newLabel(draft, 'said')];
  tell(draft, '', 'explain a failure');
  branch(draft, holds(draft.init), { test: 'equal', operand: 0, to: early });
  waitFor(draft, draft.init);
  jump(draft, waited);
  mark(draft, early);
  waitFor(draft, draft.stageZero);
  mark(draft, waited);
  branch(draft, signalOf(draft), { mask: 0x7f, test: 'not_equal', operand: 0, to: signaled });
  say(draft, ['cannot create the container: the init ended without a report\n']);
  jump(draft, said);
  mark(draft, signaled);
  branch(draft, signalOf(draft), { mask: 0x7f, test: 'equal', operand: L.SIGKILL, to: killed });
  say(draft, ['cannot create the container: the init was killed by a signal\n']);
  jump(draft, said);
  mark(draft, killed);
  planExplainShortage(draft, said);
  say(draft, [`cannot create the container: the init was killed by signal ${L.SIGKILL}\n`]);
  mark(draft, said);
}

/** What a slot holds, where not every path has written it: 0 then. */
function holds(slot: Slot): Value {
  return { load: slot, size: 8 };
}

/** Ends stage 0 and the init, whichever of them there are. */
function planAbandon(draft: SupervisorDraft): void {
  const { init, stageZero } = draft;
  const [again, drained, alone] = [newLabel(draft, 'drain'), newLabel(draft, 'drained'), newLabel(draft, 'alone')];
  tell(draft, '', 'end the init process');
  endInit(draft);
  branch(draft, holds(stageZero), { test: 'equal', operand: 0, to: alone });
  // Stage 0 can have made an init and then failed to tell its pid.
  planKillAll(draft);
  tell(draft, '', 'end the init process');
  // The report ends when nobody can write to it any more.
  call(draft, 'close', [draft.input.descriptors.report], { tolerate: [errno.EBADF] });
  mark(draft, again);
  // When it was the init that failed, stage 0 is still about to tell its pid.
  readReport(draft, drained);
  branch(draft, { load: draft.record, size: 8 }, { test: 'not_equal', operand: RECORD_PID, to: again });
  set(draft, init, { load: draft.record + 8, size: 8 });
  jump(draft, again);
  mark(draft, drained);
  waitFor(draft, stageZero);
  endInit(draft);
  mark(draft, alone);
}

function endInit(draft: SupervisorDraft): void {
  const none = newLabel(draft, 'no-init');
  branch(draft, holds(draft.init), { test: 'equal', operand: 0, to: none });
  call(draft, 'kill', [holds(draft.init), L.SIGKILL], { tolerate: [errno.ESRCH] });
  waitFor(draft, draft.init);
  mark(draft, none);
}
