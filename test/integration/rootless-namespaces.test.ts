// User namespaces of an ordinary user that are out of the ordinary: without an id for root, without the user's own id,
// joined, nested, refused; and the time namespace, which needs one.

import {
  chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { BundleSpec } from '../support/bundle.ts';
import { readMountinfo } from '../support/inside.ts';
import { eventually, messageOf } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { type Result, startProgram } from '../support/runtime.ts';
import {
  askAs, COUNT, mapRanges, runAs, runBundleAs, runtimeAs, stateDirectory, type UserBundle, userBundle, useUser,
} from '../support/users.ts';

const user = useUser(missing(['users', 'busybox', 'nunc']).length === 0);

const test = requires('users', 'busybox', 'nunc');
const withAgent = requires('users', 'busybox', 'nunc', 'python3');

const lines = (text: string): string[] => text.trim().split('\n').map((line) => line.trim().split(/\s+/).join(' '));

function refused(result: Result): string {
  expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 1, stdout: '' });
  return messageOf(result.stderr);
}

function grant(spec: BundleSpec, ...capabilities: string[]): void {
  spec.process.capabilities = { bounding: capabilities, effective: capabilities, permitted: capabilities };
}

/** Maps ranges that the user itself is not in. */
function mapOthers(spec: BundleSpec): void {
  const map = [{ containerID: 0, hostID: user().subordinate, size: COUNT }];
  spec.linux.uidMappings = map;
  spec.linux.gidMappings = map;
}

test('the user itself need not be mapped, nor may the container go where its bundle is', async () => {
  const script = 'cat /proc/self/uid_map; id -u; cat /mnt/file; stat -c %t:%T /dev/null';
  const bundle = await userBundle(user(), script, (spec) => {
    mapOthers(spec);
    spec.mounts.push({ destination: '/mnt', source: 'private/source', options: ['rbind', 'ro'] });
  });
  mkdirSync(join(bundle.directory, 'private/source'), { recursive: true });
  writeFileSync(join(bundle.directory, 'private/source/file'), 'content\n');
  mkdirSync(join(bundle.rootfs, 'mnt'), { recursive: true });
  await runAs({ ...user(), name: 'root' }, ['chown', '-R', user().name, bundle.directory]);
  for (const name of ['private', '.']) chmodSync(join(bundle.directory, name), 0o700);
  const { stdout, stderr } = await runBundleAs(user(), bundle);
  expect(stderr).not.toMatch(/level=error/);
  expect(lines(stdout)).toEqual([`0 ${user().subordinate} ${COUNT}`, '0', 'content', '1:3']);
  expect(lstatSync(join(bundle.rootfs, 'bin')).uid).toBe(user().uid);
});

test('a created container is the user\'s to look at, whatever ids it has taken', async () => {
  const bundle = await userBundle(user(), 'true', (spec) => {
    mapOthers(spec);
    spec.process.user = { uid: 7, gid: 8 };
  });
  const pidFile = join(bundle.directory, 'pid');
  const create = ['create', '--pid-file', pidFile, '--bundle', bundle.directory, bundle.id];
  expect(await runtimeAs(user(), create, { output: '/dev/null' })).toMatchObject({ status: 0 });
  const link = `/proc/${readFileSync(pidFile, 'utf8')}/ns/net`;
  expect((await runAs(user(), ['readlink', link])).stdout.trim()).toBe(readlinkSync(link));
});

// runc insists on an id for root; crun does not.
test('root need not be mapped', async () => {
  const { uid, gid } = user();
  const answer = await askAs(user(), 'id -u; id -g; cat /proc/self/uid_map; stat -c %u:%g /dev', (spec) => {
    spec.linux.uidMappings = [{ containerID: uid, hostID: uid, size: 1 }];
    spec.linux.gidMappings = [{ containerID: gid, hostID: gid, size: 1 }];
    spec.process.user = { uid, gid };
  });
  expect(lines(answer)).toEqual([String(uid), String(gid), `${uid} ${uid} 1`, `${uid}:${gid}`]);
});

test('time offsets are set in a time namespace that only the user namespace gives the right to', async () => {
  const answer = await askAs(user(), 'cat /proc/self/timens_offsets; readlink /proc/self/ns/time', (spec) => {
    spec.linux.namespaces?.push({ type: 'time' });
    spec.linux.timeOffsets = { boottime: { secs: 1_000_000 }, monotonic: { secs: 5, nanosecs: 7 } };
  });
  const [monotonic, boottime, namespace] = lines(answer);
  expect([monotonic, boottime]).toEqual(['monotonic 5 7', 'boottime 1000000 0']);
  expect(namespace).not.toBe(readlinkSync('/proc/self/ns/time'));
});

test('ids that are not the user\'s are refused in the words of newuidmap', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => {
    mapRanges(user(), spec);
    spec.linux.uidMappings = [
      { containerID: 0, hostID: user().uid, size: 1 }, { containerID: 1, hostID: 1, size: 10 },
    ];
  });
  expect(refused(await runBundleAs(user(), bundle))).toBe('cannot write the uid map of the user namespace: '
    + 'newuidmap: uid range [1-11) -> [1-11) not allowed (/linux/uidMappings); ranges are granted by /etc/subuid');
  expect(readdirSync(stateDirectory(user()))).not.toContain(bundle.id);
});

test('where newgidmap is missing the message tells what to install', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => { mapRanges(user(), spec); });
  const hide = 'p=$(command -v newgidmap); mount --bind /dev/null "$p" && exec "$@"';
  const prefix = ['unshare', '--mount', 'sh', '-c', hide, 'sh'];
  const message = refused(await runBundleAs(user(), bundle, { prefix }));
  expect(message).toBe('cannot write the gid map of the user namespace: more than the own gid needs newgidmap, '
    + "which is not installed (/linux/gidMappings); Debian's package uidmap has it");
});

test('newuidmap is found without PATH', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => { mapRanges(user(), spec); });
  expect((await runBundleAs(user(), bundle, { variables: { PATH: '' } })).stdout).toBe('it runs\n');
});

test('a map of more than a page is refused with the reason', async () => {
  const bundle = await userBundle(user(), 'echo it runs', (spec) => {
    spec.linux.uidMappings = Array.from({ length: 340 }, (_, i) => {
      return { containerID: i, hostID: user().subordinate + i * 2, size: 1 };
    });
  });
  const message = refused(await runBundleAs(user(), bundle));
  expect(message).toMatch(/^cannot write the uid map of the user namespace: newuidmap: .*invalid argument/i);
});

/** A running container of the user's, for others to join. */
async function holdContainer(change?: (spec: BundleSpec) => void): Promise<number> {
  const bundle = await userBundle(user(), 'exec sleep 1000', change);
  const pidFile = join(bundle.directory, 'pid');
  const run = ['run', '--detach', '--pid-file', pidFile, '--bundle', bundle.directory, bundle.id];
  expect(await runtimeAs(user(), run, { output: join(bundle.directory, 'output') })).toMatchObject({ status: 0 });
  return Number(readFileSync(pidFile, 'utf8'));
}

for (const [name, change] of [['the own id', undefined], ['ranges', mapRanges]] as const) {
  test(`the user namespace of another container with ${name} is joined`, async () => {
    const holder = await holdContainer((spec) => change?.(user(), spec));
    const answer = await askAs(user(), 'id -u; readlink /proc/self/ns/user; stat -c %t:%T /dev/null', (spec) => {
      delete spec.linux.uidMappings;
      delete spec.linux.gidMappings;
      const others = spec.linux.namespaces?.filter(({ type }) => type !== 'user') ?? [];
      spec.linux.namespaces = [...others, { type: 'user', path: `/proc/${holder}/ns/user` }, { type: 'time' }];
      spec.linux.timeOffsets = { monotonic: { secs: 5 } };
    });
    const [id, namespace, device] = lines(answer);
    expect([id, device]).toEqual(['0', '1:3']);
    expect(namespace).not.toBe(readlinkSync('/proc/self/ns/user'));
  });
}

test('a pod\'s namespaces are joined with its user namespace', async () => {
  const holder = await holdContainer((spec) => { spec.linux.namespaces?.push({ type: 'network' }); });
  const types = { user: 'user', network: 'net', ipc: 'ipc', uts: 'uts' } as const;
  const script = `for n in ${Object.values(types).join(' ')}; do readlink /proc/self/ns/$n; done`;
  const answer = await askAs(user(), script, (spec) => {
    delete spec.linux.uidMappings;
    delete spec.linux.gidMappings;
    delete spec.hostname;
    const paths = Object.entries(types).map(([type, file]) => ({ type, path: `/proc/${holder}/ns/${file}` }));
    spec.linux.namespaces = [{ type: 'mount' }, { type: 'pid' }, ...paths as { type: 'user'; path: string }[]];
  });
  expect(lines(answer)).toEqual(Object.values(types).map((file) => readlinkSync(`/proc/${holder}/ns/${file}`)));
});

test('--no-pivot works without privileges', async () => {
  const bundle = await userBundle(user(), 'echo $$; ls /');
  const run = ['run', '--no-pivot', '--bundle', bundle.directory, bundle.id];
  const { stdout } = await runtimeAs(user(), run);
  expect(lines(stdout)).toEqual(['1', ...readdirSync(bundle.rootfs).sort()]);
});

for (const options of ['-Ur', '-Urm', '-Urmpf --mount-proc']) {
  test(`root of a user namespace (unshare ${options}) runs containers with one of their own, and without`, async () => {
    const script = 'id -u; stat -c %t:%T /dev/null; grep -c " /sys/fs/cgroup " /proc/self/mountinfo';
    const own = await userBundle(user(), script, (spec) => {
      spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
    });
    const none = await userBundle(user(), script, (spec) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'user') ?? [];
      delete spec.linux.uidMappings;
      delete spec.linux.gidMappings;
    });
    for (const { directory, id } of [own, none]) {
      const run = ['unshare', ...options.split(' '), user().program, 'run', '--bundle', directory, id];
      const { stdout, stderr } = await runAs(user(), run);
      expect(stderr).not.toMatch(/level=error/);
      expect(lines(stdout).slice(0, 2)).toEqual(['0', '1:3']);
    }
  });
}

/** Makes a bundle whose container has the host's programs, the runtime, and another bundle at /inner. */
function nest({ rootfs }: UserBundle, spec: BundleSpec, inner: UserBundle): void {
  for (const name of ['usr', 'inner', 'run']) mkdirSync(join(rootfs, name), { recursive: true });
  for (const name of ['lib', 'lib64']) symlinkSync(`usr/${name}`, join(rootfs, name));
  writeFileSync(join(rootfs, 'nunc'), '');
  spec.mounts.push(
    { destination: '/usr', source: '/usr', options: ['rbind', 'ro'] },
    { destination: '/run', type: 'tmpfs', source: 'tmpfs' },
    { destination: '/inner', source: inner.directory, options: ['bind'] },
    { destination: '/nunc', source: user().program, options: ['bind', 'ro'] },
  );
  grant(spec, 'CAP_SYS_ADMIN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_SETFCAP', 'CAP_SETPCAP', 'CAP_SYS_CHROOT');
  spec.process.args = ['/nunc', 'run', '--bundle', '/inner', 'inner'];
}

test('a container runs in a container', async () => {
  const inner = await userBundle(user(), 'id -u; cat /proc/self/uid_map; cat /proc/self/mountinfo', (spec) => {
    spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
    spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
  });
  const outer = await userBundle(user(), '', (spec, bundle) => {
    nest(bundle, spec, inner);
    // Masks over parts of procfs would forbid a new one (mount_namespaces(7)).
    delete spec.linux.maskedPaths;
    delete spec.linux.readonlyPaths;
  });
  const { stdout, stderr } = await runBundleAs(user(), outer);
  expect(stderr).not.toMatch(/level=error/);
  const [id, map, ...mounts] = stdout.split('\n');
  expect([id, map?.trim().split(/\s+/).join(' ')]).toEqual(['0', '0 0 1']);
  const cgroups = readMountinfo(mounts.join('\n')).filter(({ type }) => type.startsWith('cgroup'));
  expect(cgroups.filter(({ options }) => options[0] !== 'ro')).toEqual([]);
});

test('kill --all reaches every process of a container that has no cgroup', async () => {
  const script = 'trap "echo all >>/mnt/log" TERM; (trap "echo all >>/mnt/log" TERM; echo up >>/mnt/log; '
    + 'while :; do sleep 0.1; done) & echo up >>/mnt/log; while :; do sleep 0.1; done';
  const bundle = await userBundle(user(), script, (spec) => {
    spec.mounts.push({ destination: '/mnt', source: 'shared', options: ['bind'] });
  });
  const log = join(bundle.directory, 'shared/log');
  await runAs(user(), ['sh', '-c', `mkdir ${bundle.directory}/shared && touch ${log}`]);
  const read = (): string[] => lines(readFileSync(log, 'utf8'));
  const output = join(bundle.directory, 'output');
  const { status } = await runtimeAs(user(), ['run', '--detach', '--bundle', bundle.directory, bundle.id], { output });
  expect({ status, said: readFileSync(output, 'utf8') }).toMatchObject({ status: 0 });
  await eventually(read, (said) => said.length === 2, 30_000);
  expect(await runtimeAs(user(), ['kill', '--all', bundle.id, 'TERM'])).toMatchObject({ status: 0, stderr: '' });
  await eventually(read, (said) => said.filter((line) => line === 'all').length === 2);
  expect(await runtimeAs(user(), ['delete', '--force', bundle.id])).toMatchObject({ status: 0, stderr: '' });
});

for (const [name, change] of [['the own id', undefined], ['ranges without the own id', mapOthers]] as const) {
  test(`all hooks run, with ${name}`, async () => {
    const bundle = await userBundle(user(), 'true', (spec, { directory }) => {
      change?.(spec);
      const say = (list: string): { path: string; args: string[] } => {
        // startContainer hooks run in the container, whose root may not write to the bundle.
        const told = list === 'startContainer' ? '' : ` >>${directory}/told`;
        return { path: '/bin/sh', args: ['sh', '-c', `readlink /proc/self/ns/user; echo ${list}${told}`] };
      };
      const lists = [
        'prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop',
      ] as const;
      spec.hooks = Object.fromEntries(lists.map((list) => [list, [say(list)]]));
    });
    const told = join(bundle.directory, 'told');
    await runAs(user(), ['touch', told]);
    chmodSync(told, 0o666);
    chmodSync(bundle.directory, 0o711);
    chmodSync(user().home, 0o711);
    const { status, stderr } = await runBundleAs(user(), bundle);
    expect({ status, stderr: stderr.replaceAll(/.*level=warning.*\n/g, '') }).toEqual({ status: 0, stderr: '' });
    const said = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'];
    expect(readFileSync(told, 'utf8').trim().split('\n')).toEqual(said);
  });
}

withAgent('the agent of a seccomp profile gets the listener of a container with other ids', async () => {
  const bundle = await userBundle(user(), 'mkdir /tmp/made; echo $?', (spec, { directory }) => {
    mapOthers(spec);
    spec.process.user = { uid: 7, gid: 8 };
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: join(directory, 'agent.sock'),
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_NOTIFY' }],
    };
  });
  const agent = join(import.meta.dirname, '../support/seccomp-agent.py');
  const socket = join(bundle.directory, 'agent.sock');
  // 17 is EEXIST, which the agent answers.
  const become = ['setpriv', '--reuid', user().name, '--clear-groups'];
  const running = startProgram([...become, '/usr/bin/python3', agent, socket, '17']);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await eventually(() => existsSync(socket), (there) => there);
  const { stdout, stderr } = await runBundleAs(user(), bundle);
  expect(stderr).toContain('File exists');
  expect(stdout).toBe('1\n');
});
