// Every property of linux.resources, on v1 and on v2: the files and values that it becomes, or (after an exclamation
// mark) what is said of it. For plan-settings.test.ts.

import type { LinuxResources } from '../../../src/config/types.ts';

type Expected = readonly string[];

const NONE = 'cgroup v2 has no equivalent';
const both = (...expected: readonly string[]): [Expected, Expected] => [expected, expected];
const DISK = { major: 8, minor: 16 };

/** [resources, on v1, on v2] */
export const RESOURCES: readonly [resources: LinuxResources, v1: Expected, v2: Expected][] = [
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
  [{ memory: { disableOOMKiller: true } }, ['memory.oom_control 1 [late]'], [`! memory/disableOOMKiller: ${NONE}`]],
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
  [
    { cpu: { idle: 0, shares: 512 } },
    ['cpu.idle 0 [default]', 'cpu.shares 512'],
    ['cpu.idle 0 [default]', 'cpu.weight 59'],
  ],
  [{ cpu: { cpus: '0-3,7', mems: '0' } }, ...both('cpuset.cpus 0-3,7', 'cpuset.mems 0')],
  [
    { cpu: { shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: '', mems: '' } },
    ...both(),
  ],
  // blockIO
  [
    { blockIO: { weight: 500 } },
    ['blkio.weight 500 [or blkio.bfq.weight 500]'],
    ['io.bfq.weight 500 [or io.weight 4950]'],
  ],
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
  ...([
    ['throttleReadBpsDevice', 'read_bps', 'rbps'], ['throttleWriteBpsDevice', 'write_bps', 'wbps'],
    ['throttleReadIOPSDevice', 'read_iops', 'riops'], ['throttleWriteIOPSDevice', 'write_iops', 'wiops'],
  ] as const).map(([key, v1, v2]): [LinuxResources, Expected, Expected] => [
    { blockIO: { [key]: [{ ...DISK, rate: 6 }] } },
    [`blkio.throttle.${v1}_device 8:16 6`],
    [`io.max 8:16 ${v2}=6`],
  ]),
  [
    {
      blockIO: {
        throttleReadBpsDevice: [{ ...DISK, rate: 1 }, { major: 8, minor: 0, rate: 2 }],
        throttleWriteIOPSDevice: [{ ...DISK, rate: 3 }],
      },
    },
    [
      'blkio.throttle.read_bps_device 8:16 1', 'blkio.throttle.read_bps_device 8:0 2',
      'blkio.throttle.write_iops_device 8:16 3',
    ],
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
  [{ pids: { limit: 0 } }, ...both('pids.max 1 [late]')],
  [{ pids: { limit: -1 } }, ...both('pids.max max [default]')],
  [{ pids: { limit: 4194304 } }, ...both('pids.max 4194304')],
  [{ pids: { limit: 9223372036854775807 } }, ...both('pids.max max [default]')],
  [{ pids: { limit: -2 } }, ...both('pids.max max [default]')],
  [{ pids: {} }, ...both()],
  // rdma
  [{ rdma: { mlx5_0: { hcaHandles: 3, hcaObjects: 0 } } }, ...both('rdma.max mlx5_0 hca_handle=3 hca_object=0')],
  [
    { rdma: { a: { hcaHandles: 3 }, b: { hcaObjects: 4 } } },
    ...both('rdma.max a hca_handle=3', 'rdma.max b hca_object=4'),
  ],
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
