// CPU time and throttling: v1's cpuacct and cpu, v2's cpu.stat, which is there without the controller too.

import type { CgroupPlacement, PlacedCgroup } from '../driver.ts';
import { cgroupFor } from '../placement.ts';
import { parseKeyed, parseNumber, readNumber, readText, unifiedOf } from './files.ts';
import { type Pressure, readPressure } from './pressure.ts';

/** Times are in nanoseconds. */
export interface CpuUsage {
  readonly total: bigint;
  readonly kernel: bigint;
  readonly user: bigint;
  /** By CPU; empty on v2. */
  readonly perCpu: readonly bigint[];
  readonly perCpuKernel: readonly bigint[];
  readonly perCpuUser: readonly bigint[];
}

/** Of the bandwidth limit, sched-bwc.rst. Times are in nanoseconds. */
interface Bandwidth {
  readonly periods: bigint;
  readonly throttledPeriods: bigint;
  readonly throttledTime: bigint;
  /** Periods in which more than the quota was used, since Linux 5.15, and the time beyond it. */
  readonly burstPeriods: bigint;
  readonly burstTime: bigint;
}

export interface CpuStatistics {
  readonly usage: CpuUsage;
  readonly bandwidth: Bandwidth;
  readonly pressure: Pressure | undefined;
}

const MICROSECOND = 1000n;
/** USER_HZ is 100 on every architecture that nunc knows. */
const TICK = 10_000_000n;

/** @throws NuncError of kind `syscall` */
export function readCpu(placement: CgroupPlacement): CpuStatistics {
  return {
    usage: readUsage(cgroupFor(placement, 'cpuacct')),
    bandwidth: readBandwidth(cgroupFor(placement, 'cpu')),
    pressure: readPressure(unifiedOf(placement), 'cpu.pressure'),
  };
}

function readUsage(place: PlacedCgroup | undefined): CpuUsage {
  const path = place?.path;
  if (place?.version !== 1) return parseUsage(readText(path, 'cpu.stat') ?? '');
  const ticks = parseKeyed(readText(path, 'cpuacct.stat') ?? '');
  const [perCpuUser, perCpuKernel] = parseUsageAll(readText(path, 'cpuacct.usage_all') ?? '');
  return {
    total: readNumber(path, 'cpuacct.usage') ?? 0n,
    kernel: (ticks.get('system') ?? 0n) * TICK,
    user: (ticks.get('user') ?? 0n) * TICK,
    perCpu: parseList(readText(path, 'cpuacct.usage_percpu') ?? ''),
    perCpuKernel,
    perCpuUser,
  };
}

/** v2's cpu.stat. */
export function parseUsage(text: string): CpuUsage {
  const values = parseKeyed(text);
  const time = (key: string): bigint => (values.get(key) ?? 0n) * MICROSECOND;
  return {
    total: time('usage_usec'), kernel: time('system_usec'), user: time('user_usec'),
    perCpu: [], perCpuKernel: [], perCpuUser: [],
  };
}

function parseList(text: string): bigint[] {
  return text.split(/\s+/).filter((word) => word !== '').map(parseNumber);
}

/** Lines "cpu user system" under a heading. */
export function parseUsageAll(text: string): [user: bigint[], kernel: bigint[]] {
  const [user, kernel]: [bigint[], bigint[]] = [[], []];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.split(' ');
    if (fields.length !== 3) continue;
    user.push(parseNumber(fields[1] ?? ''));
    kernel.push(parseNumber(fields[2] ?? ''));
  }
  return [user, kernel];
}

function readBandwidth(place: PlacedCgroup | undefined): Bandwidth {
  return parseBandwidth(readText(place?.path, 'cpu.stat') ?? '');
}

/** Of cpu.stat: v1's times are in nanoseconds, v2's, named otherwise, in microseconds. */
export function parseBandwidth(text: string): Bandwidth {
  const values = parseKeyed(text);
  const time = (key: string): bigint => values.get(`${key}_time`) ?? (values.get(`${key}_usec`) ?? 0n) * MICROSECOND;
  return {
    periods: values.get('nr_periods') ?? 0n,
    throttledPeriods: values.get('nr_throttled') ?? 0n,
    throttledTime: time('throttled'),
    burstPeriods: values.get('nr_bursts') ?? 0n,
    burstTime: time('burst'),
  };
}
