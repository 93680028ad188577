// memory → v2's memory controller (admin-guide/cgroup-v2.rst). Pure.

import type { LinuxResources, MemoryResources } from '../../config/types.ts';
import { asked, type Draft, isUnlimited, NO_EQUIVALENT, refuse, wish } from '../draft.ts';

/** -1 as an unsigned number is what old managers write for absent. */
const ABSENT_SWAPPINESS = 2 ** 64;

export function planMemory({ memory }: LinuxResources, draft: Draft): void {
  if (memory === undefined) return;
  planLimit(memory, draft);
  planSwap(memory, draft);
  const reservation = asked(draft, 'memory/reservation', memory.reservation);
  if (reservation !== undefined) {
    // All of it is protected: what is never above v1's soft limit is not reclaimed first either.
    const value = isUnlimited(reservation) ? 'max' : String(reservation);
    wish(draft, 'memory/reservation', { file: 'memory.low', value });
  }
  refuseOthers(memory, draft);
}

function planLimit({ limit, checkBeforeUpdate }: MemoryResources, draft: Draft): void {
  const bytes = asked(draft, 'memory/limit', limit);
  if (bytes === undefined) return;
  if (isUnlimited(bytes)) {
    wish(draft, 'memory/limit', { file: 'memory.max', value: 'max', isDefault: true });
    return;
  }
  const check = checkBeforeUpdate === true ? { notBelow: 'memory.current' } : {};
  wish(draft, 'memory/limit', { file: 'memory.max', value: String(bytes), ...check });
}

/** memory.swap.max has what a config has in `swap` beyond `limit`. */
function planSwap(memory: MemoryResources, draft: Draft): void {
  const file = 'memory.swap.max';
  const limit = asked(draft, 'memory/limit', memory.limit);
  const swap = asked(draft, 'memory/swap', memory.swap);
  if (swap === undefined) {
    // No limit of memory is none of memory and swap, as today's runtimes have it.
    if (limit !== undefined && isUnlimited(limit)) {
      wish(draft, 'memory/limit', { file, value: 'max', isDefault: true });
    }
    return;
  }
  if (isUnlimited(swap)) {
    wish(draft, 'memory/swap', { file, value: 'max', isDefault: true });
    return;
  }
  const beyond = swapBeyond(swap, limit ?? presentLimit(draft), draft);
  if (beyond === undefined) return;
  const check = memory.checkBeforeUpdate === true ? { notBelow: 'memory.swap.current' } : {};
  // Where swap isn't counted none is needed to have none.
  wish(draft, 'memory/swap', { file, value: String(beyond), ...check, ...(beyond === 0n ? { optional: true } : {}) });
}

function swapBeyond(swap: bigint, limit: bigint | undefined, draft: Draft): bigint | undefined {
  if (limit === undefined) {
    refuse(draft, 'memory/swap', 'unable to set swap limit without memory limit');
    return undefined;
  }
  // As it is, where memory has no limit to subtract.
  if (isUnlimited(limit)) return swap;
  if (swap >= limit) return swap - limit;
  refuse(draft, 'memory/swap', `${swap} for memory and swap together is less than the limit ${limit} of memory`);
  return undefined;
}

/** An update may change one of the two. */
function presentLimit({ present }: Draft): bigint | undefined {
  return /^\d+$/.test(present?.memoryMax ?? '') ? BigInt(present?.memoryMax ?? 0) : undefined;
}

/** What is asked for and has no file. useHierarchy is what v2 always does. */
function refuseOthers(memory: MemoryResources, draft: Draft): void {
  for (const key of ['kernel', 'kernelTCP'] as const) {
    const bytes = asked(draft, `memory/${key}`, memory[key]);
    if (bytes !== undefined && !isUnlimited(bytes)) refuse(draft, `memory/${key}`, NO_EQUIVALENT);
  }
  if ((memory.swappiness ?? ABSENT_SWAPPINESS) < ABSENT_SWAPPINESS) refuse(draft, 'memory/swappiness', NO_EQUIVALENT);
  if (memory.disableOOMKiller === true) refuse(draft, 'memory/disableOOMKiller', NO_EQUIVALENT);
}
