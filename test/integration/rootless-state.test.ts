// Where an ordinary user's state is kept, whose state is not obeyed, and what --rootless says of cgroups.

import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { makeBundle, writeConfig } from '../support/bundle.ts';
import { messageOf } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { type Result, runProgram } from '../support/runtime.ts';
import { runBundleAs, runtimeAs, stateDirectory, userBundle, useUser } from '../support/users.ts';

const user = useUser(missing(['users', 'busybox', 'nunc']).length === 0);

const test = requires('users', 'busybox', 'nunc');
const onV1 = requires('users', 'busybox', 'nunc', 'cgroup-v1');

function refused(result: Result): string {
  expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 1, stdout: '' });
  return messageOf(result.stderr);
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-hijack-'));
  onTestFinished(() => { rmSync(directory, { recursive: true, force: true }); });
  chownSync(directory, user().uid, user().gid);
  return directory;
}

test('the state is in the runtime directory, in a directory that cleaners leave alone', async () => {
  const bundle = await userBundle(user(), 'true');
  await runtimeAs(user(), ['create', '--bundle', bundle.directory, bundle.id], { output: '/dev/null' });
  const root = stateDirectory(user());
  expect(existsSync(join(root, bundle.id, 'state.json'))).toBe(true);
  expect(lstatSync(root)).toMatchObject({ uid: user().uid });
  expect((lstatSync(root).mode & 0o7777).toString(8)).toBe('1700');
});

test('a state directory of another user is not obeyed, by whatever command', async () => {
  const directory = temporary();
  mkdirSync(join(directory, 'nunc'), { mode: 0o777 });
  const bundle = await userBundle(user(), 'echo it runs');
  const variables = { XDG_RUNTIME_DIR: directory };
  const message = `cannot use the state directory "${directory}/nunc": it is uid 0's, not uid ${user().uid}'s`;
  const commands = [
    ['run', '--bundle', bundle.directory, bundle.id], ['state', 'x'], ['kill', 'x'], ['delete', '--force', 'x'],
    ['start', 'x'], ['list'], ['ps', 'x'], ['events', 'x'],
  ];
  for (const command of commands) expect(refused(await runtimeAs(user(), command, { variables }))).toBe(message);
});

test('nor is a symbolic link', async () => {
  const directory = temporary();
  symlinkSync(user().home, join(directory, 'nunc'));
  const result = await runtimeAs(user(), ['list'], { variables: { XDG_RUNTIME_DIR: directory } });
  expect(refused(result)).toBe(`cannot use the state directory "${directory}/nunc": it is not a directory`);
});

test('without XDG_RUNTIME_DIR the state would be root\'s, and the message says why', async () => {
  const bundle = await userBundle(user(), 'echo it runs');
  const message = refused(await runBundleAs(user(), bundle, { variables: { XDG_RUNTIME_DIR: '' } }));
  expect(message).toMatch(/^cannot (use|make) the state directory "\/run\/nunc.*; XDG_RUNTIME_DIR is not set, nor is --root given$/);
});

test('--root is where it says', async () => {
  const bundle = await userBundle(user(), 'echo it runs');
  const root = join(bundle.directory, 'state');
  const result = await runtimeAs(user(), ['--root', root, 'run', '--bundle', bundle.directory, bundle.id]);
  expect(result).toMatchObject({ status: 0, stdout: 'it runs\n' });
  expect(existsSync(root)).toBe(true);
});

test('--rootless=false takes a missing permission for cgroups as an error', async () => {
  const bundle = await userBundle(user(), 'echo it runs');
  const run = ['run', '--bundle', bundle.directory, bundle.id];
  expect(refused(await runtimeAs(user(), ['--rootless=false', ...run])))
    .toMatch(/^cannot create the cgroup "\/sys\/fs\/cgroup\/.*": permission denied(; |$)/);
  expect(await runtimeAs(user(), ['--rootless=true', ...run])).toMatchObject({ status: 0, stdout: 'it runs\n' });
});

test('a container that has neither a cgroup nor a pid namespace is warned of', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => {
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    spec.mounts = spec.mounts.filter(({ type }) => type !== 'proc');
    delete spec.linux.maskedPaths;
    delete spec.linux.readonlyPaths;
  });
  const { stdout, stderr } = await runBundleAs(user(), bundle);
  expect(stdout).toBe('it runs\n');
  expect(stderr).toContain('neither a cgroup nor a pid namespace: what outlives its first process is lost');
});

onV1('--rootless=true lets root do without cgroups that are read-only', async () => {
  const bundle = makeBundle({ args: ['sh', '-c', 'grep -c nunc /proc/self/cgroup'] });
  delete bundle.spec.linux.cgroupsPath;
  writeConfig(bundle);
  const protect = 'for d in /sys/fs/cgroup/*; do mount --bind $d $d; mount -o remount,bind,ro $d; done; exec "$@"';
  const run = async (...options: string[]): Promise<Result> => {
    const root = ['--root', join(bundle.directory, 'state')];
    const command = [user().program, ...root, ...options, 'run', '--bundle', bundle.directory, bundle.id];
    return await runProgram(['unshare', '--mount', 'sh', '-c', protect, 'sh', ...command]);
  };
  expect(refused(await run())).toMatch(/^cannot create the cgroup "\/sys\/fs\/cgroup\/.*": read-only file system(; |$)/);
  expect((await run('--rootless=true')).stdout).toBe('0\n');
});
