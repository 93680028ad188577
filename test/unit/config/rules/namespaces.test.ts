import { refuses } from './cases.ts';

refuses('namespaces', [
  [
    'twice',
    { '/linux/namespaces/-': { type: 'pid', path: '/proc/1/ns/pid' } },
    '/linux/namespaces/5/type: "pid" is given already by /linux/namespaces/0',
  ],
  [
    'relative path',
    { '/linux/namespaces/-': { type: 'cgroup', path: 'ns/cgroup' } },
    '/linux/namespaces/5/path: "ns/cgroup" is not an absolute path',
  ],
]);

refuses('timeOffsets', [
  [
    'without a time namespace',
    { '/linux/timeOffsets': { boottime: { secs: 1 } } },
    '/linux/timeOffsets: allowed only with a new time namespace in /linux/namespaces',
  ],
  [
    'with a joined one',
    { '/linux/namespaces/-': { type: 'time', path: '/proc/1/ns/time' }, '/linux/timeOffsets': { monotonic: {} } },
    '/linux/timeOffsets: allowed only with a new time namespace in /linux/namespaces',
  ],
  [
    'another clock',
    { '/linux/namespaces/-': { type: 'time' }, '/linux/timeOffsets': { 'real/time': {} } },
    '/linux/timeOffsets/real~1time: "real/time" is not one of monotonic, boottime',
  ],
]);
