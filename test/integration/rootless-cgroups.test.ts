// Cgroups of an ordinary user on a pure v2 host: used where a subtree is delegated, done without where none is. On
// other hosts: scripts/test-vm.sh test/integration/rootless-cgroups.test.ts

import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { readMountinfo } from '../support/inside.ts';
import { eventually, messageOf } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { runBundleAs, runtimeAs, type UserBundle, userBundle, type UserOptions, useUser } from '../support/users.ts';

const needs = ['users', 'busybox', 'cgroup-v2'] as const;
const user = useUser(missing(needs).length === 0);

const test = requires(...needs);
const nunc = requires(...needs, 'nunc');

const TOP = `/nunc-delegation-${process.pid}`;
const DIRECTORY = `/sys/fs/cgroup${TOP}`;

function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  rmdirSync(directory);
}

/** A subtree with a cgroup `shell` in it, from which commands run. @returns what puts them there */
function subtree(delegated: boolean): UserOptions {
  onTestFinished(() => eventually(() => {
    try {
      removeTree(DIRECTORY);
      return true;
    } catch {
      return false;
    }
  }, (gone) => gone).then(() => undefined));
  mkdirSync(`${DIRECTORY}/shell`, { recursive: true });
  writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+pids +memory');
  if (delegated) {
    // What cgroups(7) says delegation consists of.
    const files = ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control'];
    for (const directory of [DIRECTORY, `${DIRECTORY}/shell`]) {
      for (const file of files) chownSync(join(directory, file), user().uid, user().gid);
    }
  }
  const enter = `echo $$ >${DIRECTORY}/shell/cgroup.procs; exec "$@"`;
  return { prefix: ['sh', '-c', enter, 'sh'] };
}

async function cgroupOf(bundle: UserBundle, options: UserOptions): Promise<string> {
  const { stdout, stderr } = await runBundleAs(user(), bundle, options);
  expect(stderr).not.toMatch(/level=error/);
  return /^0::(.*)$/m.exec(stdout)?.[1] ?? stdout;
}

const withoutCgroupNamespace = ({ spec }: Pick<UserBundle, 'spec'>): void => {
  spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
};

const SCRIPT = 'cat /proc/self/cgroup';

test('a delegated subtree is used, beside the runtime\'s own cgroup', async () => {
  const bundle = await userBundle(user(), SCRIPT, (spec) => { withoutCgroupNamespace({ spec }); });
  const path = await cgroupOf(bundle, subtree(true));
  expect(path.startsWith(`${TOP}/`)).toBe(true);
  expect(path.startsWith(`${TOP}/shell`)).toBe(false);
  expect(path.endsWith(`/${bundle.id}`)).toBe(true);
  expect(existsSync(`/sys/fs/cgroup${path}`)).toBe(false);
});

test('an absolute cgroupsPath in a delegated subtree is used', async () => {
  const bundle = await userBundle(user(), SCRIPT, (spec) => {
    withoutCgroupNamespace({ spec });
    spec.linux.cgroupsPath = `${TOP}/pods/one`;
  });
  expect(await cgroupOf(bundle, subtree(true))).toBe(`${TOP}/pods/one`);
  expect(existsSync(`${DIRECTORY}/pods/one`)).toBe(false);
});

nunc('a relative one is beside the runtime\'s own cgroup, and its parents go with it', async () => {
  const bundle = await userBundle(user(), SCRIPT, (spec) => {
    withoutCgroupNamespace({ spec });
    spec.linux.cgroupsPath = 'pods/two';
  });
  expect(await cgroupOf(bundle, subtree(true))).toBe(`${TOP}/nunc/pods/two`);
  expect(readdirSync(DIRECTORY, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name))
    .toEqual(['shell']);
});

test('without delegation the container stays in the runtime\'s cgroup', async () => {
  const bundle = await userBundle(user(), SCRIPT, (spec) => { withoutCgroupNamespace({ spec }); });
  expect(await cgroupOf(bundle, subtree(false))).toBe(`${TOP}/shell`);
});

test('without delegation a cgroupsPath is an error', async () => {
  const bundle = await userBundle(user(), SCRIPT, (spec) => { spec.linux.cgroupsPath = `${TOP}/pods/three`; });
  const { status, stderr } = await runBundleAs(user(), bundle, subtree(false));
  expect(status).toBe(1);
  expect(messageOf(stderr)).toMatch(/permission denied/);
  expect(existsSync(`${DIRECTORY}/pods`)).toBe(false);
});

// CVE-2023-25809: the files belong to the user, who is root in the container.
nunc('what a container sees of cgroups that are not its own is read-only', async () => {
  const write = `for d in ${TOP} ${TOP}/nunc .; do mkdir /sys/fs/cgroup/$d/evil && echo written; done`;
  const script = `cat /proc/self/mountinfo; ${write}`;
  const writable = (bundle: Pick<UserBundle, 'spec'>): void => {
    for (const mount of bundle.spec.mounts) if (mount.type === 'cgroup') mount.options = ['rw'];
  };
  const place = subtree(true);
  const whole = await userBundle(user(), script, (spec) => {
    writable({ spec });
    withoutCgroupNamespace({ spec });
  });
  const bound = await userBundle(user(), script, (spec) => {
    withoutCgroupNamespace({ spec });
    spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
  });
  for (const bundle of [whole, bound]) {
    const { stdout } = await runBundleAs(user(), bundle, place);
    const mounts = readMountinfo(stdout).filter(({ type }) => type === 'cgroup2');
    expect(mounts.map(({ options }) => options[0])).toContain('ro');
    expect(mounts.map(({ options }) => options[0])).not.toContain('rw');
    expect(stdout).not.toContain('written');
  }
});

nunc('in a cgroup namespace its own cgroup is as writable as the mount says', async () => {
  const script = 'cat /proc/self/cgroup; mkdir /sys/fs/cgroup/sub && echo written; cat /sys/fs/cgroup/cgroup.procs';
  const place = subtree(true);
  const options = [[['rw'], 'written'], [['ro'], undefined]] as const;
  for (const [mountOptions, expected] of options) {
    const bundle = await userBundle(user(), script, (spec) => {
      for (const mount of spec.mounts) if (mount.type === 'cgroup') mount.options = [...mountOptions];
    });
    const { stdout } = await runBundleAs(user(), bundle, place);
    const said = stdout.trim().split('\n');
    expect(said[0]).toBe('0::/');
    expect(said.find((line) => line === 'written')).toBe(expected);
  }
});

nunc('in a cgroup namespace without delegation the runtime\'s cgroup is seen, read-only', async () => {
  const bundle = await userBundle(user(), 'cat /proc/self/mountinfo', (spec) => {
    for (const mount of spec.mounts) if (mount.type === 'cgroup') mount.options = ['rw'];
  });
  const { stdout } = await runBundleAs(user(), bundle, subtree(false));
  const mount = readMountinfo(stdout).filter(({ point }) => point === '/sys/fs/cgroup').at(-1);
  expect(mount?.options[0]).toBe('ro');
  expect(stdout).toMatch(/ \/ \/sys\/fs\/cgroup ro.* - cgroup2 /);
});

nunc('a delegated cgroup is what finds processes that outlive the container\'s first one', async () => {
  const place = subtree(true);
  const bundle = await userBundle(user(), '(exec sleep 1000) & exec sleep 1000', (spec) => {
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    spec.mounts = spec.mounts.filter(({ type }) => type !== 'proc');
    delete spec.linux.maskedPaths;
    delete spec.linux.readonlyPaths;
  });
  const run = ['run', '--detach', '--bundle', bundle.directory, bundle.id];
  expect(await runtimeAs(user(), run, { ...place, output: '/dev/null' })).toMatchObject({ status: 0 });
  const procs = `${DIRECTORY}/nunc/${bundle.id}/cgroup.procs`;
  await eventually(() => readFileSync(procs, 'utf8').trim().split('\n').length, (count) => count === 2);
  expect(await runtimeAs(user(), ['delete', '--force', bundle.id])).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(`${DIRECTORY}/nunc`)).toBe(false);
});
