import { expect, test } from 'vitest';
import { newReport } from '../../../../src/config/report.ts';
import { checkMounts } from '../../../../src/config/rules/mounts.ts';
import { smallConfig } from '../configs.ts';
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
  ...['idmap', 'ridmap'].map((option): Case => [
    `${option} without maps or a user namespace`,
    { '/mounts': [{ destination: '/a', source: '/b', options: ['bind', option] }] },
    `/mounts/0/options/1: "${option}" requires uidMappings and gidMappings, or a user namespace`,
  ]),
  [
    'bad ranges of idmap',
    {
      '/mounts': [
        { destination: '/a', source: '/b', options: ['bind', 'idmap=uids=0-0-10#5-20-1;gids=0-0-0'] },
        { destination: '/a', source: '/b', options: ['bind', 'idmap=uids=1'] },
      ],
    },
    '/mounts/0/options/1/1/containerID: 5 and what follows it overlap with /mounts/0/options/1/0',
    '/mounts/0/options/1/0/size: 0 is not a number of ids, at least 1 is required',
    '/mounts/1/options/1: "idmap=uids=1" has "1", which is not <id>-<host id>-<count>',
  ],
  ...['/proc', 'proc', '/proc/', '/dev/../proc'].map((destination): Case => [
    `no procfs at ${destination}`,
    { '/mounts': [{ destination, type: 'tmpfs' }] },
    `/mounts/0/destination: ${JSON.stringify(destination)} cannot be mounted because it is not of type proc`,
  ]),
  ...['/proc/self/attr', '/proc/cpuinfo/x', '/proc/sys', '//proc/./net/dev'].map((destination): Case => [
    `inside /proc, ${destination}`,
    {
      '/mounts': [
        { destination, source: '/b', options: ['bind'] },
        { destination, type: 'proc' },
      ],
    },
    `/mounts/0/destination: "${destination}" cannot be mounted because it is inside /proc`,
    `/mounts/1/destination: "${destination}" cannot be mounted because it is inside /proc`,
  ]),
]);

test.each([
  { destination: '/proc', type: 'proc' },
  { destination: '/proc', source: '/proc', options: ['rbind'] },
  { destination: '/proc', type: 'bind', source: '/proc' },
  { destination: '/proc', options: ['remount', 'ro'] },
  { destination: '/proc/cpuinfo', source: '/x', options: ['bind'] },
  { destination: '/proc/sys/crypto/fips_enabled/', source: '/x', options: ['bind'] },
  { destination: '/process', type: 'tmpfs' },
  { destination: '/mnt/proc/self', type: 'tmpfs' },
])('the rules for mounts accept %j', (mount) => {
  const report = newReport();
  checkMounts({ ...smallConfig(), mounts: [mount] }, report);
  expect(report).toEqual({ problems: [], warnings: [] });
});
