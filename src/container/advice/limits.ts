// Advice on limits with which a container can't be made, or can't do much.

import type { Report } from '../../config/report.ts';
import { advise, type Advised } from './advised.ts';

/** What nunc's own start needs with a static program: docs/performance.md, "Smallest memory limits". */
const LEAST_MEMORY = 192 * 1024;

export function checkMemory({ spec }: Advised, report: Report): void {
  const limit = spec.linux?.resources?.memory?.limit;
  if (limit === undefined || limit <= 0 || limit >= LEAST_MEMORY) return;
  advise(report, '/linux/resources/memory/limit', [`${limit} bytes are too few to start any program`,
    `the smallest static program needs about ${LEAST_MEMORY}, usual ones some MiB`]);
}

/** 0 is written as 1, see docs/decisions/resources.md. */
export function checkPids({ spec }: Advised, report: Report): void {
  const limit = spec.linux?.resources?.pids?.limit;
  if (limit !== 0 && limit !== 1) return;
  advise(report, '/linux/resources/pids/limit', [`with ${limit} the program can start no other process and no thread`,
    '-1 is no limit']);
}

/** In microseconds: kernel/sched/core.c, tg_set_cfs_bandwidth(). */
const LEAST_CPU = 1000;
const LONGEST_PERIOD = 1_000_000;

export function checkCpu({ spec }: Advised, report: Report): void {
  const { quota = 0, period = 0 } = spec.linux?.resources?.cpu ?? {};
  if (quota > 0 && quota < LEAST_CPU) {
    advise(report, '/linux/resources/cpu/quota', [`the kernel refuses ${quota}: at least ${LEAST_CPU} microseconds`]);
  }
  if (period > 0 && (period < LEAST_CPU || period > LONGEST_PERIOD)) {
    advise(report, '/linux/resources/cpu/period',
      [`the kernel refuses ${period}: ${LEAST_CPU} to ${LONGEST_PERIOD} microseconds`]);
  }
}
