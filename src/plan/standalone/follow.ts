// The runtime's part of the rendezvous (launch/rendezvous.ts has the drawing): follows the init's report until its
// program runs. Nothing of the container's asks for more than this: what would is refused when it is compiled.

import * as L from '../../linux/constants.ts';
import { errno } from '../../linux/errno.ts';
import { branch, call, jump, mark, newLabel, newSlot, set, tell } from '../draft.ts';
import type { Label, Slot, Value } from '../operation.ts';
import { RECORD_CREATED, RECORD_PID, RECORD_SIZE } from '../report.ts';
import { readerOf, type SupervisorDraft } from './draft.ts';
import { planWrites } from './fill-cgroups.ts';
import { openProcess, planIdMaps, writeProcessFile } from './process-files.ts';

/** @param ended where to go on when the report ends before the container is created */
export function planFollow(draft: SupervisorDraft, ended: Label): void {
  const created = newSlot(draft);
  const [again, born, check] = [newLabel(draft, 'record'), newLabel(draft, 'born'), newLabel(draft, 'check')];
  const kind: Value = { load: draft.record, size: 8 };
  tell(draft, '', 'follow the init process');
  set(draft, created, 0);
  set(draft, draft.init, 0);
  mark(draft, again);
  readReport(draft, ended);
  branch(draft, kind, { test: 'equal', operand: RECORD_PID, to: born });
  branch(draft, kind, { test: 'not_equal', operand: RECORD_CREATED, to: draft.ways.explain });
  set(draft, created, 1);
  jump(draft, check);
  mark(draft, born);
  planBorn(draft);
  mark(draft, check);
  // On a busy machine CREATED can come before PID.
  branch(draft, { slot: created }, { test: 'equal', operand: 0, to: again });
  branch(draft, { slot: draft.init }, { test: 'equal', operand: 0, to: again });
  planStart(draft);
}

/** Reads a record; goes on at `ended` when nobody can write one any more. */
export function readReport(draft: SupervisorDraft, ended: Label): void {
  call(draft, 'read', [readerOf(draft), { memory: draft.record }, RECORD_SIZE], { result: draft.count });
  branch(draft, { slot: draft.count }, { test: 'equal', operand: 0, to: ended });
}

/** The init is there: stage 0 has done its part. */
function planBorn(draft: SupervisorDraft): void {
  const { idMaps, outOfReach } = draft.input;
  set(draft, draft.init, { load: draft.record + 8, size: 8 });
  waitFor(draft, draft.stageZero);
  if (idMaps === undefined && !outOfReach) return;
  openProcess(draft);
  if (idMaps === undefined) return;
  planIdMaps(draft, idMaps);
  tell(draft, '', 'let the init process go on');
  openGate(draft);
}

/** What waits for the init to be all set up, then the start; the report ends with a successful execve(2). */
function planStart(draft: SupervisorDraft): void {
  const { lateWrites, outOfReach } = draft.input;
  const running = newLabel(draft, 'running');
  planWrites(draft, lateWrites);
  if (outOfReach) {
    const score = String(L.OOM_SCORE_ADJ_MIN);
    tell(draft, '/process/oomScoreAdj', `set the OOM score adjustment to ${score}`);
    writeProcessFile(draft, 'oom_score_adj', score);
  }
  tell(draft, '', 'start the container');
  openGate(draft);
  readReport(draft, running);
  jump(draft, draft.ways.explain);
  mark(draft, running);
}

function openGate(draft: SupervisorDraft): void {
  call(draft, 'write', [draft.input.descriptors.gate, { text: '1' }, 1]);
}

/** Waits for a child's end, and forgets its pid. */
export function waitFor(draft: SupervisorDraft, process: Slot): void {
  call(draft, 'wait4', [{ load: process, size: 8 }, { memory: draft.status }, 0, 0], { tolerate: [errno.ECHILD] });
  set(draft, process, 0);
}
