import { MAP, NEW_USER, refuses, USER } from './cases.ts';

refuses('id mappings', [
  [
    'without a user namespace',
    { '/linux/uidMappings': MAP, '/linux/gidMappings': MAP },
    '/linux/uidMappings: allowed only with a user namespace in /linux/namespaces',
    '/linux/gidMappings: allowed only with a user namespace in /linux/namespaces',
  ],
  [
    'missing',
    { ...NEW_USER, '/linux/gidMappings': [] },
    '/linux/uidMappings: missing, but required for a new user namespace',
    '/linux/gidMappings: missing, but required for a new user namespace',
  ],
  [
    'empty range',
    { ...USER, '/linux/uidMappings': [...MAP, { containerID: 20, hostID: 5000, size: 0 }] },
    '/linux/uidMappings/1/size: 0 is not a number of ids, at least 1 is required',
  ],
  [
    'overlaps in the container',
    { ...USER, '/linux/gidMappings': [...MAP, { containerID: 9, hostID: 5000, size: 1 }] },
    '/linux/gidMappings/1/containerID: 9 and what follows it overlap with /linux/gidMappings/0',
  ],
  [
    'overlaps on the host',
    { ...USER, '/linux/uidMappings': [...MAP, { containerID: 10, hostID: 999, size: 2 }] },
    '/linux/uidMappings/1/hostID: 999 and what follows it overlap with /linux/uidMappings/0',
  ],
  [
    'beyond 32 bits',
    { ...USER, '/linux/uidMappings': [...MAP, { containerID: 10, hostID: 4294967290, size: 6 }] },
    '/linux/uidMappings/1/hostID: 4294967290 and the 5 ids after it go beyond 4294967294',
  ],
  [
    'too many',
    {
      ...USER,
      '/linux/uidMappings': Array.from({ length: 341 }, (_, i) => ({ containerID: i, hostID: i, size: 1 })),
    },
    '/linux/uidMappings: 341 entries, the kernel takes at most 340',
  ],
  [
    'of a mount',
    {
      '/mounts': [
        { destination: '/a', source: '/b', options: ['bind'], uidMappings: [...MAP, ...MAP], gidMappings: MAP },
      ],
    },
    '/mounts/0/uidMappings/1/containerID: 0 and what follows it overlap with /mounts/0/uidMappings/0',
    '/mounts/0/uidMappings/1/hostID: 1000 and what follows it overlap with /mounts/0/uidMappings/0',
  ],
  [
    'that leave out the user',
    { ...USER, '/process/user': { uid: 10, gid: 11, additionalGids: [9, 12] } },
    '/process/user/uid: 10 is not mapped by /linux/uidMappings',
    '/process/user/gid: 11 is not mapped by /linux/gidMappings',
    '/process/user/additionalGids/1: 12 is not mapped by /linux/gidMappings',
  ],
  [
    'that leave out the owner of a mount',
    {
      ...USER,
      '/mounts': [
        { destination: '/dev/pts', type: 'devpts', options: ['gid=5', 'gid=10'] },
        { destination: '/a', type: 'tmpfs', options: ['uid=11', 'mode=700'] },
        { destination: '/b', type: 'none', source: '/b', options: ['bind', 'uid=11'] },
      ],
    },
    '/mounts/0/options/1: 10 is not mapped by /linux/gidMappings',
    '/mounts/1/options/0: 11 is not mapped by /linux/uidMappings',
  ],
]);
