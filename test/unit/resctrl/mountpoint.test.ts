import { expect, test } from 'vitest';
import { parseResctrlMountpoint } from '../../../src/resctrl/mountpoint.ts';

const line = (root: string, path: string, type = 'resctrl') =>
  `36 25 0:33 ${root} ${path} rw,nosuid shared:9 - ${type} resctrl rw,mba_MBps\n`;

test.each([
  ['none', '', undefined],
  ['another file system', line('/', '/sys/fs/cgroup', 'cgroup2'), undefined],
  ['one', line('/', '/sys', 'sysfs') + line('/', '/sys/fs/resctrl'), '/sys/fs/resctrl'],
  ['the first of two', line('/', '/a') + line('/', '/b'), '/a'],
  ['no group of it', line('/group', '/a') + line('/', '/b'), '/b'],
  ['one with a blank in its path', line('/', '/a\\040b'), '/a b'],
])('parseResctrlMountpoint() finds %s', (_, mountinfo, expected) => {
  expect(parseResctrlMountpoint(mountinfo)).toBe(expected);
});
