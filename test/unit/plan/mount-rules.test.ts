import { describe, expect, test } from 'vitest';
import type { Report } from '../../../src/config/report.ts';
import type { Mount } from '../../../src/config/types.ts';
import { lineOf } from '../../../src/finding.ts';
import { parseAllMountOptions } from '../../../src/plan/mount-options.ts';
import { checkLiveMounts, checkMountOptions } from '../../../src/plan/mount-rules.ts';

const MAP = [{ containerID: 0, hostID: 0, size: 1 }];

function check(mount: Omit<Mount, 'destination'>): Report {
  const mounts = [{ destination: '/m', ...mount }];
  return checkMountOptions(mounts, parseAllMountOptions(mounts));
}

test.each<[Omit<Mount, 'destination'>, string]>([
  [
    { source: '/s', options: ['rbind', 'size=1', 'ro', 'x'] },
    '/mounts/0/options: "size=1", "x": bind mounts cannot have any filesystem-specific options applied',
  ],
  [
    { type: 'bind', source: '/s', options: ['copy-symlink', 'src-nofollow'] },
    '/mounts/0/options: "copy-symlink" is mutually exclusive with "src-nofollow" and "dest-nofollow"',
  ],
  [{ type: 'ramfs', options: ['tmpcopyup'] }, '/mounts/0/options: "tmpcopyup" can be used only with tmpfs'],
  [{ type: 'tmpfs', source: '/s', options: ['bind', 'tmpcopyup'] }, '"tmpcopyup" can be used only with tmpfs'],
  [{ type: 'tmpfs', options: ['tmpcopyup', 'iversion'] }, '"tmpcopyup" can\'t be used with "iversion"'],
  [
    { type: 'tmpfs', options: ['tmpcopyup', 'idmap'] },
    '/mounts/0: "tmpcopyup" can\'t be used with mapped ids',
  ],
  [{ options: ['remount', 'bind', 'idmap'] }, '/mounts/0: the ids of a mount that exists can\'t be mapped'],
  [{ type: 'cgroup', uidMappings: MAP, gidMappings: MAP }, '/mounts/0: the ids of a cgroup mount can\'t be mapped'],
  [{ type: 'tmpfs', options: ['ridmap', 'iversion'] }, '/mounts/0: ids can\'t be mapped with "iversion"'],
  [{ source: '/s', options: ['bind', 'idmap', 'copy-symlink'] }, '"copy-symlink" can\'t be used with mapped ids'],
])('checkMountOptions() refuses %j', (mount, message) => {
  const { problems } = check(mount);
  expect(problems).toHaveLength(1);
  expect(problems.map((problem) => lineOf(problem))[0]).toContain(message);
});

test.each<Omit<Mount, 'destination'>>([
  { source: '/s', options: ['bind', 'defaults', 'sync', 'silent', 'loud', 'iversion', 'lazytime', 'rro', 'rshared'] },
  { source: '/s', options: ['bind', 'copy-symlink'] },
  { source: '/s', options: ['bind', 'src-nofollow', 'dest-nofollow'] },
  { source: '/s', options: ['bind'], uidMappings: MAP, gidMappings: MAP },
  { type: 'tmpfs', options: ['tmpcopyup', 'size=1', 'ro'] },
  { type: 'tmpfs', options: ['idmap', 'size=1'] },
  { type: 'tmpfs', options: ['rsync'] },
])('checkMountOptions() accepts %j', (mount) => {
  expect(check(mount)).toEqual({ problems: [], warnings: [] });
});

test('checkMountOptions() tells which options a bind mount can\'t have', () => {
  expect(check({ source: '/s', options: ['bind', 'rsync', 'rmand'] })).toEqual({
    problems: [],
    warnings: [
      { pointer: '/mounts/0/options', text: '"rsync" has no effect on a bind mount' },
      { pointer: '/mounts/0/options', text: '"rmand" has no effect on a bind mount' },
    ],
  });
});

describe('checkLiveMounts()', () => {
  const problemsOf = (...mounts: Mount[]): readonly string[] => {
    const linux = { maskedPaths: ['/proc/kcore'], readonlyPaths: ['/sys/x/./y'] };
    const { problems } = checkLiveMounts({ ociVersion: '1.0.0', mounts, linux }, parseAllMountOptions(mounts));
    return problems.map((problem) => lineOf(problem));
  };

  test('lets bind mounts and file systems pass', () => {
    expect(problemsOf(
      { destination: '/a', source: '/proc', options: ['rbind'] }, { destination: '/b', type: 'tmpfs' },
      { destination: '/sys', type: 'tmpfs' }, { destination: '/sys/x/y', source: '/s', options: ['bind'] },
    )).toEqual([]);
  });

  test.each<[Mount, string]>([
    [{ destination: '/a', options: ['remount', 'bind'] }, '/options: "remount" could not be taken back'],
    [{ destination: '/a', type: 'proc' }, '/type: a proc mount can\'t be added to a running container'],
    [{ destination: '/a', type: 'sysfs' }, '/type: a sysfs mount can\'t be added to a running container'],
    [{ destination: '/a', type: 'cgroup2' }, '/type: a cgroup2 mount can\'t be added to a running container'],
    [
      { destination: '/a', type: 'ext4', options: ['iversion'] },
      '/options: "iversion" or an option of more than 255 bytes can\'t be used in a running container',
    ],
    [
      { destination: '/proc', source: '/proc', options: ['rbind'] },
      '/destination: a mount at "/proc" would cover what protects "/proc/kcore"',
    ],
    [
      { destination: '/sys/../sys/x', source: '/s', type: 'bind' },
      '/destination: a mount at "/sys/../sys/x" would cover what protects "/sys/x/./y"',
    ],
  ])('refuses %j', (mount, problem) => {
    expect(problemsOf(mount)).toEqual([`config.json: /mounts/0${problem}`]);
  });
});
