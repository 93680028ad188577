// The number of a container's tasks, and its limit.

import type { CgroupPlacement } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { readNumber, readText, UNLIMITED } from './files.ts';

export interface PidsStatistics {
  readonly current: bigint;
  /** 0 is none. */
  readonly limit: bigint;
}

/** @throws NuncError of kind `syscall` */
export function readPids(placement: CgroupPlacement): PidsStatistics {
  const place = cgroupFor(placement, 'pids');
  const current = readNumber(place?.path, 'pids.current');
  if (current === undefined) return { current: place?.version === 2 ? countProcesses(place.path) : 0n, limit: 0n };
  const limit = readNumber(place?.path, 'pids.max') ?? 0n;
  return { current, limit: limit === UNLIMITED ? 0n : limit };
}

/** Without the controller: the processes of the cgroup itself; a threaded one lists threads only. */
function countProcesses(path: string): bigint {
  const text = readText(path, 'cgroup.procs') ?? readText(path, 'cgroup.threads') ?? '';
  return BigInt(text.split('\n').length - 1);
}
