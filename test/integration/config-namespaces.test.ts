// linux.namespaces, id mappings, time offsets, host and domain name: which namespaces the container's process is in,
// asked of the kernel from outside.

import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Namespace } from '../../src/config/types.ts';
import { ask, bundleFor, proc, refusal, runBundle, startedPid } from '../support/ask.ts';
import { type Bundle, type BundleSpec, writeConfig } from '../support/bundle.ts';
import { namespaceFiles } from '../support/compare-cases.ts';
import { readMountinfo } from '../support/inside.ts';
import { holdNamespaces, inMountNamespace, makeTree } from '../support/namespaces.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');

type NamespaceType = Namespace['type'];

const TYPES = Object.keys(namespaceFiles) as NamespaceType[];

function namespaceOf(pid: number | 'self', type: NamespaceType): string {
  return readlinkSync(`/proc/${pid}/ns/${namespaceFiles[type]}`);
}

function mapAll(spec: BundleSpec): void {
  spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
}

/** A container that depends on no namespace but those it is given. */
async function bareBundle(namespaces: readonly Namespace[], script = 'exec sleep 1000'): Promise<Bundle> {
  return await bundleFor(script, (spec) => {
    spec.linux.namespaces = [...namespaces];
    delete spec.hostname;
    if (!namespaces.some(({ type }) => type === 'mount')) {
      spec.mounts = [];
      delete spec.linux.maskedPaths;
      delete spec.linux.readonlyPaths;
    } else spec.mounts = spec.mounts.filter(({ type }) => type === 'tmpfs');
    if (namespaces.some(({ type }) => type === 'user')) mapAll(spec);
  });
}

for (const type of TYPES) {
  test(`a new ${type} namespace is neither the host's nor shared with another container`, async () => {
    const one = await startedPid(await bareBundle([{ type }]));
    const other = await startedPid(await bareBundle([{ type }]));
    const seen = [namespaceOf('self', type), namespaceOf(one, type), namespaceOf(other, type)];
    expect(new Set(seen).size).toBe(3);
    for (const rest of TYPES) if (rest !== type) expect(namespaceOf(one, rest)).toBe(namespaceOf('self', rest));
  });

  test(`a ${type} namespace is joined by path`, async () => {
    const option = type === 'network' ? '--net' : `--${type}`;
    const holder = await holdNamespaces([option, ...(type === 'user' ? ['--map-root-user'] : [])]);
    const pid = await startedPid(await bareBundle([{ type, path: `/proc/${holder}/ns/${namespaceFiles[type]}` }]));
    expect(namespaceOf(pid, type)).toBe(namespaceOf(holder, type));
    expect(namespaceOf(pid, type)).not.toBe(namespaceOf('self', type));
    for (const rest of TYPES) if (rest !== type) expect(namespaceOf(pid, rest)).toBe(namespaceOf('self', rest));
  });
}

test('all eight new namespaces at once', async () => {
  const pid = await startedPid(await bareBundle(TYPES.map((type) => ({ type }))));
  for (const type of TYPES) expect(namespaceOf(pid, type)).not.toBe(namespaceOf('self', type));
});

test('all eight namespaces of another process at once', async () => {
  const options = ['--user', '--map-root-user', '--net', '--ipc', '--uts', '--time', '--cgroup', '--pid', '--mount'];
  const holder = await holdNamespaces(options);
  const namespaces = TYPES.map((type) => ({ type, path: `/proc/${holder}/ns/${namespaceFiles[type]}` }));
  const pid = await startedPid(await bareBundle(namespaces));
  for (const type of TYPES) expect(`${type} ${namespaceOf(pid, type)}`).toBe(`${type} ${namespaceOf(holder, type)}`);
});

test('a path that is no namespace, or one of another type, is refused by name', async () => {
  const refuse = (path: string): Promise<string> => refusal((spec) => {
    spec.linux.namespaces = [{ type: 'mount' }, { type: 'ipc', path }];
    delete spec.hostname;
    spec.mounts = [];
  });
  expect(await refuse('/proc/self/ns/net')).toMatch(/\/linux\/namespaces\/1\/path: "\/proc\/self\/ns\/net" is not an? ipc namespace/);
  expect(await refuse('/etc/passwd')).toMatch(/\/linux\/namespaces\/1\/path: "\/etc\/passwd" is not an? ipc namespace/);
  expect(await refuse('/no/such')).toMatch(/\/linux\/namespaces\/1\/path: "\/no\/such" .*no such file or directory/i);
});

test('in a new pid namespace the process is 1 and sees no other', async () => {
  expect(await ask('echo $$; ls -d /proc/[0-9]* | wc -l')).toMatch(/^1\n[2-4]$/);
});

test('in a joined pid namespace the process sees those that are there', async () => {
  const holder = await holdNamespaces(['--pid', '--mount-proc']);
  const answer = await ask('[ $$ -gt 1 ] && tr "\\0" " " </proc/1/cmdline', (spec) => {
    const others = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    spec.linux.namespaces = [...others, { type: 'pid', path: `/proc/${holder}/ns/pid` }];
  });
  expect(answer).toBe('sleep 1000');
});

test('a user namespace maps ids in ranges', async () => {
  const script = 'cat /proc/self/uid_map /proc/self/gid_map; id -u; touch /tmp/root; chown 1000:5 /tmp/root';
  const bundle = await bundleFor(script, (spec) => {
    spec.linux.namespaces?.push({ type: 'user' });
    spec.linux.uidMappings = [
      { containerID: 0, hostID: 100000, size: 1000 },
      { containerID: 1000, hostID: 200000, size: 1 },
    ];
    spec.linux.gidMappings = [{ containerID: 0, hostID: 300000, size: 10 }];
    const capabilities = ['CAP_CHOWN'];
    spec.process.capabilities = { bounding: capabilities, permitted: capabilities, effective: capabilities };
  });
  await runProgram(['chown', '-Rh', '100000:300000', bundle.rootfs]);
  const { stdout, stderr } = await runBundle(bundle);
  expect(stderr).not.toMatch(/error|denied/);
  const lines = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).join(' '));
  expect(lines).toEqual(['0 100000 1000', '1000 200000 1', '0 300000 10', '0']);
  expect(lstatSync(join(bundle.rootfs, 'tmp/root'))).toMatchObject({ uid: 200000, gid: 300005 });
});

test('a user namespace works where its root may not go: the bundle is the runtime\'s to open', async () => {
  const bundle = await bundleFor('cat /mnt/file', (spec, { directory }) => {
    spec.linux.namespaces?.push({ type: 'user' });
    spec.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    spec.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    mkdirSync(join(directory, 'private'));
    mkdirSync(join(directory, 'private/source'));
    spec.mounts.push({ destination: '/mnt', source: 'private/source', options: ['bind'] });
  });
  writeFileSync(join(bundle.directory, 'private/source/file'), 'content\n');
  await runProgram(['chown', '-Rh', '100000:100000', bundle.rootfs]);
  chmodSync(join(bundle.directory, 'private'), 0o700);
  chmodSync(bundle.directory, 0o700);
  expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'content\n' });
});

test('in a user namespace a mount keeps the attributes that it has on the host', async () => {
  const bundle = await bundleFor('cat /proc/self/mountinfo', (spec) => {
    spec.linux.namespaces?.push({ type: 'user' });
    mapAll(spec);
    spec.mounts.push(
      { destination: '/mnt/plain', source: 'tree', options: ['rbind'] },
      { destination: '/mnt/more', source: 'tree', options: ['bind', 'ro', 'noexec'] },
    );
  });
  const holder = await holdNamespaces(['--mount']);
  makeTree(holder, join(bundle.directory, 'tree'), 'nosuid,nodev,noatime');
  const { stdout, stderr } = await runBundle(bundle, { prefix: ['nsenter', `--mount=/proc/${holder}/ns/mnt`] });
  expect(stderr).not.toMatch(/error/);
  const options = new Map(readMountinfo(stdout).map((entry) => [entry.point, entry.options.join()]));
  expect(options.get('/mnt/plain')).toBe('rw,nosuid,nodev,noatime');
  expect(options.get('/mnt/plain/below')).toBe('rw,nosuid,nodev,noatime');
  expect(options.get('/mnt/more')).toBe('ro,nosuid,nodev,noexec,noatime');
});

// mount_namespaces(7), "Restrictions on mount namespaces".
test("in a user namespace the container can not take an attribute of the host's away", async () => {
  const bundle = await bundleFor('mount -o remount,bind,rw,exec /mnt; cat /proc/self/mountinfo', (spec) => {
    spec.linux.namespaces?.push({ type: 'user' });
    mapAll(spec);
    const capabilities = ['CAP_SYS_ADMIN'];
    spec.process.capabilities = { bounding: capabilities, permitted: capabilities, effective: capabilities };
    spec.mounts.push({ destination: '/mnt', source: 'tree', options: ['rbind'] });
  });
  const holder = await holdNamespaces(['--mount']);
  makeTree(holder, join(bundle.directory, 'tree'), 'ro,noexec');
  const { stdout } = await runBundle(bundle, { prefix: ['nsenter', `--mount=/proc/${holder}/ns/mnt`] });
  const entry = readMountinfo(stdout).find(({ point }) => point === '/mnt');
  expect(entry?.options).toEqual(['ro', 'noexec', 'relatime']);
});

test('time offsets shift the clocks of a new time namespace, and no other', async () => {
  const answer = await ask('cat /proc/$$/timens_offsets; cut -d. -f1 /proc/uptime', (spec) => {
    spec.linux.namespaces?.push({ type: 'time' });
    spec.linux.timeOffsets = { boottime: { secs: 1_000_000, nanosecs: 5 }, monotonic: { secs: 86_400 } };
  });
  const [monotonic = '', boottime = '', uptime = ''] = answer.split('\n');
  const offsets = [monotonic, boottime].map((line) => line.trim().split(/\s+/).join(' '));
  expect(offsets).toEqual(['monotonic 86400 0', 'boottime 1000000 5']);
  const host = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);
  expect(Math.abs(Number(uptime) - host - 1_000_000)).toBeLessThan(60);
  expect(await ask('cut -d. -f1 /proc/uptime').then(Number)).toBeLessThan(host + 1000);
});

test('time offsets can be negative, and a joined time namespace keeps its own', async () => {
  const read = 'cat /proc/$$/timens_offsets | tr -s " "';
  const set = (spec: BundleSpec): void => {
    spec.linux.namespaces?.push({ type: 'time' });
    spec.linux.timeOffsets = { monotonic: { secs: -1, nanosecs: 999_999_999 }, boottime: { nanosecs: 7 } };
  };
  expect(await ask(read, set)).toBe('monotonic -1 999999999\nboottime 0 7');
  const pid = await startedPid(await bundleFor('exec sleep 1000', set));
  const path = `/proc/${pid}/ns/time`;
  const join = (spec: BundleSpec): void => void spec.linux.namespaces?.push({ type: 'time', path });
  expect(await ask(read, join)).toBe('monotonic -1 999999999\nboottime 0 7');
  expect(await refusal((spec) => {
    join(spec);
    spec.linux.timeOffsets = { monotonic: { secs: 1 } };
  })).toBe('config.json: /linux/timeOffsets: allowed only with a new time namespace in /linux/namespaces');
});

test('a negative time offset beyond the host\'s uptime is refused', async () => {
  const message = await refusal((spec) => {
    spec.linux.namespaces?.push({ type: 'time' });
    spec.linux.timeOffsets = { monotonic: { secs: -1_000_000_000 } };
  });
  expect(message).toMatch(/time namespace's offsets: numerical result out of range .*\/linux\/timeOffsets\)$/);
});

test('hostname and domainname are those of the container and leave the host\'s alone', async () => {
  const before = hostname();
  const answer = await ask('hostname; cat /proc/sys/kernel/domainname', (spec) => {
    spec.hostname = 'a-name.of_64';
    spec.domainname = 'domain.example';
  });
  expect(answer.split('\n')).toEqual(['a-name.of_64', 'domain.example']);
  expect(hostname()).toBe(before);
});

test('a host name without a uts namespace is refused, and one with one that is joined set there', async () => {
  const message = await refusal((spec) => {
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'uts') ?? [];
  });
  expect(message).toMatch(/config\.json: \/hostname: .*uts namespace/);
  const holder = await holdNamespaces(['--uts']);
  await ask('true', (spec) => {
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'uts') ?? [];
    spec.linux.namespaces.push({ type: 'uts', path: `/proc/${holder}/ns/uts` });
    spec.hostname = 'set-by-the-container';
  });
  const { stdout } = await runProgram(['nsenter', `--uts=/proc/${holder}/ns/uts`, 'hostname']);
  expect(stdout.trim()).toBe('set-by-the-container');
});

test('a new network namespace has nothing but a loopback device, which is up', async () => {
  const reach = 'ping -c 1 -W 5 127.0.0.1 >/dev/null && echo reached';
  const answer = await ask(`ls /sys/class/net; cat /sys/class/net/lo/flags; ${reach}`, (spec) => {
    const capabilities = ['CAP_NET_RAW'];
    spec.process.capabilities = { bounding: capabilities, permitted: capabilities, effective: capabilities };
  });
  expect(answer.split('\n').filter((line) => line !== '')).toEqual(['lo', '0x9', 'reached']);
});

test('without a mount namespace the process is in the rootfs and the host has no new mounts', async () => {
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  const bundle = await bareBundle([{ type: 'pid' }], 'ls /; cat /etc/passwd | head -1; exec sleep 1000');
  const pid = await startedPid(bundle);
  expect(readlinkSync(`/proc/${pid}/root`)).toBe(bundle.rootfs);
  expect(namespaceOf(pid, 'mount')).toBe(namespaceOf('self', 'mount'));
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
});

test('a joined mount namespace is where the rootfs is looked for', async () => {
  const bundle = await bareBundle([], 'cat /mark; exec sleep 1000');
  const holder = await holdNamespaces(['--mount']);
  inMountNamespace(holder, `
    mount --bind ${bundle.rootfs} ${bundle.rootfs}
    mount -t tmpfs t ${bundle.rootfs}/tmp
    echo yes >${bundle.rootfs}/tmp/mark`);
  bundle.spec.linux.namespaces = [{ type: 'mount', path: `/proc/${holder}/ns/mnt` }];
  bundle.spec.process.args = ['cat', '/tmp/mark'];
  writeConfig(bundle);
  expect(await runBundle(bundle)).toMatchObject({ stdout: 'yes\n', status: 0 });
});

test('the state of the process does not show through: no new pid namespace, and the host\'s pid', async () => {
  const pid = await startedPid(await bareBundle([{ type: 'mount' }]));
  expect(proc(pid, 'status')).toMatch(new RegExp(`^NSpid:\\t${pid}$`, 'm'));
});

test('host names and sysctls are not set in a namespace that is joined and the runtime\'s own', async () => {
  const refuse = (type: 'uts' | 'network', change: (spec: BundleSpec) => void): Promise<string> => refusal((spec) => {
    delete spec.hostname;
    spec.linux.namespaces = (spec.linux.namespaces ?? []).filter((namespace) => namespace.type !== type);
    spec.linux.namespaces.push({ type, path: `/proc/${process.pid}/ns/${namespaceFiles[type]}` });
    change(spec);
  });
  const why = (type: string): string =>
    `would change the host: the ${type} namespace to join (/linux/namespaces) is the runtime's own`;
  expect(await refuse('uts', (spec) => void (spec.hostname = 'changed'))).toBe(`config.json: /hostname: ${why('uts')}`);
  expect(await refuse('uts', (spec) => void (spec.domainname = 'changed')))
    .toBe(`config.json: /domainname: ${why('uts')}`);
  expect(await refuse('network', (spec) => void (spec.linux.sysctl = { 'net.ipv4.ip_forward': '1' })))
    .toBe(`config.json: /linux/sysctl/net.ipv4.ip_forward: ${why('network')}`);
});
