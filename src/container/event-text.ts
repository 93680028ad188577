// Events as lines of JSON, in runc's form (its types/events.go): field names, their order, and what is left out when it
// is zero. Numbers are exact however large. docs/decisions/statistics.md has what nunc adds.

import type { CpuStatistics } from '../cgroup/stats/cpu.ts';
import type { CpusetStatistics } from '../cgroup/stats/cpuset.ts';
import type { HugetlbStatistics } from '../cgroup/stats/hugetlb.ts';
import type { IoEntry, IoStatistics } from '../cgroup/stats/io.ts';
import type { MemoryCounter, MemoryStatistics } from '../cgroup/stats/memory.ts';
import type { Pressure, Stall } from '../cgroup/stats/pressure.ts';
import type { ResctrlStatistics } from '../resctrl/statistics.ts';
import { type Json, printJson } from './print-json.ts';
import type { ContainerStatistics } from './statistics.ts';

/** One line. */
export function oomEvent(id: string): string {
  return `${printJson({ type: 'oom', id })}\n`;
}

/** One line. */
export function statsEvent(id: string, { cgroups, resctrl }: ContainerStatistics): string {
  const { cpu, cpuset, memory, pids, io, hugetlb } = cgroups;
  const data: Json = {
    cpu: describeCpu(cpu),
    cpuset: describeCpuset(cpuset),
    memory: describeMemory(memory),
    pids: { current: unlessZero(pids.current), limit: unlessZero(pids.limit) },
    blkio: describeIo(io),
    hugetlb: Object.fromEntries([...hugetlb].map(([size, pages]) => [size, describeHugetlb(pages)])),
    intel_rdt: resctrl === undefined ? {} : describeResctrl(resctrl),
    // Of interfaces that the runtime itself has made: none, here as with runc.
    network_interfaces: null,
  };
  return `${printJson({ type: 'stats', id, data })}\n`;
}

function unlessZero(value: bigint): bigint | undefined {
  return value === 0n ? undefined : value;
}

function unlessEmpty(values: readonly Json[]): readonly Json[] | undefined {
  return values.length === 0 ? undefined : values;
}

function describePressure(pressure: Pressure | undefined): Json | undefined {
  const describe = ({ avg10, avg60, avg300, total }: Stall): Json => ({ avg10, avg60, avg300, total });
  return pressure && { some: describe(pressure.some), full: describe(pressure.full) };
}

function describeCpu({ usage, bandwidth, pressure }: CpuStatistics): Json {
  const { periods, throttledPeriods, throttledTime, burstPeriods, burstTime } = bandwidth;
  const burst = { burstsPeriods: unlessZero(burstPeriods), burstTime: unlessZero(burstTime) };
  return {
    usage: {
      total: unlessZero(usage.total),
      percpu: unlessEmpty(usage.perCpu),
      percpu_kernel: unlessEmpty(usage.perCpuKernel),
      percpu_user: unlessEmpty(usage.perCpuUser),
      kernel: usage.kernel,
      user: usage.user,
    },
    throttling: {
      periods: unlessZero(periods),
      throttledPeriods: unlessZero(throttledPeriods),
      throttledTime: unlessZero(throttledTime),
    },
    psi: describePressure(pressure),
    burst: burstPeriods === 0n && burstTime === 0n ? undefined : burst,
  };
}

function describeCpuset({ cpus, mems, flags, schedRelaxDomainLevel }: CpusetStatistics): Json {
  const { cpu_exclusive, ...others } = flags;
  return {
    cpus: unlessEmpty(cpus),
    cpu_exclusive,
    mems: unlessEmpty(mems),
    ...others,
    sched_relax_domain_level: schedRelaxDomainLevel,
  };
}

function describeCounter({ limit, usage, max, failures }: MemoryCounter): Json {
  return { limit, usage: unlessZero(usage), max: unlessZero(max), failcnt: failures };
}

function describeMemory(memory: MemoryStatistics): Json {
  // Go prints a map in the order of its keys.
  const raw = [...memory.raw].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    cache: unlessZero(memory.cache),
    usage: describeCounter(memory.memory),
    swap: describeCounter(memory.swap),
    kernel: describeCounter(memory.kernel),
    kernelTCP: describeCounter(memory.kernelTcp),
    raw: raw.length === 0 ? undefined : Object.fromEntries(raw),
    psi: describePressure(memory.pressure),
  };
}

function describeIo({ tables, pressure }: IoStatistics): Json {
  const describe = (entries: readonly IoEntry[] = []): readonly Json[] | undefined => {
    return unlessEmpty(entries.map(({ major, minor, op, value }) => ({
      major: unlessZero(major), minor: unlessZero(minor), op: op || undefined, value: unlessZero(value),
    })));
  };
  return {
    ioServiceBytesRecursive: describe(tables.serviceBytes),
    ioServicedRecursive: describe(tables.serviced),
    ioQueueRecursive: describe(tables.queued),
    ioServiceTimeRecursive: describe(tables.serviceTime),
    ioWaitTimeRecursive: describe(tables.waitTime),
    ioMergedRecursive: describe(tables.merged),
    ioTimeRecursive: describe(tables.time),
    sectorsRecursive: describe(tables.sectors),
    psi: describePressure(pressure),
  };
}

function describeHugetlb({ usage, max, failures }: HugetlbStatistics): Json {
  return { usage: unlessZero(usage), max: unlessZero(max), failcnt: failures };
}

function describeResctrl({ cache, bandwidth, domains, monitorsBandwidth, monitorsCache }: ResctrlStatistics): Json {
  const number = (text = ''): bigint | undefined => (/^\d+$/.test(text) ? unlessZero(BigInt(text)) : undefined);
  return {
    l3_cache_info: cache && {
      cbm_mask: cache.info['cbm_mask'] || undefined,
      min_cbm_bits: number(cache.info['min_cbm_bits']),
      num_closids: number(cache.info['num_closids']),
    },
    l3_cache_schema_root: cache?.rootSchema || undefined,
    l3_cache_schema: cache?.schema || undefined,
    mem_bw_info: bandwidth && {
      bandwidth_gran: number(bandwidth.info['bandwidth_gran']),
      delay_linear: number(bandwidth.info['delay_linear']),
      min_bandwidth: number(bandwidth.info['min_bandwidth']),
      num_closids: number(bandwidth.info['num_closids']),
    },
    mem_bw_schema_root: bandwidth?.rootSchema || undefined,
    mem_bw_schema: bandwidth?.schema || undefined,
    mbm_stats: monitorsBandwidth ? domains.map(({ totalBandwidth, localBandwidth }) => {
      return { mbm_total_bytes: totalBandwidth, mbm_local_bytes: localBandwidth };
    }) : undefined,
    cmt_stats: monitorsCache ? domains.map(({ cacheOccupancy }) => ({ llc_occupancy: cacheOccupancy })) : undefined,
  };
}
