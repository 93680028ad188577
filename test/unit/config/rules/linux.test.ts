import { refuses, without } from './cases.ts';

refuses('devices', [
  [
    'paths',
    {
      '/linux/devices': [
        { type: 'p', path: 'fifo' },
        { type: 'p', path: '/f' },
        { type: 'c', path: '/f', major: 1, minor: 3 },
      ],
    },
    '/linux/devices/0/path: "fifo" is not an absolute path',
    '/linux/devices/2/path: "/f" is another device already in /linux/devices/1',
  ],
  [
    'the root',
    {
      '/linux/devices': [
        { type: 'c', path: '/', major: 1, minor: 3 }, { type: 'p', path: '//a/./..' }, { type: 'p', path: '/..a' },
      ],
    },
    '/linux/devices/0/path: "/" is the container\'s root, which can be no device',
    '/linux/devices/1/path: "//a/./.." is the container\'s root, which can be no device',
  ],
  [
    'numbers missing',
    {
      '/linux/devices': [
        { type: 'c', path: '/a' },
        { type: 'b', path: '/b', major: 8 },
        { type: 'u', path: '/c', minor: 1 },
      ],
    },
    '/linux/devices/0/major: missing, but required for type "c"',
    '/linux/devices/0/minor: missing, but required for type "c"',
    '/linux/devices/1/minor: missing, but required for type "b"',
    '/linux/devices/2/major: missing, but required for type "u"',
  ],
  [
    'numbers out of range',
    {
      '/linux/devices': [
        { type: 'c', path: '/a', major: 4096, minor: -1 },
        { type: 'c', path: '/b', major: -1, minor: 1048576 },
      ],
    },
    '/linux/devices/0/major: 4096 is not in 0 to 4095',
    '/linux/devices/0/minor: -1 is not in 0 to 1048575',
    '/linux/devices/1/major: -1 is not in 0 to 4095',
    '/linux/devices/1/minor: 1048576 is not in 0 to 1048575',
  ],
]);

refuses('netDevices', [
  [
    'without a network namespace',
    { ...without('network'), '/linux/netDevices': { eth0: {} } },
    '/linux/netDevices: allowed only with a network namespace in /linux/namespaces',
  ],
  [
    'names',
    { '/linux/netDevices': { 'a/b': {}, eth0: { name: 'x'.repeat(16) }, eth1: { name: '..' }, eth2: { name: 'a b' } } },
    '/linux/netDevices/a~1b: "a/b" is not the name of a network device',
    '/linux/netDevices/eth0/name: "xxxxxxxxxxxxxxxx" is not a name for a network device',
    '/linux/netDevices/eth1/name: ".." is not a name for a network device',
    '/linux/netDevices/eth2/name: "a b" is not a name for a network device',
  ],
]);

refuses('protected paths', [
  [
    'relative',
    { '/linux/maskedPaths': ['/proc/kcore', 'proc/keys'], '/linux/readonlyPaths': [''] },
    '/linux/maskedPaths/1: "proc/keys" is not an absolute path',
    '/linux/readonlyPaths/0: "" is not an absolute path',
  ],
  [
    'without a mount namespace',
    { ...without('mount'), '/linux/maskedPaths': ['/a'], '/linux/readonlyPaths': ['/b'] },
    '/linux/maskedPaths: allowed only with a mount namespace in /linux/namespaces',
    '/linux/readonlyPaths: allowed only with a mount namespace in /linux/namespaces',
  ],
]);

refuses('intelRdt', [
  [
    'class',
    { '/linux/intelRdt': { closID: 'a/b' } },
    '/linux/intelRdt/closID: "a/b" is not a name for a class of service',
  ],
  [
    'bandwidth',
    { '/linux/intelRdt': { closID: '..', memBwSchema: 'L3:0=f' } },
    '/linux/intelRdt/closID: ".." is not a name for a class of service',
    '/linux/intelRdt/memBwSchema: "L3:0=f" is not one line that starts with MB:',
  ],
  [
    'lines',
    { '/linux/intelRdt': { memBwSchema: 'MB:0=10\nL3:0=f', schemata: ['L2:0=f', 'L3:0=f\nMB:0=10'] } },
    '/linux/intelRdt/memBwSchema: "MB:0=10\\nL3:0=f" is not one line that starts with MB:',
    '/linux/intelRdt/schemata/1: "L3:0=f\\nMB:0=10" is not one line',
  ],
]);

refuses('personality', [
  [
    'flags',
    { '/linux/personality': { domain: 'LINUX', flags: ['ADDR_NO_RANDOMIZE'] } },
    '/linux/personality/flags/0: "ADDR_NO_RANDOMIZE" is not a known flag, none is defined',
  ],
]);
