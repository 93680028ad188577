// cpu of linux.resources.

import { has, missing, NO_EQUIVALENT, type ResourceCase, where } from './case.ts';

const noIdle = missing('cpu/idle', 'since Linux 5\\.15');
const noBurst = missing('cpu/burst', 'since Linux 5\\.14');
const hasIdle = has('cpu', 'cpu.idle');
const hasBurst = has('cpu', 'cpu.cfs_burst_us') || has('cpu', 'cpu.max.burst');
const hasRealtime = has('cpu', 'cpu.rt_runtime_us');
const noRealtime = missing('cpu/realtime\\w+', 'the kernel does not share out realtime by cgroup');

export const cpuCases: readonly ResourceCase[] = [
  {
    name: 'cpu.shares', properties: ['cpu.shares'], controller: 'cpu',
    resources: { cpu: { shares: 512 } },
    v1: { 'cpu.shares': '512' },
    v2: { 'cpu.weight': '59' },
  },
  {
    name: 'cpu.shares at its lower end', controller: 'cpu',
    resources: { cpu: { shares: 2 } },
    v1: { 'cpu.shares': '2' },
    v2: { 'cpu.weight': '1' },
  },
  {
    name: 'cpu.shares at its upper end', controller: 'cpu',
    resources: { cpu: { shares: 262144 } },
    v1: { 'cpu.shares': '262144' },
    v2: { 'cpu.weight': '10000' },
  },
  {
    name: 'cpu.shares below what v1 has', controller: 'cpu',
    resources: { cpu: { shares: 1 } },
    v1: /cpu\/shares: the minimum allowed cpu-shares is 2$/,
    v2: { 'cpu.weight': '1' },
  },
  {
    name: 'cpu.quota', properties: ['cpu.quota'], controller: 'cpu',
    resources: { cpu: { quota: 50_000 } },
    v1: { 'cpu.cfs_quota_us': '50000', 'cpu.cfs_period_us': '100000' },
    v2: { 'cpu.max': '50000 100000' },
  },
  {
    name: 'cpu.period', properties: ['cpu.period'], controller: 'cpu',
    resources: { cpu: { quota: 50_000, period: 200_000 } },
    v1: { 'cpu.cfs_quota_us': '50000', 'cpu.cfs_period_us': '200000' },
    v2: { 'cpu.max': '50000 200000' },
  },
  {
    name: 'cpu.period alone', controller: 'cpu',
    resources: { cpu: { period: 200_000 } },
    v1: { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '200000' },
    v2: { 'cpu.max': 'max 200000' },
  },
  {
    name: 'cpu.quota -1', controller: 'cpu',
    resources: { cpu: { quota: -1, period: 200_000 } },
    v1: { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '200000' },
    v2: { 'cpu.max': 'max 200000' },
  },
  {
    name: 'cpu.burst', properties: ['cpu.burst'], controller: 'cpu',
    resources: { cpu: { quota: 50_000, burst: 40_000 } },
    v1: where(hasBurst, { 'cpu.cfs_quota_us': '50000', 'cpu.cfs_burst_us': '40000' }, noBurst),
    v2: where(hasBurst, { 'cpu.max': '50000 100000', 'cpu.max.burst': '40000' }, noBurst),
  },
  {
    name: 'cpu.realtimeRuntime and realtimePeriod', controller: 'cpu',
    properties: ['cpu.realtimeRuntime', 'cpu.realtimePeriod'],
    resources: { cpu: { realtimeRuntime: 500, realtimePeriod: 500_000 } },
    v1: where(hasRealtime, { 'cpu.rt_runtime_us': '500', 'cpu.rt_period_us': '500000' }, noRealtime),
    v2: NO_EQUIVALENT,
  },
  {
    name: 'cpu.idle', properties: ['cpu.idle'], controller: 'cpu',
    resources: { cpu: { idle: 1, shares: 512 } },
    v1: where(hasIdle, { 'cpu.idle': '1' }, noIdle),
    v2: where(hasIdle, { 'cpu.idle': '1' }, noIdle),
  },
  {
    name: 'cpu.cpus and mems', properties: ['cpu.cpus', 'cpu.mems'], controller: 'cpuset',
    resources: { cpu: { cpus: '0', mems: '0' } },
    v1: { 'cpuset.cpus': '0', 'cpuset.mems': '0' },
    v2: { 'cpuset.cpus': '0', 'cpuset.mems': '0' },
  },
];
