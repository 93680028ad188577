// Containers of an ordinary user, made for this file: the bundle that `spec --rootless` writes, ranges of ids through
// newuidmap(1), and what such a user is refused. Asks the kernel from inside and outside.

import { chownSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { readMountinfo } from '../support/inside.ts';
import { eventually, messageOf } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import type { Result } from '../support/runtime.ts';
import {
  askAs, COUNT, mapRanges, runAs, runBundleAs, runtimeAs, stateDirectory, userBundle, useUser,
} from '../support/users.ts';

const user = useUser(missing(['users', 'busybox']).length === 0);

const test = requires('users', 'busybox');
const nunc = requires('users', 'busybox', 'nunc');

const lines = (text: string): string[] => text.trim().split('\n').map((line) => line.trim().split(/\s+/).join(' '));

function refused(result: Result): string {
  expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 1, stdout: '' });
  return messageOf(result.stderr);
}

test('the bundle of `spec --rootless` runs, with the user as its root', async () => {
  const answer = await askAs(user(), 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; '
    + 'hostname; echo $$');
  const { uid, gid } = user();
  expect(lines(answer)).toEqual(['0', '0', `0 ${uid} 1`, `0 ${gid} 1`, 'deny', expect.any(String), '1']);
});

test('a container is created, told of, started, killed and deleted, and nothing is left of it', async () => {
  const bundle = await userBundle(user(), 'echo started >/started; exec sleep 1000', (spec) => {
    spec.root.readonly = false;
  });
  const output = join(bundle.directory, 'output');
  const state = async (): Promise<{ status: string; pid: number }> =>
    JSON.parse((await runtimeAs(user(), ['state', bundle.id])).stdout) as { status: string; pid: number };
  const create = ['create', '--bundle', bundle.directory, '--pid-file', join(bundle.directory, 'pid'), bundle.id];
  expect(await runtimeAs(user(), create, { output })).toMatchObject({ status: 0 });
  const pid = Number(readFileSync(join(bundle.directory, 'pid'), 'utf8'));
  expect(await state()).toMatchObject({ status: 'created', pid });
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toContain(`\nUid:\t${user().uid}\t`);
  expect((await runtimeAs(user(), ['list'])).stdout).toMatch(new RegExp(`^${bundle.id} .* ${user().name}$`, 'm'));

  expect(await runtimeAs(user(), ['start', bundle.id])).toMatchObject({ status: 0 });
  await eventually(() => existsSync(join(bundle.rootfs, 'started')), (there) => there);
  expect(lstatSync(join(bundle.rootfs, 'started'))).toMatchObject({ uid: user().uid, gid: user().gid });
  expect(refused(await runtimeAs(user(), ['delete', bundle.id]))).toMatch(/not stopped/);

  expect(await runtimeAs(user(), ['kill', bundle.id, 'KILL'])).toMatchObject({ status: 0 });
  await eventually(state, ({ status }) => status === 'stopped');
  expect(await runtimeAs(user(), ['delete', bundle.id])).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(stateDirectory(user())).filter((name) => name === bundle.id)).toEqual([]);
});

test('ranges of ids are mapped by newuidmap and newgidmap, and setgroups(2) stays allowed', async () => {
  const script = 'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id -u; id -g; touch /tmp/made';
  const bundle = await userBundle(user(), script, (spec) => {
    mapRanges(user(), spec);
    spec.process.user = { uid: 7, gid: 8 };
    spec.mounts.push({ destination: '/tmp', type: 'none', source: 'tmp', options: ['bind'] });
  });
  await runAs(user(), ['mkdir', '-m', '777', join(bundle.directory, 'tmp')]);
  const { stdout, stderr } = await runBundleAs(user(), bundle);
  const { uid, gid, subordinate } = user();
  expect(stderr).not.toMatch(/denied|error/);
  const ranges = [`0 ${uid} 1`, `1 ${subordinate} ${COUNT}`, `0 ${gid} 1`, `1 ${subordinate} ${COUNT}`];
  expect(lines(stdout)).toEqual([...ranges, 'allow', '7', '8']);
  expect(lstatSync(join(bundle.directory, 'tmp/made'))).toMatchObject({ uid: subordinate + 6, gid: subordinate + 7 });
});

// runc refuses additionalGids to every caller that is not root; config.md has no such exception.
nunc('with ranges supplementary groups are set', async () => {
  const answer = await askAs(user(), 'id -G', (spec) => {
    mapRanges(user(), spec);
    spec.process.user = { uid: 7, gid: 8, additionalGids: [5, 9] };
  });
  expect(answer).toBe('8 5 9');
});

test('the devices are those of the host, bound', async () => {
  const answer = await askAs(user(), 'stat -c "%n %t:%T" /dev/null /dev/zero /dev/full /dev/tty; echo x >/dev/null; '
    + 'grep -c " /dev/null " /proc/self/mountinfo');
  expect(lines(answer)).toEqual(['/dev/null 1:3', '/dev/zero 1:5', '/dev/full 1:7', '/dev/tty 5:0', '1']);
});

test('a device that the config names is bound', async () => {
  const device = { path: '/dev/kmsg', type: 'c' as const, major: 1, minor: 11 };
  const answer = await askAs(user(), 'stat -c "%t:%T" /dev/kmsg', (spec) => {
    spec.linux.devices = [device];
  });
  expect(answer).toBe('1:b');
});

test('without a user namespace nothing can be done', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => {
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'user') ?? [];
    delete spec.linux.uidMappings;
    delete spec.linux.gidMappings;
  });
  expect(refused(await runBundleAs(user(), bundle))).toMatch(/rootless container requires user namespaces$/);
});

test('a cgroupsPath that may not be made is an error, and none is none', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => {
    spec.linux.cgroupsPath = '/nunc-not-permitted/x';
  });
  expect(refused(await runBundleAs(user(), bundle))).toMatch(/cgroup.*permission denied/);
  const made = probeHost().hierarchies.filter(({ mountpoint }) => existsSync(`${mountpoint}/nunc-not-permitted`));
  expect(made).toEqual([]);
});

test('the OOM score adjustment can be raised, and lowering it is refused', async () => {
  const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  const set = (value: number): ReturnType<typeof userBundle> =>
    userBundle(user(), 'cat /proc/self/oom_score_adj', (spec) => {
      spec.process.oomScoreAdj = value;
    });
  expect((await runBundleAs(user(), await set(own))).stdout.trim()).toBe(String(own));
  expect((await runBundleAs(user(), await set(own + 10))).stdout.trim()).toBe(String(own + 10));
  const { status } = await runBundleAs(user(), await set(-1000));
  expect(status).toBe(1);
});

nunc('lowering the OOM score adjustment says so', async () => {
  const bundle = await userBundle(user(), 'true', (spec) => {
    spec.process.oomScoreAdj = -1000;
  });
  expect(refused(await runBundleAs(user(), bundle)))
    .toMatch(/^cannot set the OOM score adjustment to -1000: permission denied .*\/process\/oomScoreAdj\)$/);
});

test('a hard limit above the own one is refused', async () => {
  const bundle = await userBundle(user(), 'true', (spec) => {
    spec.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 10, hard: 2_000_000_000 }];
  });
  expect(refused(await runBundleAs(user(), bundle))).toMatch(/operation not permitted/);
});

test('who maps only its own group can not have supplementary ones', async () => {
  const bundle = await userBundle(user(), 'true', (spec) => {
    spec.process.user = { uid: 0, gid: 0, additionalGids: [0] };
  });
  expect(refused(await runBundleAs(user(), bundle))).toMatch(/cannot set any additional groups in a rootless container/);
});

test('a new network namespace has its sysfs, and its own devices only', async () => {
  const answer = await askAs(user(), 'ls /sys/class/net; grep -c " - sysfs " /proc/self/mountinfo', (spec) => {
    spec.linux.namespaces?.push({ type: 'network' });
    spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/sys'));
    spec.mounts.push({ destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'ro'] });
  });
  expect(lines(answer)).toEqual(['lo', '1']);
});

// CVE-2023-25809. runc 1.1.5 leaves what is mounted below /sys writable where nothing is mounted on /sys/fs/cgroup.
nunc('no cgroup of the host is mounted writable', async () => {
  const script = 'cat /proc/self/mountinfo';
  const cgroups = (text: string): string[] => readMountinfo(text)
    .filter(({ type }) => type.startsWith('cgroup'))
    .map(({ options }) => options[0] ?? '');
  const withMount = cgroups(await askAs(user(), script, (spec) => {
    for (const mount of spec.mounts) if (mount.type === 'cgroup') mount.options = ['rw', 'nosuid'];
  }));
  const without = cgroups(await askAs(user(), script, (spec) => {
    spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
  }));
  expect([...new Set(withMount)]).toEqual(['ro']);
  expect([...new Set(without)]).toEqual(['ro']);
});

// runc fails with the kernel's EPERM; crun binds the host's as well.
nunc('without a network namespace a sysfs is the host\'s, with the options for all that is below it', async () => {
  const answer = await askAs(user(), 'cat /proc/self/mountinfo', (spec) => {
    spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/sys'));
    spec.mounts.push({ destination: '/sys', type: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] });
  });
  const mounts = readMountinfo(answer).filter(({ point }) => point === '/sys' || point.startsWith('/sys/fs/cgroup'));
  expect(mounts.length).toBeGreaterThan(1);
  for (const { options } of mounts) expect(options.slice(0, 4)).toEqual(['ro', 'nosuid', 'nodev', 'noexec']);
});

nunc('a tmpfs is filled from the directory below it, whoever is root in the container', async () => {
  for (const change of [undefined, mapRanges]) {
    const answer = await askAs(user(), 'cat /mnt/file; touch /mnt/new && echo written', (spec, { rootfs }) => {
      change?.(user(), spec);
      writeFileSync(join(rootfs, 'mnt/file'), 'content\n');
      chownSync(join(rootfs, 'mnt/file'), user().uid, user().gid);
      spec.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] });
    });
    expect(lines(answer)).toEqual(['content', 'written']);
  }
});

nunc('a seccomp profile is applied, with no_new_privs and without', async () => {
  for (const noNewPrivileges of [true, false]) {
    const script = 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status; mkdir /tmp/x 2>&1; true';
    const answer = await askAs(user(), script, (spec) => {
      spec.process.noNewPrivileges = noNewPrivileges;
      const syscalls = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' as const, errnoRet: 28 }];
      spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
    });
    expect(lines(answer)).toEqual([
      `NoNewPrivs: ${noNewPrivileges ? 1 : 0}`, 'Seccomp: 2', expect.stringContaining('No space left on device'),
    ]);
  }
});
