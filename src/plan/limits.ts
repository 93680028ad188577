// Resource limits of the process (process.rlimits) and its out-of-memory score.

import type { Process, Rlimit } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { RLIMITS } from '../linux/limits.ts';
import type { ProcessDraft } from './create-draft.ts';
import { call, tell } from './draft.ts';
import { writeFile } from './files.ts';
import type { Address } from './operation.ts';

/** Config values from here on mean RLIM_INFINITY: what JSON numbers make of 2^64 - 1. */
const INFINITY = 2 ** 64 - 2 ** 11;

function limitWord(value: number): number {
  return value >= INFINITY ? -1 : value;
}

/** struct rlimit64 of an entry of process.rlimits, with another soft limit if one is given. */
function limitOf({ input }: ProcessDraft, index: number, { soft, hard }: Rlimit): Address {
  const exact = input.exactLimits?.[index];
  if (exact === undefined) return { words: [limitWord(soft), limitWord(hard)] };
  return exactLimit(exact.soft, exact.hard);
}

function exactLimit(soft: bigint, hard: bigint): Address {
  return { bytes: new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, soft), hard).buffer) };
}

/** The soft limit that there is, which may be none (-1), with the hard limit of an entry. */
function raised({ input }: ProcessDraft, index: number, { soft, hard }: Rlimit): Address {
  const exact = input.exactLimits?.[index];
  return exact === undefined ? { words: [soft, limitWord(hard)] } : exactLimit(BigInt(soft), exact.hard);
}

function isAbove(value: number, current: number): boolean {
  if (current === -1) return false;
  return limitWord(value) === -1 || value > current;
}

function tellLimit(draft: ProcessDraft, index: number, limit: Rlimit): void {
  const { soft, hard } = draft.input.exactLimits?.[index] ?? limit;
  tell(draft, `/process/rlimits/${index}`, `set ${limit.type} to ${soft}:${hard}`);
}

/** Stage 0, with the host's privileges: hard limits above the runtime's own are raised here, because a process in a
 * user namespace can't. Lowering waits for planLimits. */
export function planRaisedLimits(draft: ProcessDraft, process: Process): void {
  const limits = process.rlimits ?? [];
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i] as Rlimit;
    const current = draft.input.facts.limits[limit.type];
    if (current === undefined || !isAbove(limit.hard, current.hard)) continue;
    tellLimit(draft, i, limit);
    const limits64 = raised(draft, i, { ...limit, soft: current.soft });
    call(draft, 'prlimit64', [0, RLIMITS[limit.type] ?? 0, limits64, 0]);
  }
}

/** The init: the exact limits, and RLIMIT_NOFILE as the runtime's caller had it, which the engine has changed. */
export function planLimits(draft: ProcessDraft, process: Pick<Process, 'rlimits'>): void {
  const limits = process.rlimits ?? [];
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i] as Rlimit;
    tellLimit(draft, i, limit);
    call(draft, 'prlimit64', [0, RLIMITS[limit.type] ?? 0, limitOf(draft, i, limit), 0]);
  }
  if (draft.input.standalone === true) return;
  const inherited = draft.input.facts.limits['RLIMIT_NOFILE'];
  if (inherited === undefined || limits.some((limit) => limit.type === 'RLIMIT_NOFILE')) return;
  tell(draft, '', 'restore RLIMIT_NOFILE');
  const words = [inherited.soft, inherited.hard];
  call(draft, 'prlimit64', [0, RLIMITS['RLIMIT_NOFILE'] ?? 0, { words }, 0]);
}

/** Stage 0: children inherit the score, and lowering it needs the host's privileges. */
export function planOomScore(draft: ProcessDraft, process: Process): void {
  if (process.oomScoreAdj === undefined) return;
  tell(draft, '/process/oomScoreAdj', `set the OOM score adjustment to ${process.oomScoreAdj}`);
  writeFile(draft, '/proc/self/oom_score_adj', `${process.oomScoreAdj}`);
  if (process.oomScoreAdj !== L.OOM_SCORE_ADJ_MIN) return;
  // Or an init whose memory limit is too low would fault for ever. The runtime sets it again when all is done.
  tell(draft, '/process/oomScoreAdj', 'stay within reach of the OOM killer until the container is created');
  writeFile(draft, '/proc/self/oom_score_adj', `${L.OOM_SCORE_ADJ_MIN + 1}`);
}
