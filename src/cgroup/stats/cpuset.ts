// The CPUs and memory nodes of a container, and v1's flags of its cpuset (cpuset(7)). On v2 runc has none of them, nor
// has nunc.

import type { CgroupPlacement } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { parseNumber, readText } from './files.ts';

/** Names of the files, less "cpuset.", in the order in which they are printed. */
const FLAGS = [
  'cpu_exclusive', 'mem_hardwall', 'mem_exclusive', 'memory_migrate', 'memory_spread_page', 'memory_spread_slab',
  'memory_pressure', 'sched_load_balance',
] as const;

export type CpusetFlag = typeof FLAGS[number];

export interface CpusetStatistics {
  readonly cpus: readonly number[];
  readonly mems: readonly number[];
  readonly flags: Readonly<Record<CpusetFlag, bigint>>;
  /** -1 is the system's. */
  readonly schedRelaxDomainLevel: number;
}

/** @throws NuncError of kind `syscall` */
export function readCpuset(placement: CgroupPlacement): CpusetStatistics {
  const place = cgroupFor(placement, 'cpuset');
  const path = place?.version === 1 ? place.path : undefined;
  const read = (name: string): string => readText(path, `cpuset.${name}`) ?? '';
  const flags = Object.fromEntries(FLAGS.map((flag) => [flag, parseNumber(read(flag))]));
  return {
    cpus: parseRanges(read('cpus')),
    mems: parseRanges(read('mems')),
    flags: flags as Record<CpusetFlag, bigint>,
    schedRelaxDomainLevel: Number(read('sched_relax_domain_level').trim()),
  };
}

/** "0-2,7" is 0, 1, 2, 7. */
export function parseRanges(text: string): number[] {
  const numbers: number[] = [];
  for (const range of text.trim().split(',')) {
    const [first = '', last = first] = range.split('-');
    if (first === '') continue;
    for (let number = Number(first); number <= Number(last); number++) numbers.push(number);
  }
  return numbers;
}
