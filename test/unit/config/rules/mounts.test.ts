import { type Case, MAP, refuses } from './cases.ts';

refuses('mounts', [
  ['no destination', { '/mounts': [{ destination: '', type: 'tmpfs' }] }, '/mounts/0/destination: "" is not a path'],
  ...['/', '//', '/.', '.', '..', '/proc/..', '/a/b/../../', './', '/../..'].map((destination): Case => [
    `on the root, ${destination}`,
    { '/mounts': [{ destination, type: 'tmpfs' }] },
    `/mounts/0/destination: ${JSON.stringify(destination)} is the container's root, which nothing can be mounted on`,
  ]),
  [
    'bind without source',
    {
      '/mounts': [
        { destination: '/a', options: ['rbind'] },
        { destination: '/b', source: '', options: ['ro', 'bind'] },
      ],
    },
    '/mounts/0/source: missing, but a bind mount requires it',
    '/mounts/1/source: missing, but a bind mount requires it',
  ],
  [
    'no type',
    {
      '/mounts': [
        { destination: '/a', source: '/b' },
        { destination: '/c', type: '', options: ['ro'] },
      ],
    },
    '/mounts/0/type: missing, but required unless the options have bind, rbind or remount',
    '/mounts/1/type: missing, but required unless the options have bind, rbind or remount',
  ],
  [
    'one map alone',
    {
      '/mounts': [
        { destination: '/a', source: '/b', options: ['bind'], uidMappings: MAP },
        { destination: '/a', source: '/b', options: ['bind'], gidMappings: MAP, uidMappings: [] },
      ],
    },
    '/mounts/0/gidMappings: missing, but required with uidMappings',
    '/mounts/1/uidMappings: missing, but required with gidMappings',
  ],
]);
