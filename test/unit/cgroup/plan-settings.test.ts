// Every property of linux.resources, on v1 and on v2: the files and values that it becomes, or what is said of it.

import { describe, expect, test } from 'vitest';
import type { CgroupPlacement } from '../../../src/cgroup/driver.ts';
import { type PlanContext, planSettings } from '../../../src/cgroup/plan-settings.ts';
import type { Setting } from '../../../src/cgroup/setting.ts';
import { exactNumbers } from '../../../src/config/exact-numbers.ts';
import type { LinuxResources } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';
import { onHybrid, onNothing, onV1, onV2 } from './placements.ts';

/** A setting in one line: what only holds for some kernels, cgroups or moments follows in brackets. */
function line({ file, value, isDefault, optional, otherwise, late, readBack, notBelow }: Setting): string {
  const remarks = [
    isDefault && 'default', optional && 'optional', late && 'late', readBack && 'read back',
    notBelow && `not below ${notBelow}`, otherwise && `or ${otherwise.file} ${otherwise.value}`,
  ].filter((remark) => typeof remark === 'string');
  return `${file} ${value}${remarks.length === 0 ? '' : ` [${remarks.join(', ')}]`}`;
}

function lines(resources: LinuxResources, placement: CgroupPlacement, context?: PlanContext): string[] {
  return planSettings(resources, placement, context).map(line);
}

/** The lines, or what is wrong, one problem a line. */
function outcome(resources: LinuxResources, placement: CgroupPlacement, context?: PlanContext): string[] {
  try {
    return lines(resources, placement, context);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace('config.json: /linux/resources/', '! '));
  }
}

type Expected = readonly string[];

const NONE = 'cgroup v2 has no equivalent';
const both = (...expected: readonly string[]): [Expected, Expected] => [expected, expected];
const DISK = { major: 8, minor: 16 };

/** [resources, on v1, on v2] */
const TABLE: readonly [resources: LinuxResources, v1: Expected, v2: Expected][] = [
  // memory
  [{ memory: { limit: 8192 } }, ['memory.limit_in_bytes 8192'], ['memory.max 8192']],
  [
    { memory: { limit: -1 } },
    ['memory.limit_in_bytes -1 [default]', 'memory.memsw.limit_in_bytes -1 [default]'],
    ['memory.max max [default]', 'memory.swap.max max [default]'],
  ],
  [
    { memory: { limit: 8192, swap: 12288 } },
    ['memory.limit_in_bytes 8192', 'memory.memsw.limit_in_bytes 12288'],
    ['memory.max 8192', 'memory.swap.max 4096'],
  ],
  [
    { memory: { limit: 8192, swap: 8192 } },
    ['memory.limit_in_bytes 8192', 'memory.memsw.limit_in_bytes 8192'],
    ['memory.max 8192', 'memory.swap.max 0 [optional]'],
  ],
  [
    { memory: { limit: 8192, swap: -1 } },
    ['memory.limit_in_bytes 8192', 'memory.memsw.limit_in_bytes -1 [default]'],
    ['memory.max 8192', 'memory.swap.max max [default]'],
  ],
  [
    { memory: { limit: -1, swap: 8192 } },
    ['memory.limit_in_bytes -1 [default]', 'memory.memsw.limit_in_bytes 8192'],
    ['memory.max max [default]', 'memory.swap.max 8192'],
  ],
  [
    { memory: { swap: 8192 } },
    ['memory.memsw.limit_in_bytes 8192'],
    ['! memory/swap: unable to set swap limit without memory limit'],
  ],
  [{ memory: { swap: -1 } }, ['memory.memsw.limit_in_bytes -1 [default]'], ['memory.swap.max max [default]']],
  [
    { memory: { limit: 8192, swap: 4096 } },
    ...both('! memory/swap: 4096 for memory and swap together is less than the limit 8192 of memory'),
  ],
  [{ memory: { reservation: 4096 } }, ['memory.soft_limit_in_bytes 4096'], ['memory.low 4096']],
  [{ memory: { reservation: -1 } }, ['memory.soft_limit_in_bytes -1 [default]'], ['memory.low max']],
  [{ memory: { kernel: 4096 } }, ['memory.kmem.limit_in_bytes 4096 [read back]'], [`! memory/kernel: ${NONE}`]],
  [{ memory: { kernel: -1 } }, ['memory.kmem.limit_in_bytes -1 [default]'], []],
  [{ memory: { kernelTCP: 4096 } }, ['memory.kmem.tcp.limit_in_bytes 4096'], [`! memory/kernelTCP: ${NONE}`]],
  [{ memory: { swappiness: 0 } }, ['memory.swappiness 0'], [`! memory/swappiness: ${NONE}`]],
  [{ memory: { swappiness: 100 } }, ['memory.swappiness 100'], [`! memory/swappiness: ${NONE}`]],
  [{ memory: { swappiness: 18446744073709551615 } }, ...both()],
  [{ memory: { disableOOMKiller: true } }, ['memory.oom_control 1'], [`! memory/disableOOMKiller: ${NONE}`]],
  [{ memory: { disableOOMKiller: false } }, ['memory.oom_control 0 [default]'], []],
  [{ memory: { useHierarchy: true } }, ['memory.use_hierarchy 1 [default]'], []],
  [{ memory: { useHierarchy: false } }, ...both()],
  [{ memory: { checkBeforeUpdate: true } }, ...both()],
  [
    { memory: { checkBeforeUpdate: true, limit: 8192, swap: 8193 } },
    ['memory.limit_in_bytes 8192', 'memory.memsw.limit_in_bytes 8193'],
    ['memory.max 8192 [not below memory.current]', 'memory.swap.max 1 [not below memory.swap.current]'],
  ],
  [{ memory: { limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0 } }, ...both()],
  // cpu
  [{ cpu: { shares: 1024 } }, ['cpu.shares 1024'], ['cpu.weight 100']],
  [{ cpu: { shares: 2 } }, ['cpu.shares 2'], ['cpu.weight 1']],
  [{ cpu: { shares: 1 } }, ['! cpu/shares: the minimum allowed cpu-shares is 2'], ['cpu.weight 1']],
  [{ cpu: { shares: 262145 } }, ['! cpu/shares: the maximum allowed cpu-shares is 262144'], ['cpu.weight 10000']],
  [{ cpu: { quota: 5000 } }, ['cpu.cfs_quota_us 5000'], ['cpu.max 5000']],
  [{ cpu: { quota: -1 } }, ['cpu.cfs_quota_us -1 [default]'], ['cpu.max max [default]']],
  [{ cpu: { period: 5000 } }, ['cpu.cfs_period_us 5000'], ['cpu.max max 5000']],
  [{ cpu: { quota: 1000, period: 5000 } }, ['cpu.cfs_period_us 5000', 'cpu.cfs_quota_us 1000'], ['cpu.max 1000 5000']],
  [
    { cpu: { quota: -1, period: 5000 } },
    ['cpu.cfs_period_us 5000', 'cpu.cfs_quota_us -1 [default]'],
    ['cpu.max max 5000'],
  ],
  [
    { cpu: { quota: 5000, burst: 1000 } },
    ['cpu.cfs_quota_us 5000', 'cpu.cfs_burst_us 1000'],
    ['cpu.max 5000', 'cpu.max.burst 1000'],
  ],
  [{ cpu: { burst: 0 } }, ['cpu.cfs_burst_us 0 [default]'], ['cpu.max.burst 0 [default]']],
  [
    { cpu: { realtimeRuntime: 1000, realtimePeriod: 5000 } },
    ['cpu.rt_period_us 5000', 'cpu.rt_runtime_us 1000'],
    [`! cpu/realtimeRuntime: ${NONE}`, `! cpu/realtimePeriod: ${NONE}`],
  ],
  [{ cpu: { realtimeRuntime: -1 } }, ['cpu.rt_runtime_us -1'], [`! cpu/realtimeRuntime: ${NONE}`]],
  [{ cpu: { idle: 1 } }, ...both('cpu.idle 1')],
  [{ cpu: { idle: 1, shares: 512 } }, ...both('cpu.idle 1')],
  [{ cpu: { idle: 0, shares: 512 } }, ['cpu.idle 0 [default]', 'cpu.shares 512'], ['cpu.idle 0 [default]', 'cpu.weight 59']],
  [{ cpu: { cpus: '0-3,7', mems: '0' } }, ...both('cpuset.cpus 0-3,7', 'cpuset.mems 0')],
  [
    { cpu: { shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: '', mems: '' } },
    ...both(),
  ],
  // blockIO
  [{ blockIO: { weight: 500 } }, ['blkio.weight 500 [or blkio.bfq.weight 500]'], ['io.bfq.weight 500 [or io.weight 4950]']],
  [{ blockIO: { weight: 10 } }, ['blkio.weight 10 [or blkio.bfq.weight 10]'], ['io.bfq.weight 10 [or io.weight 1]']],
  [{ blockIO: { leafWeight: 500 } }, ['blkio.leaf_weight 500'], [`! blockIO/leafWeight: ${NONE}`]],
  [
    { blockIO: { weightDevice: [{ ...DISK, weight: 1000 }] } },
    ['blkio.weight_device 8:16 1000 [or blkio.bfq.weight_device 8:16 1000]'],
    ['io.bfq.weight 8:16 1000 [or io.weight 8:16 10000]'],
  ],
  [
    { blockIO: { weightDevice: [{ ...DISK, leafWeight: 300 }] } },
    ['blkio.leaf_weight_device 8:16 300'],
    [`! blockIO/weightDevice/0/leafWeight: ${NONE}`],
  ],
  [{ blockIO: { throttleReadBpsDevice: [{ ...DISK, rate: 6 }] } }, ['blkio.throttle.read_bps_device 8:16 6'], ['io.max 8:16 rbps=6']],
  [{ blockIO: { throttleWriteBpsDevice: [{ ...DISK, rate: 6 }] } }, ['blkio.throttle.write_bps_device 8:16 6'], ['io.max 8:16 wbps=6']],
  [{ blockIO: { throttleReadIOPSDevice: [{ ...DISK, rate: 6 }] } }, ['blkio.throttle.read_iops_device 8:16 6'], ['io.max 8:16 riops=6']],
  [{ blockIO: { throttleWriteIOPSDevice: [{ ...DISK, rate: 6 }] } }, ['blkio.throttle.write_iops_device 8:16 6'], ['io.max 8:16 wiops=6']],
  [
    {
      blockIO: {
        throttleReadBpsDevice: [{ ...DISK, rate: 1 }, { major: 8, minor: 0, rate: 2 }],
        throttleWriteIOPSDevice: [{ ...DISK, rate: 3 }],
      },
    },
    ['blkio.throttle.read_bps_device 8:16 1', 'blkio.throttle.read_bps_device 8:0 2', 'blkio.throttle.write_iops_device 8:16 3'],
    ['io.max 8:16 rbps=1 wiops=3', 'io.max 8:0 rbps=2'],
  ],
  [
    { blockIO: { throttleReadBpsDevice: [{ ...DISK, rate: 0 }] } },
    ['blkio.throttle.read_bps_device 8:16 0 [default]'],
    ['io.max 8:16 rbps=max [default]'],
  ],
  [{ blockIO: { weight: 0, leafWeight: 0, weightDevice: [{ ...DISK, weight: 0, leafWeight: 0 }] } }, ...both()],
  // hugepageLimits
  [
    { hugepageLimits: [{ pageSize: '2MB', limit: 4194304 }] },
    ['hugetlb.2MB.limit_in_bytes 4194304', 'hugetlb.2MB.rsvd.limit_in_bytes 4194304 [optional]'],
    ['hugetlb.2MB.max 4194304', 'hugetlb.2MB.rsvd.max 4194304 [optional]'],
  ],
  [
    { hugepageLimits: [{ pageSize: '1GB', limit: 0 }] },
    ['hugetlb.1GB.limit_in_bytes 0', 'hugetlb.1GB.rsvd.limit_in_bytes 0 [optional]'],
    ['hugetlb.1GB.max 0', 'hugetlb.1GB.rsvd.max 0 [optional]'],
  ],
  [
    { hugepageLimits: [{ pageSize: '2MB', limit: 18446744073709551615 }] },
    ['hugetlb.2MB.limit_in_bytes -1 [default]', 'hugetlb.2MB.rsvd.limit_in_bytes -1 [default, optional]'],
    ['hugetlb.2MB.max max [default]', 'hugetlb.2MB.rsvd.max max [default, optional]'],
  ],
  // network
  [{ network: { classID: 1048577 } }, ['net_cls.classid 1048577'], [`! network/classID: ${NONE}`]],
  [
    { network: { priorities: [{ name: 'lo', priority: 5 }, { name: 'eth0', priority: 0 }] } },
    ['net_prio.ifpriomap lo 5', 'net_prio.ifpriomap eth0 0'],
    [`! network/priorities: ${NONE}`],
  ],
  [{ network: { classID: 0, priorities: [] } }, ...both()],
  // pids
  [{ pids: { limit: 100 } }, ...both('pids.max 100')],
  [{ pids: { limit: 2 } }, ...both('pids.max 2')],
  [{ pids: { limit: 1 } }, ...both('pids.max 1 [late]')],
  [{ pids: { limit: 0 } }, ...both('pids.max 0 [late]')],
  [{ pids: { limit: -1 } }, ...both('pids.max max [default]')],
  [{ pids: { limit: 4194304 } }, ...both('pids.max 4194304')],
  [{ pids: { limit: 9223372036854775807 } }, ...both('pids.max max [default]')],
  [{ pids: { limit: -2 } }, ...both('pids.max -2')],
  [{ pids: {} }, ...both()],
  // rdma
  [{ rdma: { mlx5_0: { hcaHandles: 3, hcaObjects: 0 } } }, ...both('rdma.max mlx5_0 hca_handle=3 hca_object=0')],
  [{ rdma: { a: { hcaHandles: 3 }, b: { hcaObjects: 4 } } }, ...both('rdma.max a hca_handle=3', 'rdma.max b hca_object=4')],
  // unified
  [
    { unified: { 'memory.high': '8192' } },
    ['! unified/memory.high: the container has no cgroup in a v2 tree'],
    ['memory.high 8192'],
  ],
  [
    { unified: { 'io.max': '259:0 rbps=2097152 wiops=120\n253:0 rbps=2097152\n', 'cgroup.max.depth': '3' } },
    [
      '! unified/io.max: the container has no cgroup in a v2 tree',
      '! unified/cgroup.max.depth: the container has no cgroup in a v2 tree',
    ],
    ['io.max 259:0 rbps=2097152 wiops=120', 'io.max 253:0 rbps=2097152', 'cgroup.max.depth 3'],
  ],
  [
    { unified: { 'cpuset.cpus': '' } },
    ['! unified/cpuset.cpus: the container has no cgroup in a v2 tree'],
    ['cpuset.cpus \n'],
  ],
  [
    { unified: { 'foo.bar': '1' } },
    ['! unified/foo.bar: the container has no cgroup in a v2 tree'],
    ['! unified/foo.bar: the cgroup v2 tree of this host does not have the controller foo'],
  ],
  // All
  [{}, ...both()],
];

describe('planSettings()', () => {
  test.each(TABLE)('%j', (resources, v1, v2) => {
    expect(outcome(resources, onV1)).toEqual(v1);
    expect(outcome(resources, onV2)).toEqual(v2);
  });

  test('a number beyond 2^53 is kept to its last digit, or is no limit', () => {
    const unlimited = ['memory.max max [default]', 'memory.swap.max max [default]', 'memory.low max'];
    for (const limit of ['9223372036854771712', '9223372036854775807']) {
      const memory = `{"limit":${limit},"swap":${limit},"reservation":${limit}}`;
      expect(lines({ memory: JSON.parse(memory) as LinuxResources['memory'] & object }, onV2)).toEqual(unlimited);
    }
    const text = '{"linux":{"resources":{"memory":{"limit":9007199254740993,"swap":18014398509481987},"blockIO":'
      + '{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":18446744073709551615}]}}}}';
    const spec = JSON.parse(text) as { linux: { resources: LinuxResources } };
    const exact = exactNumbers(spec, text);
    expect(lines(spec.linux.resources, onV1, { exact })).toEqual([
      'memory.limit_in_bytes 9007199254740993', 'memory.memsw.limit_in_bytes 18014398509481987',
      'blkio.throttle.read_bps_device 8:0 18446744073709551615',
    ]);
    expect(lines(spec.linux.resources, onV2, { exact }).slice(0, 2)).toEqual([
      'memory.max 9007199254740993', 'memory.swap.max 9007199254740994',
    ]);
    // What comes without its text, or was written by a program that had read it as a double.
    expect(lines(spec.linux.resources, onV2).at(-1)).toBe('io.max 8:0 rbps=18446744073709551615');
  });

  test('an update that has one half of a v2 file takes the other from what is in force', () => {
    const present = { memoryMax: '8192', cpuMax: '2000 10000' };
    expect(lines({ memory: { swap: 12288 } }, onV2, { present })).toEqual(['memory.swap.max 4096']);
    expect(lines({ cpu: { period: 5000 } }, onV2, { present })).toEqual(['cpu.max 2000 5000']);
    expect(lines({ cpu: { quota: 5000 } }, onV2, { present })).toEqual(['cpu.max 5000']);
    expect(outcome({ memory: { swap: 4096 } }, onV2, { present })).toEqual([
      '/linux/resources/memory/swap: 4096 for memory and swap together is less than the limit 8192 of memory',
    ]);
    expect(outcome({ memory: { swap: 4096 } }, onV2, { present: { memoryMax: 'max', cpuMax: '' } })).toEqual([
      '/linux/resources/memory/swap: unable to set swap limit without memory limit',
    ]);
    expect(lines({ cpu: { period: 5000 } }, onV2, { present: { memoryMax: '', cpuMax: '' } })).toEqual([
      'cpu.max max 5000',
    ]);
  });

  test('hybrid: each property goes where its controller is', () => {
    const resources: LinuxResources = {
      memory: { limit: 8192, swappiness: 5 },
      hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
      unified: { 'hugetlb.2MB.max': '0' },
    };
    const settings = planSettings(resources, onHybrid);
    expect(settings.map((setting) => `${onHybrid.cgroups[setting.cgroup]?.path} ${line(setting)}`)).toEqual([
      '/sys/fs/cgroup/memory/c memory.limit_in_bytes 8192',
      '/sys/fs/cgroup/memory/c memory.swappiness 5',
      '/sys/fs/cgroup/unified/c hugetlb.2MB.max 0',
      '/sys/fs/cgroup/unified/c hugetlb.2MB.rsvd.max 0 [optional]',
      '/sys/fs/cgroup/unified/c hugetlb.2MB.max 0',
    ]);
  });

  test('what the host has no controller for is named, all at once, unless nothing is asked', () => {
    const resources: LinuxResources = {
      memory: { limit: 8192, swap: -1, reservation: 0 },
      hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
      network: { classID: 1, priorities: [{ name: 'lo', priority: 1 }] },
      rdma: { 'a/b': { hcaHandles: 1 } },
      pids: { limit: -1 },
      cpu: { shares: 5, quota: -1, cpus: '0' },
      unified: { 'memory.high': '1' },
    };
    const absent = (pointer: string, controller: string): string => {
      return `! ${pointer}: this host does not have the cgroup controller ${controller}`;
    };
    expect(outcome(resources, onNothing)).toEqual([
      absent('cpu/cpus', 'cpuset'), absent('memory/limit', 'memory'), absent('cpu/shares', 'cpu'),
      absent('hugepageLimits/0', 'hugetlb'), absent('network/classID', 'net_cls'),
      absent('network/priorities/0', 'net_prio'), absent('rdma/a~1b', 'rdma'),
      '! unified/memory.high: the container has no cgroup in a v2 tree',
    ]);
    expect(outcome({ network: resources.network ?? {}, unified: { 'memory.high': '1' } }, onHybrid)).toEqual([
      absent('network/classID', 'net_cls'), absent('network/priorities/0', 'net_prio'),
      '! unified/memory.high: the cgroup v2 tree of this host does not have the controller memory',
    ]);
    expect(outcome({ blockIO: { weight: 5 } }, { ...onNothing, mode: 'v2' })).toEqual([absent('blockIO/weight', 'io')]);
  });

  test('a controller whose cgroup is not the container\'s own is said to be that', () => {
    const inherited = { ...onV2, cgroups: [], inherited: onV2.cgroups };
    expect(outcome({ pids: { limit: 5 } }, inherited)).toEqual([
      '! pids/limit: the container has no cgroup of its own for the controller pids',
    ]);
  });

  test('every setting names the property that asks for it', () => {
    const blockIO = {
      throttleReadBpsDevice: [{ ...DISK, rate: 1 }], throttleWriteBpsDevice: [{ ...DISK, rate: 1 }],
    };
    const resources: LinuxResources = { memory: { limit: 1, swap: 2 }, blockIO, rdma: { 'a~': { hcaHandles: 1 } } };
    expect(planSettings(resources, onV2).map(({ origin }) => origin)).toEqual([
      '/linux/resources/memory/limit',
      '/linux/resources/memory/swap',
      '/linux/resources/blockIO/throttleReadBpsDevice/0/rate, /linux/resources/blockIO/throttleWriteBpsDevice/0/rate',
      '/linux/resources/rdma/a~0',
    ]);
  });
});
