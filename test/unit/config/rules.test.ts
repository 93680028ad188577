import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { sysctlNamespace, sysctlPath } from '../../../src/config/rules/sysctl.ts';
import type { Spec } from '../../../src/config/types.ts';
import { changed, fullConfig, smallConfig } from './configs.ts';
import { problemsOf } from './problems.ts';

type Changes = Readonly<Record<string, unknown>>;
/** Changes to smallConfig(), and all that is said of them, without `config.json: `. */
type Case = readonly [name: string, changes: Changes, ...lines: readonly string[]];

/** vitest's types don't tell the places of a rest tuple apart. */
function toRow([name, changes, ...lines]: Case): [string, Changes, readonly string[]] {
  return [name, changes, lines];
}

const NEW = { '/linux/namespaces/-': { type: 'user' } };
const MAP = [{ containerID: 0, hostID: 1000, size: 10 }];
const USER = { ...NEW, '/linux/uidMappings': MAP, '/linux/gidMappings': MAP };
const JOINED_USER = { '/linux/namespaces/-': { type: 'user', path: '/proc/1/ns/user' } };

function without(...types: string[]): Changes {
  const namespaces = smallConfig().linux?.namespaces ?? [];
  return { '/linux/namespaces': namespaces.filter(({ type }) => !types.includes(type)) };
}

const PROBLEMS: Readonly<Record<string, readonly Case[]>> = {
  ociVersion: [
    ['no version', { '/ociVersion': '' }, '/ociVersion: "" is not a semantic version such as 1.3.0'],
    ['two numbers', { '/ociVersion': '1.3' }, '/ociVersion: "1.3" is not a semantic version such as 1.3.0'],
    ['a leading zero', { '/ociVersion': '1.03.0' }, '/ociVersion: "1.03.0" is not a semantic version such as 1.3.0'],
    ['a prefix', { '/ociVersion': 'v1.0.0' }, '/ociVersion: "v1.0.0" is not a semantic version such as 1.3.0'],
    ['an older major', { '/ociVersion': '0.5.0-dev' }, '/ociVersion: "0.5.0-dev" is not a version 1.x of the runtime-spec'],
    ['a newer major', { '/ociVersion': '2.0.0' }, '/ociVersion: "2.0.0" is not a version 1.x of the runtime-spec'],
  ],
  root: [
    ['missing', { '/root': undefined }, '/root: missing, but required on Linux'],
    ['empty path', { '/root/path': '' }, '/root/path: "" is not a path'],
  ],
  process: [
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
  ],
  mounts: [
    ['no destination', { '/mounts': [{ destination: '', type: 'tmpfs' }] }, '/mounts/0/destination: "" is not a path'],
    ...['/', '//', '/.', '.', '..', '/proc/..', '/a/b/../../', './', '/../..'].map(
      (destination): Case => [
        `on the root, ${destination}`,
        { '/mounts': [{ destination, type: 'tmpfs' }] },
        `/mounts/0/destination: ${JSON.stringify(destination)} is the container's root, which nothing can be mounted on`,
      ],
    ),
    [
      'bind without source',
      { '/mounts': [{ destination: '/a', options: ['rbind'] }, { destination: '/b', source: '', options: ['ro', 'bind'] }] },
      '/mounts/0/source: missing, but a bind mount requires it',
      '/mounts/1/source: missing, but a bind mount requires it',
    ],
    [
      'no type',
      { '/mounts': [{ destination: '/a', source: '/b' }, { destination: '/c', type: '', options: ['ro'] }] },
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
  ],
  names: [
    [
      'without a uts namespace',
      { ...without('uts'), '/hostname': 'a', '/domainname': 'b' },
      '/hostname: "a" would change the host\'s: allowed only with a uts namespace in /linux/namespaces',
      '/domainname: "b" would change the host\'s: allowed only with a uts namespace in /linux/namespaces',
    ],
    [
      'too long',
      { '/hostname': 'é'.repeat(33), '/domainname': 'x'.repeat(65) },
      `/hostname: "${'é'.repeat(33)}" is longer than 64 bytes`,
      `/domainname: "${'x'.repeat(65)}" is longer than 64 bytes`,
    ],
  ],
  hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'].map(
    (name): Case => [
      name,
      { [`/hooks/${name}`]: [{ path: '/bin/true' }, { path: 'true' }] },
      `/hooks/${name}/1/path: "true" is not an absolute path`,
    ],
  ),
  annotations: [['empty key', { '/annotations': { '': 'x' } }, '/annotations/: an empty key is not allowed']],
  namespaces: [
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
  ],
  timeOffsets: [
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
  ],
  'id mappings': [
    [
      'without a user namespace',
      { '/linux/uidMappings': MAP, '/linux/gidMappings': MAP },
      '/linux/uidMappings: allowed only with a user namespace in /linux/namespaces',
      '/linux/gidMappings: allowed only with a user namespace in /linux/namespaces',
    ],
    [
      'missing',
      { ...NEW, '/linux/gidMappings': [] },
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
  ],
  devices: [
    [
      'paths',
      { '/linux/devices': [{ type: 'p', path: 'fifo' }, { type: 'p', path: '/f' }, { type: 'c', path: '/f', major: 1, minor: 3 }] },
      '/linux/devices/0/path: "fifo" is not an absolute path',
      '/linux/devices/2/path: "/f" is given already by /linux/devices/1',
    ],
    [
      'numbers missing',
      { '/linux/devices': [{ type: 'c', path: '/a' }, { type: 'b', path: '/b', major: 8 }, { type: 'u', path: '/c', minor: 1 }] },
      '/linux/devices/0/major: missing, but required for type "c"',
      '/linux/devices/0/minor: missing, but required for type "c"',
      '/linux/devices/1/minor: missing, but required for type "b"',
      '/linux/devices/2/major: missing, but required for type "u"',
    ],
    [
      'numbers out of range',
      { '/linux/devices': [{ type: 'c', path: '/a', major: 4096, minor: -1 }, { type: 'c', path: '/b', major: -1, minor: 1048576 }] },
      '/linux/devices/0/major: 4096 is not in 0 to 4095',
      '/linux/devices/0/minor: -1 is not in 0 to 1048575',
      '/linux/devices/1/major: -1 is not in 0 to 4095',
      '/linux/devices/1/minor: 1048576 is not in 0 to 1048575',
    ],
  ],
  netDevices: [
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
  ],
  'protected paths': [
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
  ],
  sysctl: [
    [
      'of the host',
      { '/linux/sysctl': { 'kernel.pid_max': '1', 'vm/swappiness': '1', 'kernel.msgmax2': '1', 'fs.mqueue': '1', net: '1' } },
      '/linux/sysctl/kernel.pid_max: belongs to no namespace, setting it would change the host',
      '/linux/sysctl/vm~1swappiness: belongs to no namespace, setting it would change the host',
      '/linux/sysctl/kernel.msgmax2: belongs to no namespace, setting it would change the host',
      '/linux/sysctl/fs.mqueue: belongs to no namespace, setting it would change the host',
      '/linux/sysctl/net: belongs to no namespace, setting it would change the host',
    ],
    [
      'of namespaces that are the host\'s',
      {
        ...without('ipc', 'network', 'uts'),
        '/linux/sysctl': { 'kernel.sem': '1', 'fs/mqueue/msg_max': '1', 'net.core.somaxconn': '1', 'kernel.domainname': 'x' },
      },
      '/linux/sysctl/kernel.sem: would change the host: allowed only with an ipc namespace in /linux/namespaces',
      '/linux/sysctl/fs~1mqueue~1msg_max: would change the host: allowed only with an ipc namespace in /linux/namespaces',
      '/linux/sysctl/net.core.somaxconn: would change the host: allowed only with a network namespace in /linux/namespaces',
      '/linux/sysctl/kernel.domainname: would change the host: allowed only with a uts namespace in /linux/namespaces',
    ],
    [
      'user.* without a user namespace',
      { '/linux/sysctl': { 'user.max_user_namespaces': '1' } },
      '/linux/sysctl/user.max_user_namespaces: would change the host: allowed only with a user namespace in ' +
        '/linux/namespaces',
    ],
    [
      'hostname',
      { '/linux/sysctl': { 'kernel/hostname': 'x' } },
      '/linux/sysctl/kernel~1hostname: not allowed here, use the property /hostname',
    ],
    [
      'out of its directory',
      { '/linux/sysctl': { 'net/../kernel/core_pattern': '|x', 'net.//.kernel.core_pattern': '|x', 'net..x': '1', '': '1' } },
      '/linux/sysctl/net~1..~1kernel~1core_pattern: "net/../kernel/core_pattern" is not the name of a sysctl',
      '/linux/sysctl/net.~1~1.kernel.core_pattern: "net.//.kernel.core_pattern" is not the name of a sysctl',
      '/linux/sysctl/net..x: "net..x" is not the name of a sysctl',
      '/linux/sysctl/: "" is not the name of a sysctl',
    ],
    [
      'one in two spellings',
      { '/linux/sysctl': { 'net.core.somaxconn': '1', 'net/core/somaxconn': '2' } },
      '/linux/sysctl/net~1core~1somaxconn: "net/core/somaxconn" is the same sysctl as "net.core.somaxconn"',
    ],
  ],
  resources: [
    [
      'device access',
      { '/linux/resources/devices': [{ allow: true, access: 'rwm' }, { allow: true, access: 'rx' }] },
      '/linux/resources/devices/1/access: "rx" has more than the letters r, w and m',
    ],
    [
      'weights',
      { '/linux/resources/blockIO/weightDevice': [{ major: 8, minor: 0 }] },
      '/linux/resources/blockIO/weightDevice/0: neither weight nor leafWeight, at least one is required',
    ],
    [
      'page sizes',
      { '/linux/resources/hugepageLimits': [{ pageSize: '2M', limit: 1 }, { pageSize: '1GB', limit: 1 }] },
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
  ],
  seccomp: [
    [
      'errno with actions that have none',
      {
        '/linux/seccomp': {
          defaultAction: 'SCMP_ACT_KILL',
          defaultErrnoRet: 1,
          syscalls: [
            { names: ['a'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
            { names: ['b'], action: 'SCMP_ACT_ALLOW', errnoRet: 0 },
          ],
        },
      },
      "/linux/seccomp/defaultErrnoRet: 1 can't be returned by SCMP_ACT_KILL, only by SCMP_ACT_ERRNO and SCMP_ACT_TRACE",
      "/linux/seccomp/syscalls/1/errnoRet: 0 can't be returned by SCMP_ACT_ALLOW, only by SCMP_ACT_ERRNO and SCMP_ACT_TRACE",
    ],
    [
      'metadata without a listener',
      { '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', listenerMetadata: 'x' } },
      '/linux/seccomp/listenerMetadata: allowed only with listenerPath',
    ],
    [
      'a rule without names',
      { '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }] } },
      '/linux/seccomp/syscalls/0/names: without entries, at least 1 is required',
    ],
  ],
  intelRdt: [
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
  ],
};

describe.each(Object.entries(PROBLEMS))('checkRules() refuses, in %s:', (_, cases) => {
  test.each(cases.map(toRow))('%s', (_name, changes, lines) => {
    expect(problemsOf(changed(smallConfig(), changes))).toEqual(lines.map((line) => `config.json: ${line}`));
  });
});

const WARNINGS: readonly Case[] = [
  ['a newer version', { '/ociVersion': '1.4.0' }, '/ociVersion: "1.4.0" is newer than 1.3, what it added is ignored'],
  [
    'a capability',
    { '/process/capabilities': { bounding: ['CAP_KILL', 'CAP_FUTURE'], ambient: ['kill', 'constructor'] } },
    '/process/capabilities/bounding/1: "CAP_FUTURE" is not a known capability, ignored',
    '/process/capabilities/ambient/0: "kill" is not a known capability, ignored',
    '/process/capabilities/ambient/1: "constructor" is not a known capability, ignored',
  ],
  [
    'a relative destination',
    { '/mounts': [{ destination: 'tmp', type: 'tmpfs' }] },
    '/mounts/0/destination: "tmp" is not an absolute path, taken as relative to "/"',
  ],
  [
    'mappings of a joined user namespace',
    { ...JOINED_USER, '/linux/uidMappings': MAP, '/linux/gidMappings': MAP },
    '/linux/uidMappings: ignored, the user namespace that is joined has its own',
    '/linux/gidMappings: ignored, the user namespace that is joined has its own',
  ],
  [
    'flags of a personality',
    { '/linux/personality': { domain: 'LINUX', flags: ['ADDR_NO_RANDOMIZE'] } },
    '/linux/personality/flags: no flags are defined, ignored',
  ],
];

test.each(WARNINGS.map(toRow))('checkRules() warns of %s', (_name, changes, lines) => {
  expect(parseConfig(changed(smallConfig(), changes)).warnings).toEqual(lines.map((line) => `config.json: ${line}`));
});

const ACCEPTED: readonly Case[] = [
  ...['1.0.0', '1.0.2-dev', '1.1.0-rc.3', '1.2.1+dev', '1.3.0', '1.3.99'].map(
    (version): Case => [`version ${version}`, { '/ociVersion': version }],
  ),
  ['no process', { '/process': undefined }],
  ['no linux', { '/linux': undefined }],
  ['names in a joined namespace', { ...without('uts'), '/linux/namespaces/4': { type: 'uts', path: '/a' }, '/hostname': 'x' }],
  ['empty names without a namespace', { ...without('uts'), '/hostname': '', '/domainname': '' }],
  ['an empty namespace path', { '/linux/namespaces/0': { type: 'pid', path: '' }, '/hostname': 'x'.repeat(64) }],
  ['a joined user namespace without mappings', JOINED_USER],
  ['mappings beside each other', { ...USER, '/linux/uidMappings': [...MAP, { containerID: 10, hostID: 1010, size: 1 }] }],
  ['mappings up to the last id', { ...USER, '/linux/gidMappings': [...MAP, { containerID: 10, hostID: 4294967290, size: 5 }] }],
  ['the last id of a range', { ...USER, '/process/user': { uid: 9, gid: 9 } }],
  ['names of dots as destination', { '/mounts': [{ destination: '/...', type: 'tmpfs' }, { destination: '/a/../b', type: 'tmpfs' }] }],
  ['remount without type and source', { '/mounts': [{ destination: '/a', options: ['remount', 'ro'] }] }],
  ['an empty propagation', { '/linux/rootfsPropagation': '' }],
  ['an empty device type', { '/linux/resources/devices': [{ allow: true, type: '', access: '' }] }],
  ['swappiness as old managers write it', { '/linux/resources/memory': { swappiness: 18446744073709551615 } }],
  ['burst without a quota', { '/linux/resources/cpu': { quota: -1, burst: 10 } }],
  ['pids without a limit', { '/linux/resources/pids': {} }],
  ['the root class of service', { '/linux/intelRdt': { closID: '/' } }],
  [
    'sysctls of the container',
    {
      ...USER,
      '/linux/sysctl': {
        'kernel.shm_rmid_forced': '1',
        'fs.mqueue.queues_max': '1',
        'net/ipv4/conf/eth0.100/forwarding': '1',
        'kernel.domainname': 'x',
        'user.max_net_namespaces': '1',
      },
    },
  ],
];

test.each(ACCEPTED.map(toRow))('checkRules() says nothing of %s', (_name, changes) => {
  expect(parseConfig(changed(smallConfig(), changes)).warnings).toEqual([]);
});

test('checkRules() is asked for all that the schema finds nothing wrong with', () => {
  const changes = { '/process/rlimits/0/type': 'X', '/process/cwd': 'x', '/mounts/0/options': 1, '/hostname': 'x'.repeat(65) };
  expect(problemsOf(changed(fullConfig(), changes))).toEqual([
    'config.json: /mounts/0/options: 1 is not an array',
    expect.stringMatching(/^config\.json: \/process\/rlimits\/0\/type: "X" is not one of RLIMIT_AS, /),
    'config.json: /process/cwd: "x" is not an absolute path',
    `config.json: /hostname: "${'x'.repeat(65)}" is longer than 64 bytes`,
  ]);
});

test.each([
  ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
  ['net/ipv4/conf/eth0.100/forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['net.ipv4.conf.eth0/100.forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['/net/x', undefined],
  ['net.x.', undefined],
  ['.', undefined],
])('sysctlPath() of %s', (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});

test('sysctlNamespace() knows what belongs to whom', () => {
  const types = ['net/a', 'fs/mqueue/a', 'kernel/sem', 'user/a', 'kernel/domainname', 'kernel/panic', 'netx/a'];
  expect(types.map(sysctlNamespace)).toEqual(['network', 'ipc', 'ipc', 'user', 'uts', undefined, undefined]);
});

test('the configs of the tests are themselves in order', () => {
  const configs: Spec[] = [smallConfig(), fullConfig()];
  for (const config of configs) expect(parseConfig(JSON.stringify(config)).warnings).toEqual([]);
});
