// v1's realtime budgets: a cgroup can have no more realtime than the cgroup above it has, shared with its siblings, and
// a new one has none (scheduler/sched-rt-group.rst). Parents that a nunc has made get what their children need; others
// have what somebody gave them.

import { readFileSync, writeFileSync } from 'node:fs';
import { isMarked, parentOf } from '../directory.ts';
import type { Failure } from '../explain.ts';
import { childrenOf } from '../tree.ts';

const RUNTIME = 'cpu.rt_runtime_us';
const PERIOD = 'cpu.rt_period_us';

/** Gives the parents of a cgroup that was refused realtime what it needs. @returns whether any got more */
export function raiseBudgets(failures: readonly Failure[]): boolean {
  const failure = failures.find(({ file }) => file === RUNTIME);
  if (failure === undefined) return false;
  const { cgroup: { path, mountpoint }, value } = failure;
  return raise(path, mountpoint, Number(value) / readNumber(`${path}/${PERIOD}`));
}

/** @param share the part of all time that the cgroup is to have; written top down: none has more than its parent */
function raise(path: string, mountpoint: string, share: number): boolean {
  const parent = parentOf(path);
  if (parent === mountpoint || !isMarked(parent)) return false;
  let needed = share;
  for (const sibling of childrenOf(parent)) if (sibling !== path) needed += shareOf(String(sibling));
  if (needed <= shareOf(parent)) return false;
  raise(parent, mountpoint, needed);
  try {
    const runtime = Math.ceil(needed * readNumber(`${parent}/${PERIOD}`));
    writeFileSync(`${parent}/${RUNTIME}`, String(runtime), { flag: 'r+' });
    return true;
  } catch {
    // The cgroup itself is refused once more, which says why.
    return false;
  }
}

function shareOf(path: string): number {
  return readNumber(`${path}/${RUNTIME}`) / (readNumber(`${path}/${PERIOD}`) || 1);
}

function readNumber(file: string): number {
  try {
    return Number(readFileSync(file, 'latin1'));
  } catch {
    // Gone meanwhile: it needs none.
    return 0;
  }
}
