import { expect, test } from 'vitest';
import type { Report } from '../../../src/config/report.ts';
import type { Mount } from '../../../src/config/types.ts';
import { parseAllMountOptions } from '../../../src/plan/mount-options.ts';
import { checkMountOptions } from '../../../src/plan/mount-rules.ts';

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
  expect(problems[0]).toContain(message);
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
      'config.json: /mounts/0/options: "rsync" has no effect on a bind mount',
      'config.json: /mounts/0/options: "rmand" has no effect on a bind mount',
    ],
  });
});
