// The form is runc's: the first expected text is what runc 1.1.5 printed for the container whose numbers these are.

import { expect, test } from 'vitest';
import type { Statistics } from '../../../src/cgroup/stats/statistics.ts';
import { oomEvent, statsEvent } from '../../../src/container/event-text.ts';

const none = { limit: 0n, usage: 0n, max: 0n, failures: 0n };
const statistics: Statistics = {
  cpu: {
    usage: { total: 50_000_000n, kernel: 0n, user: 50_000_000n, perCpu: [], perCpuKernel: [], perCpuUser: [] },
    bandwidth: { periods: 2n, throttledPeriods: 0n, throttledTime: 0n, burstPeriods: 0n, burstTime: 0n },
    pressure: undefined,
  },
  cpuset: {
    cpus: [],
    mems: [],
    flags: {
      cpu_exclusive: 0n, mem_hardwall: 0n, mem_exclusive: 0n, memory_migrate: 0n, memory_spread_page: 0n,
      memory_spread_slab: 0n, memory_pressure: 0n, sched_load_balance: 0n,
    },
    schedRelaxDomainLevel: 0,
  },
  memory: {
    cache: 491520n,
    memory: { ...none, limit: 67108864n, usage: 753664n },
    swap: { ...none, limit: 134217728n, usage: 753664n },
    kernel: none,
    kernelTcp: none,
    raw: new Map([['file', 491520n], ['anon', 49152n]]),
    pressure: undefined,
  },
  pids: { current: 1n, limit: 50n },
  io: { tables: {}, pressure: undefined },
  hugetlb: new Map([['2MB', { usage: 0n, max: 0n, failures: 0n }]]),
};

test("statsEvent() is runc's", () => {
  expect(statsEvent('a', { cgroups: statistics, resctrl: undefined })).toBe(
    '{"type":"stats","id":"a","data":{"cpu":{"usage":{"total":50000000,"kernel":0,"user":50000000},"throttling":' +
      '{"periods":2}},"cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,' +
      '"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,' +
      '"sched_relax_domain_level":0},"memory":{"cache":491520,"usage":{"limit":67108864,"usage":753664,"failcnt":0},' +
      '"swap":{"limit":134217728,"usage":753664,"failcnt":0},"kernel":{"limit":0,"failcnt":0},' +
      '"kernelTCP":{"limit":0,"failcnt":0},"raw":{"anon":49152,"file":491520}},"pids":{"current":1,"limit":50},' +
      '"blkio":{},"hugetlb":{"2MB":{"failcnt":0}},"intel_rdt":{},"network_interfaces":null}}\n',
  );
});

test('statsEvent() keeps the last digit of the largest numbers', () => {
  const memory = { ...statistics.memory, memory: { ...none, limit: 18446744073709551615n, usage: 9007199254740993n } };
  expect(statsEvent('a', { cgroups: { ...statistics, memory }, resctrl: undefined })).toContain(
    '"usage":{"limit":18446744073709551615,"usage":9007199254740993,"failcnt":0}',
  );
});

test('statsEvent() has stalls, bursts and block devices', () => {
  const stall = { avg10: 1.5, avg60: 0.25, avg300: 0, total: 7n };
  const pressure = { some: stall, full: { ...stall, avg10: 0 } };
  const { cpu, io } = statistics;
  const entry = { major: 8n, minor: 0n, op: 'Read', value: 4096n };
  const text = statsEvent('a', {
    cgroups: {
      ...statistics,
      cpu: { ...cpu, pressure, bandwidth: { ...cpu.bandwidth, burstPeriods: 3n, burstTime: 4000n } },
      io: { ...io, tables: { queued: [entry], time: [{ ...entry, op: '' }] } },
    },
    resctrl: undefined,
  });
  expect(text).toContain(
    '"psi":{"some":{"avg10":1.5,"avg60":0.25,"avg300":0,"total":7},' +
      '"full":{"avg10":0,"avg60":0.25,"avg300":0,"total":7}},' +
      '"burst":{"burstsPeriods":3,"burstTime":4000}}',
  );
  expect(text).toContain(
    '"blkio":{"ioQueueRecursive":[{"major":8,"op":"Read","value":4096}],"ioTimeRecursive":[{"major":8,"value":4096}]}',
  );
});

test('statsEvent() has what resctrl tells', () => {
  const resctrl = {
    cache: {
      info: { cbm_mask: 'fffff', min_cbm_bits: '1', num_closids: '16' },
      rootSchema: 'L3:0=fffff', schema: 'L3:0=ff',
    },
    bandwidth: {
      info: { bandwidth_gran: '10', delay_linear: '1', min_bandwidth: '10', num_closids: '8' },
      rootSchema: 'MB:0=100', schema: 'MB:0=50',
    },
    monitorsBandwidth: true,
    monitorsCache: true,
    domains: [{ totalBandwidth: 9007199254740993n, localBandwidth: 0n, cacheOccupancy: 65536n }],
  };
  expect(statsEvent('a', { cgroups: statistics, resctrl })).toContain(
    '"intel_rdt":{"l3_cache_info":{"cbm_mask":"fffff","min_cbm_bits":1,"num_closids":16},' +
      '"l3_cache_schema_root":"L3:0=fffff","l3_cache_schema":"L3:0=ff",' +
      '"mem_bw_info":{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,"num_closids":8},' +
      '"mem_bw_schema_root":"MB:0=100","mem_bw_schema":"MB:0=50",' +
      '"mbm_stats":[{"mbm_total_bytes":9007199254740993,"mbm_local_bytes":0}],"cmt_stats":[{"llc_occupancy":65536}]}',
  );
});

test('oomEvent() has no data', () => {
  expect(oomEvent('a')).toBe('{"type":"oom","id":"a"}\n');
});
