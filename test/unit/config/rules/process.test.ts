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
]);
