import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import type { Spec } from '../../../src/config/types.ts';
import { lineOf } from '../../../src/finding.ts';
import { changed, fullConfig, smallConfig } from './configs.ts';
import { problemsOf } from './problems.ts';
import { type Case, JOINED_USER, MAP, toRow, USER, without } from './rules/cases.ts';

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
    'cache schemata of a strange form',
    { '/linux/intelRdt': { l3CacheSchema: 'L3:0=f\nL3:1=f' } },
    '/linux/intelRdt/l3CacheSchema: "L3:0=f\\nL3:1=f" should be one line that starts with L3:',
  ],
];

test.each(WARNINGS.map(toRow))('checkRules() warns of %s', (_name, changes, lines) => {
  const { warnings } = parseConfig(changed(smallConfig(), changes));
  expect(warnings.map((warning) => lineOf(warning))).toEqual(lines.map((line) => `config.json: ${line}`));
});

const ACCEPTED: readonly Case[] = [
  ...['1.0.0', '1.0.2-dev', '1.1.0-rc.3', '1.2.1+dev', '1.3.0', '1.3.99'].map((version): Case => [
    `version ${version}`,
    { '/ociVersion': version },
  ]),
  ['no process', { '/process': undefined }],
  ['no linux', { '/linux': undefined }],
  [
    'names in a joined namespace',
    { ...without('uts'), '/linux/namespaces/4': { type: 'uts', path: '/a' }, '/hostname': 'x' },
  ],
  ['empty names without a namespace', { ...without('uts'), '/hostname': '', '/domainname': '' }],
  ['an empty namespace path', { '/linux/namespaces/0': { type: 'pid', path: '' }, '/hostname': 'x'.repeat(64) }],
  ['a joined user namespace without mappings', JOINED_USER],
  [
    'mappings beside each other',
    { ...USER, '/linux/uidMappings': [...MAP, { containerID: 10, hostID: 1010, size: 1 }] },
  ],
  [
    'mappings up to the last id',
    { ...USER, '/linux/gidMappings': [...MAP, { containerID: 10, hostID: 4294967290, size: 5 }] },
  ],
  ['the last id of a range', { ...USER, '/process/user': { uid: 9, gid: 9 } }],
  [
    'names of dots as destination',
    {
      '/mounts': [
        { destination: '/...', type: 'tmpfs' },
        { destination: '/a/../b', type: 'tmpfs' },
      ],
    },
  ],
  ['remount without type and source', { '/mounts': [{ destination: '/a', options: ['remount', 'ro'] }] }],
  ['an empty propagation', { '/linux/rootfsPropagation': '' }],
  ['an empty device type', { '/linux/resources/devices': [{ allow: true, type: '', access: '' }] }],
  ['swappiness as old managers write it', { '/linux/resources/memory': { swappiness: 18446744073709551615 } }],
  ['burst without a quota', { '/linux/resources/cpu': { quota: -1, burst: 10 } }],
  ['pids without a limit', { '/linux/resources/pids': {} }],
  ['the root class of service', { '/linux/intelRdt': { closID: '/' } }],
  [
    'a device that is given twice',
    { '/linux/devices': [0, 0].map(() => ({ type: 'c', path: '/dev/fuse', major: 10, minor: 229 })) },
  ],
  ['the names that the kernel makes up', { '/linux/netDevices': { eth0: { name: 'eth%d' } } }],
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
  const changes = {
    '/process/rlimits/0/type': 'X',
    '/process/cwd': 'x',
    '/mounts/0/options': 1,
    '/hostname': 'x'.repeat(65),
  };
  expect(problemsOf(changed(fullConfig(), changes))).toEqual([
    'config.json: /mounts/0/options: 1 is not an array',
    expect.stringMatching(/^config\.json: \/process\/rlimits\/0\/type: "X" is not one of RLIMIT_AS, /),
    'config.json: /process/cwd: "x" is not an absolute path',
    `config.json: /hostname: "${'x'.repeat(65)}" is longer than 64 bytes`,
  ]);
});

test('the configs of the tests are themselves in order', () => {
  const configs: Spec[] = [smallConfig(), fullConfig()];
  for (const config of configs) expect(parseConfig(JSON.stringify(config)).warnings).toEqual([]);
});
