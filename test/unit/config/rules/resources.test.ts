import { refuses } from './cases.ts';

refuses('resources', [
  [
    'device access',
    {
      '/linux/resources/devices': [
        { allow: true, access: 'rwm' },
        { allow: true, access: 'rx' },
      ],
    },
    '/linux/resources/devices/1/access: "rx" has more than the letters r, w and m',
  ],
  [
    'device numbers',
    { '/linux/resources/devices': [{ allow: true, type: 'c', major: -2 }] },
    '/linux/resources/devices/0/major: -2 is not a device number, which are 0 to 4294967294',
  ],
  [
    'device numbers that mean all',
    { '/linux/resources/devices': [{ allow: true, type: 'c', minor: 4294967295 }] },
    '/linux/resources/devices/0/minor: 4294967295 is not a device number, which are 0 to 4294967294',
  ],
  [
    'weights',
    { '/linux/resources/blockIO/weightDevice': [{ major: 8, minor: 0 }] },
    '/linux/resources/blockIO/weightDevice/0: neither weight nor leafWeight, at least one is required',
  ],
  [
    'page sizes',
    {
      '/linux/resources/hugepageLimits': [
        { pageSize: '2M', limit: 1 },
        { pageSize: '1GB', limit: 1 },
      ],
    },
    '/linux/resources/hugepageLimits/0/pageSize: "2M" is not a size such as 64KB, 2MB, 1GB',
  ],
  [
    'burst',
    { '/linux/resources/cpu': { quota: 1000, burst: 1001 } },
    '/linux/resources/cpu/burst: 1001 is more than the quota 1000',
  ],
  [
    'rdma',
    { '/linux/resources/rdma': { mlx: {} } },
    '/linux/resources/rdma/mlx: neither hcaHandles nor hcaObjects, at least one is required',
  ],
  [
    'unified',
    { '/linux/resources/unified': { '../x.max': '1', memory: '1', '.max': '1' } },
    '/linux/resources/unified/..~1x.max: "../x.max" is not the name of a file in a cgroup, such as memory.high',
    '/linux/resources/unified/memory: "memory" is not the name of a file in a cgroup, such as memory.high',
    '/linux/resources/unified/.max: ".max" is not the name of a file in a cgroup, such as memory.high',
  ],
]);
