// Limits of an ordinary user's containers: set in the cgroups that are delegated, v1's here and v2's in the VM
// (scripts/test-vm.sh test/integration/rootless-limits.test.ts), and refused where none is.

import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { type Controller, hierarchyOf } from '../support/cgroup-files.ts';
import { eventually, messageOf } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { runBundleAs, runtimeAs, type UserBundle, userBundle, type UserOptions, useUser } from '../support/users.ts';

const needs = ['users', 'busybox', 'cgroups'] as const;
const user = useUser(missing(needs).length === 0);
const test = requires(...needs, 'nunc');
const v1 = requires(...needs, 'nunc', 'cgroup-v1');
const v2 = requires(...needs, 'nunc', 'cgroup-v2');

const TOP = `/nunc-test-limits-${process.pid}`;
const LIMITED = ['memory', 'pids'] as const;

function isV1(): boolean {
  return hierarchyOf('pids')?.version === 1;
}

/** The directory of a cgroup in each hierarchy with these controllers. */
function directoriesOf(controllers: readonly Controller[], path: string): string[] {
  return [...new Set(controllers.map((controller) => `${hierarchyOf(controller)?.mountpoint ?? ''}${path}`))];
}

function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(`${directory}/${entry.name}`);
  }
  rmdirSync(directory);
}

async function removeAll(directories: readonly string[]): Promise<void> {
  await eventually(() => {
    try {
      directories.forEach(removeTree);
      return true;
    } catch {
      return false;
    }
  }, (gone) => gone);
}

/** A subtree of these controllers, with a cgroup `shell` in it. @returns what puts a command there */
function subtree(controllers: readonly Controller[], delegated: boolean): UserOptions {
  const directories = directoriesOf(controllers, TOP);
  onTestFinished(() => removeAll(directories));
  for (const directory of directories) {
    mkdirSync(`${directory}/shell`, { recursive: true });
    if (!isV1()) writeFileSync(`${directory.slice(0, -TOP.length)}/cgroup.subtree_control`, '+pids +memory');
    const files = ['', '/cgroup.procs', ...(isV1() ? ['/tasks'] : ['/cgroup.threads', '/cgroup.subtree_control'])];
    if (!delegated) continue;
    for (const own of [directory, `${directory}/shell`]) {
      for (const file of files) chownSync(own + file, user().uid, user().gid);
    }
  }
  const enter = directories.map((directory) => `echo $$ >${directory}/shell/cgroup.procs`).join('; ');
  return { prefix: ['sh', '-c', `${enter}; exec "$@"`, 'sh'] };
}

const FILES = isV1()
  ? { memory: '/sys/fs/cgroup/memory/memory.limit_in_bytes', pids: '/sys/fs/cgroup/pids/pids.max' }
  : { memory: '/sys/fs/cgroup/memory.max', pids: '/sys/fs/cgroup/pids.max' };

function bundleOf(script: string, cgroupsPath?: string): Promise<UserBundle> {
  return userBundle(user(), script, (spec) => {
    spec.linux.resources = {
      devices: [{ allow: false, access: 'rwm' }], memory: { limit: 33_554_432 }, pids: { limit: 50 },
    };
    if (cgroupsPath !== undefined) spec.linux.cgroupsPath = cgroupsPath;
    const others = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
    spec.linux.namespaces = [...others, { type: 'cgroup' }];
    // spec --rootless binds the host's.
    spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/sys/fs/cgroup');
    spec.mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] });
  });
}

async function expectLimits(cgroupsPath?: string): Promise<void> {
  const bundle = await bundleOf(`cat ${FILES.memory} ${FILES.pids}`, cgroupsPath);
  const { status, stdout, stderr } = await runBundleAs(user(), bundle, subtree(LIMITED, true));
  expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: '33554432\n50\n' });
  expect(stderr).not.toMatch(/level=error/);
}

test('limits are set in a delegated subtree, beside the runtime\'s own cgroup', () => expectLimits());

// In v1 an absolute path is for all hierarchies, of which only some are delegated here.
v2('limits are set in a delegated subtree, at an absolute cgroupsPath', () => expectLimits(`${TOP}/pods/one`));

test('limits are kept in a delegated subtree', async () => {
  const bundle = await bundleOf('exec tail -c 64m /dev/zero');
  expect(await runBundleAs(user(), bundle, subtree(LIMITED, true))).toMatchObject({ status: 137 });
});

test('a limit is refused, by name, where nothing is delegated', async () => {
  const bundle = await bundleOf('echo it runs');
  const { status, stdout, stderr } = await runBundleAs(user(), bundle, subtree(LIMITED, false));
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(messageOf(stderr)).toMatch(/^cannot set \/linux\/resources\/memory\/limit: container could not join or create/);
  expect(messageOf(stderr)).toContain('permission denied');
});

v1('a limit is refused where another controller is delegated, and set where its own is', async () => {
  const place = subtree(['memory'], true);
  const both = await runBundleAs(user(), await bundleOf('true'), place);
  expect(messageOf(both.stderr)).toMatch(/^cannot set \/linux\/resources\/pids\/limit: /);
  const bundle = await userBundle(user(), 'grep :memory: /proc/self/cgroup', (spec) => {
    spec.linux.resources = { memory: { limit: 33_554_432 } };
    spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
  });
  const { status, stdout } = await runBundleAs(user(), bundle, place);
  expect(status).toBe(0);
  expect(stdout.trim()).toMatch(new RegExp(`:memory:${TOP}/.*${bundle.id}$`));
});

test('--rootless false takes limits and all else as root would: what is not permitted is an error', async () => {
  const bundle = await bundleOf('echo it runs');
  const args = ['--rootless', 'false', 'run', '--bundle', bundle.directory, bundle.id];
  const { status, stdout, stderr } = await runtimeAs(user(), args, subtree(LIMITED, true));
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(messageOf(stderr)).toMatch(/^cannot create the cgroup "[^"]*\/nunc\/[^"]*": permission denied(; |$)/);
});

test('device rules are not an ordinary user\'s to enforce: they are ignored', async () => {
  const bundle = await bundleOf('cat /dev/null && echo read');
  const { status, stdout } = await runBundleAs(user(), bundle, subtree(LIMITED, true));
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'read\n' });
});

test('nothing is left of a container that had cgroups with limits', async () => {
  const place = subtree(LIMITED, true);
  expect(await runBundleAs(user(), await bundleOf('true'), place)).toMatchObject({ status: 0 });
  for (const directory of directoriesOf(LIMITED, TOP)) {
    const left = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(left.map(({ name }) => name)).toEqual(['shell']);
    expect(readFileSync(`${directory}/shell/cgroup.procs`, 'utf8')).toBe('');
  }
});
