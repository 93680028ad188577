// How many of a container's processes the kernel has killed because its memory limit was reached. Knows nothing of how
// one is told of it: watch-oom.ts.

import { readFileSync } from 'node:fs';
import type { CgroupPlacement } from './driver.ts';

/**
 * The file that counts the kills, and the line of it: v2 counts those below a cgroup too, v1 only its own.
 * undefined when no cgroup of the placement is one of the memory controller's.
 */
export function oomCounterOf({ cgroups, mode }: CgroupPlacement): string | undefined {
  for (const { version, controllers, path } of cgroups) {
    if (version === 1 && controllers.includes('memory')) return `${path}/memory.oom_control`;
    if (version === 2 && mode === 'v2') return `${path}/memory.events`;
  }
  return undefined;
}

/** The number in the line `oom_kill` of memory.events or, since Linux 4.13, memory.oom_control; 0 without one. */
export function parseOomKills(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Processes of the container that were killed for want of memory; 0 when that can't be read. */
export function oomKills(placement: CgroupPlacement): number {
  const file = oomCounterOf(placement);
  if (file === undefined) return 0;
  try {
    return parseOomKills(readFileSync(file, 'latin1'));
  } catch {
    // The cgroup is gone, or has no memory controller.
    return 0;
  }
}
