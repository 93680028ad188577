// Every property of linux.resources but the devices: what a real container's cgroup files hold, on v1 and on v2, or how
// the property is refused there. For properties.test.ts and resources.test.ts.

import type { LinuxResources } from '../../src/config/types.ts';
import { type Controller, filesOf, hierarchyOf, someDisk } from './cgroup-files.ts';

/** Contents by file names; a RegExp in place of them: the container can't be made, and the message says why. */
export type Expected = Readonly<Record<string, string | RegExp>> | RegExp;

export interface ResourceCase {
  readonly name: string;
  /** The properties that it shows, below linux.resources. */
  readonly properties?: readonly string[];
  readonly resources: LinuxResources;
  readonly controller: Controller;
  readonly v1: Expected;
  readonly v2: Expected;
}

const MB = 1 << 20;
const disk = someDisk();
const DEVICE = { major: disk.major, minor: disk.minor };
const device = `${disk.major}:${disk.minor}`;
const NO_EQUIVALENT = /: cgroup v2 has no equivalent$/;
const v1Unlimited = '9223372036854771712';

/** What a kernel has or has not: the values, or the refusal. */
const where = (condition: boolean, values: Expected, refusal: Expected): Expected => (condition ? values : refusal);
const has = (controller: Controller, file: string): boolean => filesOf(controller).includes(file);
const missing = (pointer: string, hint: string): RegExp => {
  return new RegExp(`^cannot set /linux/resources/${pointer}: write .*: no such file or directory \\(${hint}\\)$`);
};

const countsSwap = has('memory', 'memory.memsw.limit_in_bytes') || has('memory', 'memory.swap.max');
const noSwap = missing('memory/swap', 'the kernel does not count swap: it has no swap accounting');
const NO_WEIGHTS = 'the kernel has no I/O scheduler with weights, such as BFQ';
const NO_LEAVES = 'only CFQ had leaf weights, until Linux 5.0';

const memory: readonly ResourceCase[] = [
  {
    name: 'memory.limit', properties: ['memory.limit'], controller: 'memory',
    resources: { memory: { limit: 64 * MB } },
    v1: { 'memory.limit_in_bytes': '67108864', 'memory.soft_limit_in_bytes': v1Unlimited },
    v2: { 'memory.max': '67108864', 'memory.low': '0' },
  },
  {
    name: 'memory.limit that is not whole pages', controller: 'memory',
    resources: { memory: { limit: 64 * MB + 5000 } },
    v1: { 'memory.limit_in_bytes': '67112960' },
    v2: { 'memory.max': '67112960' },
  },
  {
    name: 'memory.limit -1', controller: 'memory',
    resources: { memory: { limit: -1 } },
    v1: { 'memory.limit_in_bytes': v1Unlimited },
    v2: { 'memory.max': 'max' },
  },
  {
    name: 'memory.limit as v1 prints no limit', controller: 'memory',
    resources: { memory: { limit: 9223372036854771712, reservation: 4096 } },
    v1: { 'memory.limit_in_bytes': v1Unlimited, 'memory.soft_limit_in_bytes': '4096' },
    v2: { 'memory.max': 'max', 'memory.low': '4096' },
  },
  {
    name: 'memory.swap', properties: ['memory.swap'], controller: 'memory',
    resources: { memory: { limit: 64 * MB, swap: 80 * MB } },
    v1: where(countsSwap, { 'memory.limit_in_bytes': '67108864', 'memory.memsw.limit_in_bytes': '83886080' }, noSwap),
    v2: where(countsSwap, { 'memory.max': '67108864', 'memory.swap.max': '16777216' }, noSwap),
  },
  {
    name: 'memory.swap that is the limit', controller: 'memory',
    resources: { memory: { limit: 64 * MB, swap: 64 * MB } },
    v1: where(countsSwap, { 'memory.memsw.limit_in_bytes': '67108864' }, noSwap),
    v2: { 'memory.max': '67108864', ...(countsSwap ? { 'memory.swap.max': '0' } : {}) },
  },
  {
    name: 'memory.swap -1', controller: 'memory',
    resources: { memory: { limit: 64 * MB, swap: -1 } },
    v1: { 'memory.limit_in_bytes': '67108864', ...(countsSwap ? { 'memory.memsw.limit_in_bytes': v1Unlimited } : {}) },
    v2: { 'memory.max': '67108864', ...(countsSwap ? { 'memory.swap.max': 'max' } : {}) },
  },
  {
    name: 'memory.swap without a limit', controller: 'memory',
    resources: { memory: { swap: 80 * MB } },
    v1: where(countsSwap, /^cannot set .*memory\/swap: write .*memsw.*: invalid argument \(it must not be below the limit/, noSwap),
    v2: /memory\/swap: unable to set swap limit without memory limit$/,
  },
  {
    name: 'memory.reservation', properties: ['memory.reservation'], controller: 'memory',
    resources: { memory: { reservation: 32 * MB } },
    v1: { 'memory.soft_limit_in_bytes': '33554432' },
    v2: { 'memory.low': '33554432' },
  },
  {
    name: 'memory.kernel', properties: ['memory.kernel'], controller: 'memory',
    resources: { memory: { kernel: 32 * MB } },
    v1: /^cannot set .*memory\/kernel: .* operation not supported \(Linux 5\.16 and later do not limit kernel memory\)$/,
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.kernelTCP', properties: ['memory.kernelTCP'], controller: 'memory',
    resources: { memory: { kernelTCP: 32 * MB } },
    v1: { 'memory.kmem.tcp.limit_in_bytes': '33554432' },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.swappiness', properties: ['memory.swappiness'], controller: 'memory',
    resources: { memory: { swappiness: 17 } },
    v1: { 'memory.swappiness': '17' },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.disableOOMKiller', properties: ['memory.disableOOMKiller'], controller: 'memory',
    resources: { memory: { disableOOMKiller: true } },
    v1: { 'memory.oom_control': /^oom_kill_disable 1$/m },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'memory.useHierarchy and checkBeforeUpdate', controller: 'memory',
    properties: ['memory.useHierarchy', 'memory.checkBeforeUpdate'],
    resources: { memory: { useHierarchy: true, checkBeforeUpdate: true, limit: 64 * MB } },
    v1: { 'memory.use_hierarchy': '1', 'memory.limit_in_bytes': '67108864' },
    v2: { 'memory.max': '67108864' },
  },
];

const noIdle = missing('cpu/idle', 'since Linux 5\\.15');
const noBurst = missing('cpu/burst', 'since Linux 5\\.14');
const hasIdle = has('cpu', 'cpu.idle');
const hasBurst = has('cpu', 'cpu.cfs_burst_us') || has('cpu', 'cpu.max.burst');
const noRealtime = missing('cpu/realtime\\w+', 'the kernel does not share out realtime by cgroup');

const cpu: readonly ResourceCase[] = [
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
    v1: where(has('cpu', 'cpu.rt_runtime_us'), { 'cpu.rt_runtime_us': '500', 'cpu.rt_period_us': '500000' }, noRealtime),
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

/** The file of v2 that has weights, with blkio's weight as it has it. */
function weightOfV2(line: (weight: number) => string): Expected | undefined {
  if (has('blkio', 'io.bfq.weight')) return { 'io.bfq.weight': line(500) };
  return has('blkio', 'io.weight') ? { 'io.weight': line(4950) } : undefined;
}

const devicePattern = (file: string): Expected => ({ [file]: new RegExp(`^${device} 300$`, 'm') });
const notBfq = /: write "\d+:\d+ 300" to ".*": operation not supported \(the device's I\/O scheduler is not BFQ\)$/;

const THROTTLES = [
  ['throttleReadBpsDevice', 'read_bps', 'rbps=600000 wbps=max riops=max wiops=max'],
  ['throttleWriteBpsDevice', 'write_bps', 'rbps=max wbps=600000 riops=max wiops=max'],
  ['throttleReadIOPSDevice', 'read_iops', 'rbps=max wbps=max riops=600000 wiops=max'],
  ['throttleWriteIOPSDevice', 'write_iops', 'rbps=max wbps=max riops=max wiops=600000'],
] as const;

const blockIO: readonly ResourceCase[] = [
  {
    name: 'blockIO.weight', properties: ['blockIO.weight'], controller: 'blkio',
    resources: { blockIO: { weight: 500 } },
    v1: where(has('blkio', 'blkio.bfq.weight'), { 'blkio.bfq.weight': '500' }, missing('blockIO/weight', NO_WEIGHTS)),
    v2: weightOfV2((weight) => `default ${weight}`) ?? missing('blockIO/weight', NO_WEIGHTS),
  },
  {
    name: 'blockIO.leafWeight', properties: ['blockIO.leafWeight'], controller: 'blkio',
    resources: { blockIO: { leafWeight: 500 } },
    v1: missing('blockIO/leafWeight', NO_LEAVES),
    v2: NO_EQUIVALENT,
  },
  {
    name: 'blockIO.weightDevice', controller: 'blkio',
    properties: ['major', 'minor', 'weight'].map((key) => `blockIO.weightDevice[].${key}`),
    resources: { blockIO: { weightDevice: [{ ...DEVICE, weight: 300 }] } },
    v1: where(disk.usesBfq, devicePattern('blkio.bfq.weight_device'), notBfq),
    v2: has('blkio', 'io.bfq.weight') ? where(disk.usesBfq, devicePattern('io.bfq.weight'), notBfq)
      : where(has('blkio', 'io.weight'), { 'io.weight': new RegExp(`^${device} 2930$`, 'm') },
        missing('blockIO/weightDevice/0/weight', NO_WEIGHTS)),
  },
  {
    name: 'blockIO.weightDevice[].leafWeight', properties: ['blockIO.weightDevice[].leafWeight'], controller: 'blkio',
    resources: { blockIO: { weightDevice: [{ ...DEVICE, leafWeight: 300 }] } },
    v1: missing('blockIO/weightDevice/0/leafWeight', NO_LEAVES),
    v2: NO_EQUIVALENT,
  },
  ...THROTTLES.map(([key, file, line]): ResourceCase => ({
    name: `blockIO.${key}`, controller: 'blkio',
    properties: ['major', 'minor', 'rate'].map((name) => `blockIO.${key}[].${name}`),
    resources: { blockIO: { [key]: [{ ...DEVICE, rate: 600_000 }] } },
    v1: { [`blkio.throttle.${file}_device`]: `${device} 600000` },
    v2: { 'io.max': `${device} ${line}` },
  })),
  {
    name: 'all throttles at once', controller: 'blkio',
    resources: { blockIO: Object.fromEntries(THROTTLES.map(([key], i) => [key, [{ ...DEVICE, rate: 1_000_000 + i }]])) },
    v1: Object.fromEntries(THROTTLES.map(([, file], i) => [`blkio.throttle.${file}_device`, `${device} ${1_000_000 + i}`])),
    v2: { 'io.max': `${device} rbps=1000000 wbps=1000001 riops=1000002 wiops=1000003` },
  },
];

const hugetlb = hierarchyOf('hugetlb')?.version;
const unified = 'the cgroup v2 tree of this host does not have the controller';

const others: readonly ResourceCase[] = [
  {
    name: 'hugepageLimits', properties: ['hugepageLimits[].pageSize', 'hugepageLimits[].limit'], controller: 'hugetlb',
    resources: { hugepageLimits: [{ pageSize: '2MB', limit: 4 * MB }] },
    v1: { 'hugetlb.2MB.limit_in_bytes': '4194304', 'hugetlb.2MB.rsvd.limit_in_bytes': '4194304' },
    v2: { 'hugetlb.2MB.max': '4194304', 'hugetlb.2MB.rsvd.max': '4194304' },
  },
  {
    name: 'hugepageLimits 0', controller: 'hugetlb',
    resources: { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] },
    v1: { 'hugetlb.2MB.limit_in_bytes': '0', 'hugetlb.2MB.rsvd.limit_in_bytes': '0' },
    v2: { 'hugetlb.2MB.max': '0', 'hugetlb.2MB.rsvd.max': '0' },
  },
  {
    name: 'network.classID', properties: ['network.classID'], controller: 'net_cls',
    resources: { network: { classID: 1_048_577 } },
    v1: { 'net_cls.classid': '1048577' },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'network.priorities', controller: 'net_prio',
    properties: ['network.priorities[].name', 'network.priorities[].priority'],
    resources: { network: { priorities: [{ name: 'lo', priority: 5 }] } },
    v1: { 'net_prio.ifpriomap': /^lo 5$/m },
    v2: NO_EQUIVALENT,
  },
  {
    name: 'pids.limit', properties: ['pids.limit'], controller: 'pids',
    resources: { pids: { limit: 100 } },
    v1: { 'pids.max': '100' },
    v2: { 'pids.max': '100' },
  },
  {
    name: 'pids.limit 1', controller: 'pids',
    resources: { pids: { limit: 1 } },
    v1: { 'pids.max': '1' },
    v2: { 'pids.max': '1' },
  },
  {
    name: 'pids.limit 0', controller: 'pids',
    resources: { pids: { limit: 0 } },
    v1: { 'pids.max': '0' },
    v2: { 'pids.max': '0' },
  },
  {
    name: 'pids.limit -1', controller: 'pids',
    resources: { pids: { limit: -1 } },
    v1: { 'pids.max': 'max' },
    v2: { 'pids.max': 'max' },
  },
  {
    name: 'rdma', properties: ['rdma.*.hcaHandles', 'rdma.*.hcaObjects'], controller: 'rdma',
    // No machine of the tests has such a device.
    resources: { rdma: { mlx5_0: { hcaHandles: 3, hcaObjects: 4 } } },
    v1: /rdma\/mlx5_0: write "mlx5_0 hca_handle=3 hca_object=4" to ".*\/rdma\.max": .* \(there is no such RDMA device\)$/,
    v2: /rdma\/mlx5_0: write "mlx5_0 hca_handle=3 hca_object=4" to ".*\/rdma\.max": .* \(there is no such RDMA device\)$/,
  },
  {
    name: 'unified of hugetlb', properties: ['unified.*'], controller: 'hugetlb',
    resources: { unified: { 'hugetlb.2MB.max': '2097152' } },
    v1: /unified\/hugetlb\.2MB\.max: (the container has no cgroup in a v2 tree|the cgroup v2 tree .*hugetlb)$/,
    v2: { 'hugetlb.2MB.max': '2097152' },
  },
  {
    name: 'unified of memory', controller: 'memory',
    resources: { unified: { 'memory.high': '33554432', 'memory.max': '67108864' }, memory: { limit: 16 * MB } },
    v1: hugetlb === 2 ? new RegExp(`unified/memory\\.max: ${unified} memory$`) : /no cgroup in a v2 tree$/,
    v2: { 'memory.high': '33554432', 'memory.max': '67108864' },
  },
  {
    name: 'unified of two lines', controller: 'blkio',
    resources: { unified: { 'io.max': `${device} rbps=600000\n${device} wiops=500` } },
    v1: hugetlb === 2 ? new RegExp(`unified/io\\.max: ${unified} io$`) : /no cgroup in a v2 tree$/,
    v2: { 'io.max': `${device} rbps=600000 wbps=max riops=max wiops=500` },
  },
  {
    name: 'unified of misc', controller: 'misc',
    resources: { unified: { 'misc.max': 'nothing 5' } },
    v1: /no cgroup in a v2 tree$/,
    v2: /unified\/misc\.max: write "nothing 5" to ".*\/misc\.max": invalid argument$/,
  },
];

export const resourceCases: readonly ResourceCase[] = [...memory, ...cpu, ...blockIO, ...others];

const V2_NAMES: Partial<Record<Controller, string>> = { blkio: 'io' };

/** What is to become of a case on this host. */
export function expectedOf({ controller, resources, v1, v2 }: ResourceCase): Expected {
  const hierarchy = hierarchyOf(controller);
  if (hierarchy !== undefined) return hierarchy.version === 1 ? v1 : v2;
  const hasV1 = hierarchyOf('memory')?.version === 1;
  if (resources.unified !== undefined) return new RegExp(`${unified} ${controller}$|no cgroup in a v2 tree$`);
  // v2 has no controllers for networks.
  if (controller.startsWith('net_') && !hasV1) return v2;
  const name = hasV1 ? controller : (V2_NAMES[controller] ?? controller);
  return new RegExp(`^config\\.json: .*: this host does not have the cgroup controller ${name}$`);
}
