import { refuses } from './cases.ts';

refuses('process', [
  ['relative cwd', { '/process/cwd': 'tmp' }, '/process/cwd: "tmp" is not an absolute path'],
  ['empty cwd', { '/process/cwd': '' }, '/process/cwd: "" is not an absolute path'],
  ['no args', { '/process/args': undefined }, '/process/args: missing, but required'],
  ['empty args', { '/process/args': [] }, '/process/args: without entries, at least 1 is required'],
  [
    'env entries',
    { '/process/env': ['A=b', 'FOO', '=x', '', 'B=', 'C=='] },
    '/process/env/1: "FOO" is not NAME=value',
    '/process/env/2: "=x" is not NAME=value',
    '/process/env/3: "" is not NAME=value',
  ],
  [
    'consoleSize',
    { '/process/terminal': true, '/process/consoleSize': { height: 65536, width: 65535 } },
    '/process/consoleSize/height: 65536 is more than 65535',
  ],
  [
    'rlimits',
    {
      '/process/rlimits': [
        { type: 'RLIMIT_CORE', soft: 2, hard: 1 },
        { type: 'RLIMIT_CPU', soft: 1, hard: 1 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 18446744073709551615 },
      ],
    },
    '/process/rlimits/0/soft: 2 is more than the hard limit 1',
    '/process/rlimits/2/type: "RLIMIT_CORE" is given already by /process/rlimits/0',
  ],
  [
    'scheduler nice',
    { '/process/scheduler': { policy: 'SCHED_OTHER', nice: 20, priority: 1 } },
    '/process/scheduler/nice: 20 is not in -20 to 19',
    '/process/scheduler/priority: 1 is allowed only with SCHED_FIFO and SCHED_RR',
  ],
  [
    'scheduler times',
    { '/process/scheduler': { policy: 'SCHED_RR', priority: 1, runtime: 1, deadline: 2, period: 3 } },
    '/process/scheduler/runtime: 1 is allowed only with SCHED_DEADLINE',
    '/process/scheduler/deadline: 2 is allowed only with SCHED_DEADLINE',
    '/process/scheduler/period: 3 is allowed only with SCHED_DEADLINE',
  ],
  [
    'SCHED_ISO',
    { '/process/scheduler': { policy: 'SCHED_ISO' } },
    '/process/scheduler/policy: SCHED_ISO is a name only: Linux has no such scheduler',
  ],
  [
    'scheduler priority',
    { '/process/scheduler': { policy: 'SCHED_FIFO', priority: 100 } },
    '/process/scheduler/priority: 100 is not in 0 to 99',
  ],
  [
    'scheduler times that contradict each other',
    { '/process/scheduler': { policy: 'SCHED_DEADLINE', runtime: 3, deadline: 2, period: 1 } },
    '/process/scheduler/runtime: 3 is more than the deadline 2',
    '/process/scheduler/deadline: 2 is more than the period 1',
  ],
  [
    'scheduler times beyond what the kernel takes',
    { '/process/scheduler': { policy: 'SCHED_DEADLINE', runtime: 1, deadline: 18446744073709551615 } },
    '/process/scheduler: runtime, deadline and period are at most 9223372036854775807',
  ],
  [
    'execCPUAffinity',
    { '/process/execCPUAffinity': { initial: '0-', final: '3-1' } },
    '/process/execCPUAffinity/initial: "0-" is not a list of CPUs such as 0-3,7',
    '/process/execCPUAffinity/final: "3-1" is not a list of CPUs such as 0-3,7',
  ],
  [
    'execCPUAffinity without and with too large numbers',
    { '/process/execCPUAffinity': { initial: ' , ', final: '8192' } },
    '/process/execCPUAffinity/initial: " , " is not a list of CPUs such as 0-3,7',
    '/process/execCPUAffinity/final: "8192" is not a list of CPUs such as 0-3,7',
  ],
  [
    'labels',
    {
      '/process/apparmorProfile': 'a\nb',
      '/process/selinuxLabel': 'x'.repeat(4001),
      '/linux/mountLabel': `a"${'b'.repeat(255)}`,
    },
    '/process/apparmorProfile: "a\\nb" is not a label',
    `/process/selinuxLabel: "${'x'.repeat(80)}…" is longer than 4000 bytes`,
    `/linux/mountLabel: "a\\"${'b'.repeat(78)}…" is not a label`,
    `/linux/mountLabel: "a\\"${'b'.repeat(78)}…" is longer than 255 bytes`,
  ],
]);
