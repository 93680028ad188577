import { expect, test } from 'vitest';
import type { NuncError } from '../../../src/error.ts';
import { DanglingLinkError, describeFailure } from '../../../src/launch/failure.ts';
import { errno } from '../../../src/linux/errno.ts';

test('describeFailure() says what was attempted, on what, why, and which operation it was', () => {
  const story = { kind: 'fsmount', origin: '/mounts/0', action: 'mount "proc" at "/proc"' };
  expect(describeFailure({ story, index: 16, total: 96, errno: errno.EPERM }).message)
    .toBe('cannot mount "proc" at "/proc": operation not permitted (operation 17 of 96: fsmount, /mounts/0)');
});

test('describeFailure() leaves the pointer out where no config entry asked for the operation', () => {
  const story = { kind: 'setsid', origin: '', action: 'set up the init process' };
  expect(describeFailure({ story, index: 0, total: 2, errno: errno.EPERM }).message)
    .toBe('cannot set up the init process: operation not permitted (operation 1 of 2: setsid)');
});

test('describeFailure() words a missing program as Go does, for those who match on it', () => {
  const story = { kind: 'statx', origin: '/process/args/0', action: 'exec: "/no": stat /no' };
  expect(describeFailure({ story, index: 1, total: 2, errno: errno.ENOENT }).message)
    .toBe('exec: "/no": stat /no: no such file or directory (operation 2 of 2: statx, /process/args/0)');
});

test("describeFailure() gives way to an operation's own message", () => {
  const story = { kind: 'fail', origin: '', action: 'x', message: 'exec: "no": executable file not found in $PATH' };
  expect(describeFailure({ story, index: 0, total: 1, errno: errno.ENOENT }).message)
    .toBe('exec: "no": executable file not found in $PATH (operation 1 of 1: fail)');
});

test('describeFailure() says what an errno means to an operation', () => {
  const story = {
    kind: 'move_mount', origin: '/mounts/3', action: 'mount "a" at "/b"',
    reasons: [{ errno: errno.EINVAL, text: 'not a directory' }],
  };
  expect(describeFailure({ story, index: 0, total: 1, errno: errno.EINVAL }).message)
    .toBe('cannot mount "a" at "/b": not a directory (operation 1 of 1: move_mount, /mounts/3)');
  expect(describeFailure({ story, index: 0, total: 1, errno: errno.EPERM }).message)
    .toBe('cannot mount "a" at "/b": operation not permitted (operation 1 of 1: move_mount, /mounts/3)');
});

test('describeFailure() tells a link that leads nowhere from other failures', () => {
  const story = { kind: 'openat2', origin: '/mounts/3', action: 'mount "a" at "/b"' };
  const failure = (reason: number, mayDangle: boolean): NuncError =>
    describeFailure({ story: { ...story, mayDangle }, index: 0, total: 1, errno: reason });
  expect(failure(errno.ENOENT, true)).toBeInstanceOf(DanglingLinkError);
  expect(failure(errno.ENOENT, false)).not.toBeInstanceOf(DanglingLinkError);
  expect(failure(errno.EACCES, true)).not.toBeInstanceOf(DanglingLinkError);
});

test('describeFailure() tells programs the code, the operation, its origin and the errno', () => {
  const story = { kind: 'fsmount', origin: '/mounts/0', action: 'mount "proc" at "/proc"' };
  expect(describeFailure({ story, index: 16, total: 96, errno: errno.EPERM })).toMatchObject({
    code: 'E_MOUNT', operation: { index: 16, of: 96, kind: 'fsmount', action: story.action }, origin: '/mounts/0',
    errno: { name: 'EPERM', number: 1 },
  });
});

test.each([
  ['execve', '/process/args', 'E_EXEC'],
  ['chdir', '/process/cwd', 'E_EXEC'],
  ['openat2', '/root/path', 'E_MOUNT'],
  ['pivot_root', '', 'E_MOUNT'],
  ['clone3', '', 'E_NAMESPACE'],
  ['setns', '/linux/namespaces/2', 'E_NAMESPACE'],
  ['seccomp', '/linux/seccomp', 'E_SECCOMP'],
  ['write', '/linux/cgroupsPath', 'E_CGROUP'],
  ['setsid', '', 'E_PERMISSION'],
  ['prlimit64', '/process/rlimits/0', 'E_PERMISSION'],
])('describeFailure() finds the code of %s for "%s"', (kind, origin, code) => {
  const story = { kind, origin, action: 'x' };
  expect(describeFailure({ story, index: 0, total: 1, errno: errno.EPERM }).code).toBe(code);
});
