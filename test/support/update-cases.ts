// Every option of update with what it does to the kernel's files.

export const MIB = 1024 * 1024;
const ALL_MEMORY = '9223372036854771712';

interface Expectation {
  readonly file: string;
  readonly value: string;
}

interface UpdateCase {
  /** Options, in steps: an update each. */
  readonly steps: readonly (readonly string[])[];
  /** Absent: there is no such thing. */
  readonly v1?: readonly Expectation[];
  readonly v2?: readonly Expectation[];
  /** runc 1.1.5 has no such option, or another formula. */
  readonly runcDiffers?: true;
}

const one = (file: string, value: string): Expectation[] => [{ file, value }];

export const updateCases: readonly UpdateCase[] = [
  { steps: [['--cpu-period', '50000']], v1: one('cpu.cfs_period_us', '50000'), v2: one('cpu.max', 'max 50000') },
  { steps: [['--cpu-quota', '20000']], v1: one('cpu.cfs_quota_us', '20000'), v2: one('cpu.max', '20000 100000') },
  {
    steps: [['--cpu-quota', '20000', '--cpu-period', '50000'], ['--cpu-quota', '-1']],
    v1: [{ file: 'cpu.cfs_quota_us', value: '-1' }, { file: 'cpu.cfs_period_us', value: '50000' }],
    v2: one('cpu.max', 'max 50000'),
  },
  {
    steps: [['--cpu-quota', '20000'], ['--cpu-period', '50000']],
    v1: [{ file: 'cpu.cfs_quota_us', value: '20000' }, { file: 'cpu.cfs_period_us', value: '50000' }],
    v2: one('cpu.max', '20000 50000'),
  },
  {
    steps: [['--cpu-burst', '10000', '--cpu-quota', '20000']],
    v1: one('cpu.cfs_burst_us', '10000'), v2: one('cpu.max.burst', '10000'), runcDiffers: true,
  },
  {
    // Down, where the quota may not go below the burst.
    steps: [['--cpu-burst', '10000', '--cpu-quota', '20000'], ['--cpu-burst', '1000', '--cpu-quota', '5000']],
    v1: [{ file: 'cpu.cfs_quota_us', value: '5000' }, { file: 'cpu.cfs_burst_us', value: '1000' }],
    v2: [{ file: 'cpu.max', value: '5000 100000' }, { file: 'cpu.max.burst', value: '1000' }], runcDiffers: true,
  },
  {
    steps: [['--cpu-burst', '10000', '--cpu-quota', '20000'], ['--cpu-burst', '0']],
    v1: one('cpu.cfs_burst_us', '0'), v2: one('cpu.max.burst', '0'), runcDiffers: true,
  },
  { steps: [['--cpu-share', '2048']], v1: one('cpu.shares', '2048'), v2: one('cpu.weight', '174'), runcDiffers: true },
  { steps: [['--cpu-idle', '1']], v1: one('cpu.idle', '1'), v2: one('cpu.idle', '1'), runcDiffers: true },
  {
    steps: [['--cpu-idle', '1'], ['--cpu-idle', '0']],
    v1: one('cpu.idle', '0'), v2: one('cpu.idle', '0'), runcDiffers: true,
  },
  { steps: [['--cpu-rt-period', '500000']], v1: one('cpu.rt_period_us', '500000') },
  { steps: [['--cpu-rt-runtime', '1000']], v1: one('cpu.rt_runtime_us', '1000'), runcDiffers: true },
  { steps: [['--cpuset-cpus', '0']], v1: one('cpuset.cpus', '0'), v2: one('cpuset.cpus', '0') },
  { steps: [['--cpuset-mems', '0']], v1: one('cpuset.mems', '0'), v2: one('cpuset.mems', '0') },
  {
    steps: [['--memory', '64m']],
    v1: one('memory.limit_in_bytes', String(64 * MIB)), v2: one('memory.max', String(64 * MIB)),
  },
  {
    steps: [['--memory', '67108864b', '--memory-swap', '96MiB']],
    v1: [
      { file: 'memory.limit_in_bytes', value: String(64 * MIB) },
      { file: 'memory.memsw.limit_in_bytes', value: String(96 * MIB) },
    ],
    v2: [{ file: 'memory.max', value: String(64 * MIB) }, { file: 'memory.swap.max', value: String(32 * MIB) }],
  },
  {
    // Up, where the one that is named first may not go above the other.
    steps: [['--memory', '64m', '--memory-swap', '96m'], ['--memory', '0.125g', '--memory-swap', '256 mb']],
    v1: [
      { file: 'memory.limit_in_bytes', value: String(128 * MIB) },
      { file: 'memory.memsw.limit_in_bytes', value: String(256 * MIB) },
    ],
    v2: [{ file: 'memory.max', value: String(128 * MIB) }, { file: 'memory.swap.max', value: String(128 * MIB) }],
  },
  {
    // And down, where it is the other way round.
    steps: [['--memory', '256m', '--memory-swap', '512m'], ['--memory', '64m', '--memory-swap', '96m']],
    v1: [
      { file: 'memory.limit_in_bytes', value: String(64 * MIB) },
      { file: 'memory.memsw.limit_in_bytes', value: String(96 * MIB) },
    ],
    v2: [{ file: 'memory.max', value: String(64 * MIB) }, { file: 'memory.swap.max', value: String(32 * MIB) }],
  },
  {
    steps: [['--memory', '64m', '--memory-swap', '96m'], ['--memory', '-1']],
    v1: [
      { file: 'memory.limit_in_bytes', value: ALL_MEMORY }, { file: 'memory.memsw.limit_in_bytes', value: ALL_MEMORY },
    ],
    v2: [{ file: 'memory.max', value: 'max' }, { file: 'memory.swap.max', value: 'max' }],
  },
  {
    steps: [['--memory-reservation', '32m']],
    v1: one('memory.soft_limit_in_bytes', String(32 * MIB)), v2: one('memory.low', String(32 * MIB)),
  },
  { steps: [['--pids-limit', '100']], v1: one('pids.max', '100'), v2: one('pids.max', '100') },
  { steps: [['--pids-limit', '100'], ['--pids-limit=-1']], v1: one('pids.max', 'max'), v2: one('pids.max', 'max') },
  { steps: [['--pids-limit', '100'], ['--pids-limit', '0']], v1: one('pids.max', '100'), v2: one('pids.max', '100') },
  {
    steps: [['--blkio-weight', '200']],
    v1: one('blkio.bfq.weight', '200'), v2: one('io.weight', 'default 1920'), runcDiffers: true,
  },
];
