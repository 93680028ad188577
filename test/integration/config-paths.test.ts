// What is taken away and set at the end: masked and read-only paths, a read-only rootfs, sysctls; --no-pivot, the
// cgroup mount, annotations.

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { ask, bundleFor, refusal, runBundle, startedPid } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { readMountinfo } from '../support/inside.ts';
import { succeed } from '../support/lifecycle.ts';
import { holdNamespaces, inMountNamespace, makeTree } from '../support/namespaces.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');
const v1Test = requires('root', 'busybox', 'nunc', 'cgroup-v1');

function grant(spec: BundleSpec, ...capabilities: string[]): void {
  spec.process.capabilities = { bounding: capabilities, permitted: capabilities, effective: capabilities };
}

test('masked files are empty and swallow what is written, masked directories are empty and read-only', async () => {
  const answer = await ask(`
    wc -c </secret; echo new >/secret && wc -c </secret
    ls -A /hidden /hidden2; touch /hidden/x 2>&1 | sed 's/.*: //'
    stat -c '%d' /hidden /hidden2 | uniq | wc -l
    stat -f -c %t /hidden; stat -c '%t:%T' /secret`, (spec, { rootfs }) => {
    writeFileSync(join(rootfs, 'secret'), 'content');
    for (const name of ['hidden', 'hidden2']) {
      mkdirSync(join(rootfs, name));
      writeFileSync(join(rootfs, name, 'file'), '');
    }
    spec.linux.maskedPaths = ['/secret', '/hidden', '/no/such/path', '/etc/passwd/no', '/hidden2'];
    grant(spec, 'CAP_DAC_OVERRIDE');
  });
  expect(answer.split('\n').filter((line) => line !== '')).toEqual([
    '0', '0', '/hidden:', '/hidden2:', 'Read-only file system', '1', '1021994', '1:3',
  ]);
});

test('masked paths can not be uncovered without CAP_SYS_ADMIN, and the image is untouched', async () => {
  const bundle = await bundleFor('umount /secret 2>&1 | sed "s/.*: //"; wc -c </secret', (spec, { rootfs }) => {
    writeFileSync(join(rootfs, 'secret'), 'content');
    spec.linux.maskedPaths = ['/secret'];
  });
  expect((await runBundle(bundle)).stdout).toMatch(/(permitted|denied|root\?\)?)\n0\n$/i);
  expect(readFileSync(join(bundle.rootfs, 'secret'), 'utf8')).toBe('content');
});

test('a masked path that is a link is masked where it leads, inside the image', async () => {
  const bundle = await bundleFor('wc -c </real', (spec, { rootfs, directory }) => {
    writeFileSync(join(rootfs, 'real'), 'content');
    symlinkSync('/real', join(rootfs, 'link'));
    writeFileSync(join(directory, 'outside'), 'content');
    symlinkSync(join(directory, 'outside'), join(rootfs, 'escape'));
    spec.linux.maskedPaths = ['/link', '/escape'];
  });
  expect((await runBundle(bundle)).stdout).toBe('0\n');
});

test('what is at /dev/null in the image is not what files are masked with', async () => {
  const message = await refusal((spec, { rootfs }) => {
    spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
    symlinkSync('/proc/sys/kernel/core_pattern', join(rootfs, 'dev/null'));
    spec.linux.maskedPaths = ['/etc/passwd'];
  });
  expect(message).toMatch(/"\/dev\/null".*file exists/);
});

test('read-only paths: directories, files, what is missing, and the flags that were there', async () => {
  const answer = await ask(`
    touch /ro/x 2>&1 | sed 's/.*: //'; touch /ro/below/x 2>&1 | sed 's/.*: //'
    echo x >/file 2>/dev/null || echo refused
    cat /proc/self/mountinfo`, (spec, { rootfs }) => {
    mkdirSync(join(rootfs, 'ro'));
    writeFileSync(join(rootfs, 'file'), '');
    spec.mounts.push({ destination: '/ro', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'noatime'] });
    spec.linux.readonlyPaths = ['/ro', '/file', '/no/such', '/proc/sys'];
  });
  const [first, second, third, ...mountinfo] = answer.split('\n');
  expect([first, second, third]).toEqual(['Read-only file system', 'No such file or directory', 'refused']);
  const mounts = new Map(readMountinfo(mountinfo.join('\n')).map((entry) => [entry.point, entry.options.join()]));
  expect(mounts.get('/ro')).toBe('ro,nosuid,noexec,noatime');
  expect(mounts.get('/file')).toBe('ro,relatime');
  expect(mounts.get('/proc/sys')).toBe('ro,relatime');
});

test('read-only paths do not make the mounts below them read-only, as with runc', async () => {
  const answer = await ask('touch /tree/below/x && echo written', (spec, { rootfs }) => {
    mkdirSync(join(rootfs, 'tree'));
    spec.mounts.push({ destination: '/tree/below', type: 'tmpfs', source: 'tmpfs' });
    spec.linux.readonlyPaths = ['/tree'];
  });
  expect(answer).toBe('written');
});

test('root.readonly makes the rootfs read-only and nothing else, after all is made in it', async () => {
  const script = 'touch /x 2>&1 | sed "s/.*: //"; touch /dev/shm/x && echo shm; pwd; ls -d /new/mount';
  const answer = await ask(script, (spec) => {
    spec.root.readonly = true;
    spec.process.cwd = '/new/cwd';
    spec.mounts.push({ destination: '/new/mount', type: 'tmpfs', source: 'tmpfs' });
  });
  expect(answer.split('\n')).toEqual(['Read-only file system', 'shm', '/new/cwd', '/new/mount']);
});

test('a read-only container leaves the image writable for others', async () => {
  const bundle = await bundleFor('true', (spec) => {
    spec.root.readonly = true;
  });
  await runBundle(bundle);
  writeFileSync(join(bundle.rootfs, 'written'), '');
});

test('sysctls of the container\'s namespaces, with dots, with slashes, and for names with dots', async () => {
  const before = readFileSync('/proc/sys/kernel/shmmax', 'utf8');
  const answer = await ask(`cd /proc/sys; cat kernel/domainname kernel/shmmax kernel/sem net/ipv4/ip_forward \\
    net/ipv4/conf/lo/forwarding net/ipv4/conf/all/forwarding fs/mqueue/queues_max | tr '\\t' ' '`, (spec) => {
    spec.linux.sysctl = {
      'kernel.domainname': 'a.domain', 'kernel.shmmax': '12345', 'kernel/sem': '100 200 30 40',
      'net.ipv4.ip_forward': '1', 'net/ipv4/conf/lo/forwarding': '0', 'fs.mqueue.queues_max': '17',
    };
  });
  expect(answer.split('\n')).toEqual(['a.domain', '12345', '100 200 30 40', '1', '0', '1', '17']);
  expect(readFileSync('/proc/sys/kernel/shmmax', 'utf8')).toBe(before);
});

test('sysctls of a network device whose name has a dot, in each of three spellings', async () => {
  const holder = await holdNamespaces(['--net']);
  const addDevice = ['ip', 'link', 'add', 'eth0.100', 'type', 'veth', 'peer', 'name', 'other'];
  const made = await runProgram(['nsenter', `--net=/proc/${holder}/ns/net`, ...addDevice]);
  const set = (name: string, value: string): Promise<string> => {
    return ask('cat /proc/sys/net/ipv4/conf/eth0.100/forwarding', (spec) => {
      const others = spec.linux.namespaces?.filter(({ type }) => type !== 'network') ?? [];
      spec.linux.namespaces = [...others, { type: 'network', path: `/proc/${holder}/ns/net` }];
      spec.linux.sysctl = { [name]: value };
    });
  };
  // Without such devices in this kernel the message has to do.
  if (made.status !== 0) {
    await expect(set('net.ipv4.conf.eth0/100.forwarding', '1'))
      .rejects.toThrow(/eth0\/100.forwarding.*no such file or directory/);
    return;
  }
  expect(await set('net.ipv4.conf.eth0/100.forwarding', '1')).toBe('1');
  expect(await set('net/ipv4/conf/eth0.100/forwarding', '0')).toBe('0');
  // runc takes every dot for a slash, and finds no such file.
  expect(await set('net.ipv4.conf.eth0.100.forwarding', '1')).toBe('1');
});

test('sysctls of a user namespace, with a pid namespace of its own and with the host\'s', async () => {
  const own = readFileSync('/proc/sys/user/max_uts_namespaces', 'utf8');
  for (const type of ['none', 'pid']) {
    expect(await ask('cat /proc/sys/user/max_uts_namespaces /proc/sys/net/ipv4/ip_forward', (spec) => {
      spec.linux.namespaces = (spec.linux.namespaces ?? []).filter((namespace) => namespace.type !== type);
      spec.linux.namespaces.push({ type: 'user' });
      spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
      spec.linux.sysctl = { 'user.max_uts_namespaces': '17', 'net.ipv4.ip_forward': '1' };
      // Where the pid namespace is the host's, no procfs can be mounted anew.
      if (type === 'pid') spec.mounts = spec.mounts.filter((mount) => mount.type !== 'proc');
      if (type === 'pid') spec.mounts.push({ destination: '/proc', source: '/proc', options: ['rbind'] });
    })).toBe('17\n1');
  }
  expect(readFileSync('/proc/sys/user/max_uts_namespaces', 'utf8')).toBe(own);
});

test('sysctls of the host, or of a namespace that is not the container\'s, are refused', async () => {
  const refuse = (name: string, shared?: string): Promise<string> => refusal((spec) => {
    spec.linux.sysctl = { [name]: '1' };
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== shared) ?? [];
  });
  expect(await refuse('vm.swappiness')).toMatch(/config\.json: \/linux\/sysctl\/vm\.swappiness: /);
  expect(await refuse('net.ipv4.ip_forward', 'network')).toMatch(/\/linux\/sysctl\/net\.ipv4\.ip_forward: .*network namespace/);
  expect(await refuse('kernel.shmmax', 'ipc')).toMatch(/\/linux\/sysctl\/kernel\.shmmax: .*ipc namespace/);
  expect(await refuse('kernel.hostname')).toMatch(/\/linux\/sysctl\/kernel\.hostname: .*\/hostname/);
  expect(await refuse('net.ipv4/../../vm/swappiness')).toMatch(/\/linux\/sysctl\//);
});

test('a sysctl that the kernel refuses names itself and the reason', async () => {
  const message = await refusal((spec) => {
    spec.linux.sysctl = { 'net.ipv4.no_such': '1' };
  });
  expect(message).toMatch(/^cannot set the sysctl "net\.ipv4\.no_such": no such file or directory .*\/linux\/sysctl\/net\.ipv4\.no_such\)$/);
  const invalid = await refusal((spec) => {
    spec.linux.sysctl = { 'kernel.shmmax': 'many' };
  });
  expect(invalid).toMatch(/^cannot set the sysctl "kernel\.shmmax": invalid argument /);
});

test('sysctls are set though the image has something else at /proc', async () => {
  const answer = await ask('ls /proc', (spec, { rootfs }) => {
    spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
    mkdirSync(join(rootfs, 'proc/sys/kernel'), { recursive: true });
    writeFileSync(join(rootfs, 'proc/sys/kernel/domainname'), 'fake\n');
    spec.linux.sysctl = { 'kernel.domainname': 'real' };
    spec.linux.maskedPaths = [];
    spec.linux.readonlyPaths = [];
  });
  expect(answer).toBe('sys');
});

test('--no-pivot: the container works, and the host\'s procfs and sysfs can not be reached', async () => {
  const bundle = await bundleFor('ls / | tr "\\n" " "; head -1 /etc/passwd', (spec) => {
    grant(spec, 'CAP_SYS_CHROOT', 'CAP_SYS_ADMIN');
  });
  const { status, stdout, stderr } = await runBundle(bundle, { options: ['--no-pivot'] });
  expect(stderr).not.toMatch(/error/);
  expect(status).toBe(0);
  expect(stdout.split('\n')[0]).toBe(`${readdirSync(bundle.rootfs).sort().join(' ')} root:x:0:0:root:/root:/bin/sh`);
});

test('--no-pivot: the host\'s mounts stay as they are', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  const holder = await holdNamespaces(['--mount']);
  inMountNamespace(holder, 'mount --make-rshared /');
  makeTree(holder, join(bundle.directory, 'tree'), 'rw');
  const before = readFileSync(`/proc/${holder}/mountinfo`, 'utf8');
  const prefix = ['nsenter', `--mount=/proc/${holder}/ns/mnt`];
  await startedPid(bundle, { prefix, options: ['--no-pivot'] });
  expect(readFileSync(`/proc/${holder}/mountinfo`, 'utf8')).toBe(before);
});

const controllers = probeHost().hierarchies.filter(({ version }) => version === 1)
  .map(({ mountpoint }) => mountpoint.slice(mountpoint.lastIndexOf('/') + 1)).sort();

for (const namespace of [false, true]) {
  const where = namespace ? 'in a cgroup namespace' : 'without a cgroup namespace';
  v1Test(`the cgroup mount ${where} shows the container its own v1 cgroups, read-only`, async () => {
    const answer = await ask(`
      ls /sys/fs/cgroup; cut -d: -f3 /proc/$$/cgroup | sort -u
      grep -x $$ /sys/fs/cgroup/pids/cgroup.procs
      mkdir /sys/fs/cgroup/pids/x 2>&1 | sed 's/.*: //'
      touch /sys/fs/cgroup/x 2>&1 | sed 's/.*: //'`, (spec, { id }) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
      if (namespace) spec.linux.namespaces.push({ type: 'cgroup' });
      spec.hostname = id;
    });
    const lines = answer.split('\n');
    expect(lines.slice(0, controllers.length)).toEqual(controllers);
    expect(lines[controllers.length]).toMatch(namespace ? /^\/$/ : /^\/nunc-test-\d+\/nunc-bundle-/);
    expect(lines.slice(controllers.length + 1)).toEqual(['1', 'Read-only file system', 'Read-only file system']);
  });
}

v1Test('a writable cgroup mount lets the container make cgroups of its own, which are removed with it', async () => {
  const script = 'cd /sys/fs/cgroup/pids; mkdir mine && echo $$ >mine/cgroup.procs && cat /proc/self/cgroup';
  const bundle = await bundleFor(script, (spec) => {
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
    spec.linux.namespaces.push({ type: 'cgroup' });
    const mount = spec.mounts.find(({ type }) => type === 'cgroup');
    if (mount !== undefined) mount.options = ['nosuid', 'noexec', 'nodev', 'relatime'];
  });
  const { stdout, stderr } = await runBundle(bundle);
  expect(stderr).not.toMatch(/error|denied/i);
  expect(stdout).toMatch(/:pids:\/mine$/m);
  expect(existsSync(`/sys/fs/cgroup/pids${bundle.spec.linux.cgroupsPath ?? ''}`)).toBe(false);
});

test('the process is in its cgroup in every hierarchy', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  const pid = await startedPid(bundle);
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const paths = lines.map((line) => line.split(':')[2]);
  // The session that runs the tests may itself be in a cgroup namespace, from which other paths begin with /..
  const seen = new Set(paths.map((path) => path?.replace(/^(\/\.\.)+/, '')));
  expect([...seen]).toEqual([bundle.spec.linux.cgroupsPath]);
});

test('annotations are told by state', async () => {
  const bundle = await bundleFor('exec sleep 1000', (spec) => {
    spec.annotations = { 'org.example.key': 'a value', empty: '', 'with "quotes"': 'ü\n' };
  });
  await startedPid(bundle);
  const state = JSON.parse(await succeed(['state', bundle.id])) as { annotations: unknown };
  expect(state.annotations).toEqual({ 'org.example.key': 'a value', empty: '', 'with "quotes"': 'ü\n' });
});
