// All that the kernel counts for a container's cgroups, as plain data whatever the version. Printing it is for others.

import type { CgroupPlacement } from '../driver.ts';
import { type CpuStatistics, readCpu } from './cpu.ts';
import { type CpusetStatistics, readCpuset } from './cpuset.ts';
import { type HugetlbStatistics, readHugetlb } from './hugetlb.ts';
import { type IoStatistics, readIo } from './io.ts';
import { type MemoryStatistics, readMemory } from './memory.ts';
import { type PidsStatistics, readPids } from './pids.ts';

export interface Statistics {
  readonly cpu: CpuStatistics;
  readonly cpuset: CpusetStatistics;
  readonly memory: MemoryStatistics;
  readonly pids: PidsStatistics;
  readonly io: IoStatistics;
  /** By page size. */
  readonly hugetlb: ReadonlyMap<string, HugetlbStatistics>;
}

/** Zeros and empty lists for what this kernel, or this placement, does not have. @throws NuncError of kind `syscall` */
export function readStatistics(placement: CgroupPlacement): Statistics {
  return {
    cpu: readCpu(placement),
    cpuset: readCpuset(placement),
    memory: readMemory(placement),
    pids: readPids(placement),
    io: readIo(placement),
    hugetlb: readHugetlb(placement),
  };
}
