import { expect, test } from 'vitest';
import { ownCgroupPath } from '../../../src/cgroup/own.ts';

const TEXT = `5:name=systemd:/user.slice/user-1000.slice
4:cpu,cpuacct:/a:b
3:memory:/
2:pids:/../../other
0::/user.slice/user-1000.slice/session-2.scope
`;

test.each([
  [1, ['name=systemd'], '/user.slice/user-1000.slice'],
  [1, ['cpu', 'cpuacct'], '/a:b'],
  [1, ['memory'], ''],
  [1, ['pids'], ''],
  [1, ['devices'], ''],
  [2, ['cpu'], '/user.slice/user-1000.slice/session-2.scope'],
] as const)('ownCgroupPath() in v%i %j is %j', (version, controllers, path) => {
  expect(ownCgroupPath(TEXT, { version, controllers })).toBe(path);
});
