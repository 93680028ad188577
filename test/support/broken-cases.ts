// Configs and hosts that can't work: docs/errors.md shows what nunc says of each, test/integration/broken.test.ts
// provokes each for real. The verdict is ours: does a person who reads the message know what to do?

import {
  chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../src/config/types.ts';
import type { ErrorCode } from '../../src/error.ts';
import type { BundleSpec, Draft } from './bundle.ts';
import { mapRanges, type User } from './users.ts';

/** What a case can change: a bundle, not yet written. */
export interface Broken {
  readonly directory: string;
  readonly rootfs: string;
  readonly id: string;
  readonly spec: BundleSpec;
}

export interface BrokenCase {
  /** Short; the row of the table is found by it. */
  readonly what: string;
  readonly code: ErrorCode;
  /** Whether a person knows what to do, and why not. */
  readonly verdict: string;
  /** Changes the bundle of bundles/busybox, which would run `true`. */
  readonly change?: (bundle: Broken) => void;
  /** After config.json was written. */
  readonly last?: (bundle: Broken) => void;
  /** Called first, and `delete --force` at the end. */
  readonly before?: (bundle: Broken) => readonly string[];
  /** In place of `run`. */
  readonly command?: (bundle: Broken) => readonly string[];
  /** Runs nunc; a shell script, whose arguments are the command. */
  readonly host?: { readonly unshare: readonly string[]; readonly script: string };
  /** Of an ordinary user. */
  readonly rootless?: (user: User, bundle: Broken) => void;
  readonly status?: number;
  /** A warning of a container that has run. */
  readonly level?: 'warning';
  readonly needs?: readonly ('cgroup-v1' | 'cgroup-v2' | 'no-apparmor')[];
}

function addMount({ spec }: Broken, mount: Draft<Mount>): void {
  spec.mounts.push(mount);
}

function program(args: readonly string[]): (bundle: Broken) => void {
  return ({ spec }) => { spec.process.args = [...args]; };
}

/** A program in the rootfs that is the container's. */
function file(content: string | Uint8Array, mode = 0o755): (bundle: Broken) => void {
  return ({ spec, rootfs }) => {
    mkdirSync(join(rootfs, 'app'));
    writeFileSync(join(rootfs, 'app/run'), content);
    chmodSync(join(rootfs, 'app/run'), mode);
    spec.process.args = ['/app/run'];
  };
}

/** As much of an ELF file as the kernel looks at before it refuses it: elf(5). */
function elf(machine: number, interpreter: string): Uint8Array {
  const path = Buffer.from(`${interpreter}\0`);
  const bytes = Buffer.alloc(64 + 56 + path.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(3, 64);
  bytes.writeUInt32LE(4, 68);
  bytes.writeBigUInt64LE(120n, 72);
  bytes.writeBigUInt64LE(BigInt(path.length), 96);
  bytes.writeBigUInt64LE(BigInt(path.length), 104);
  bytes.set(path, 120);
  return bytes;
}

const X86_64 = 62;
const AARCH64 = 183;

/** A user namespace, and ids that are nobody's outside. */
function mapIds({ spec }: Broken): void {
  spec.linux.namespaces = [...spec.linux.namespaces ?? [], { type: 'user' }];
  spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
}

function create({ directory, id }: Broken): readonly string[] {
  return ['create', '--bundle', directory, id];
}

function withoutNamespace({ spec }: Broken, type: string): void {
  spec.linux.namespaces = (spec.linux.namespaces ?? []).filter((namespace) => namespace.type !== type);
}

const YES = 'yes';

/** Wherever the tests run. */
const CLOSED_ROOT = { unshare: ['--mount'], script: 'mount -t tmpfs -o mode=0700 none /root && exec "$@"' };

/** In the order of the table, by what they are about. */
export const brokenCases: Readonly<Record<string, readonly BrokenCase[]>> = {
  'Command line and state': [
    { what: '`run --bundel`', code: 'E_USAGE', verdict: YES, command: ({ id }) => ['run', '--bundel', '.', id] },
    {
      what: 'the id `a/b`', code: 'E_USAGE', verdict: YES,
      command: ({ directory }) => ['run', '-b', directory, 'a/b'],
    },
    { what: '`start` of an unknown id', code: 'E_NOT_FOUND', verdict: YES, command: () => ['start', 'nobody'] },
    {
      what: '`create` with an id that is taken', code: 'E_EXISTS', verdict: YES, before: create, command: create,
    },
    {
      what: '`resume` of a container that is not paused', code: 'E_STATE', verdict: YES,
      before: create, command: ({ id }) => ['resume', id],
    },
    {
      what: "a state directory that is root's, for another user", code: 'E_PERMISSION', verdict: YES,
      rootless: () => undefined, host: CLOSED_ROOT,
      command: ({ directory, id }) => ['--root', '/root/state', 'run', '--bundle', directory, id],
    },
    {
      what: '`restore` without CRIU', code: 'E_CHECKPOINT', verdict: YES,
      last: ({ directory }) => writeFileSync(join(directory, 'descriptors.json'), '[]'),
      command: ({ directory, id }) => ['restore', '--image-path', directory, '--bundle', directory, id],
      host: { unshare: [], script: 'PATH=/nosuch exec "$@"' },
    },
    {
      what: 'a terminal where there is none', code: 'E_HOST', verdict: 'yes: `terminal: false`, or call it from one',
      change: ({ spec }) => { spec.process.terminal = true; },
      host: { unshare: [], script: 'setsid -w "$@"' },
    },
    {
      what: '`create` with a terminal and no --console-socket', code: 'E_USAGE', verdict: YES,
      change: ({ spec }) => { spec.process.terminal = true; },
      command: ({ directory, id }) => ['create', '--bundle', directory, id],
    },
  ],
  'config.json': [
    {
      what: 'no config.json', code: 'E_CONFIG', verdict: YES,
      last: ({ directory }) => rmSync(join(directory, 'config.json')),
    },
    {
      what: 'config.json is cut off', code: 'E_CONFIG', verdict: YES,
      last: ({ directory }) => truncateSync(join(directory, 'config.json'), 200),
    },
    {
      what: '`"args": "sh"`', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => { Object.assign(spec.process, { args: 'sh' }); },
    },
    { what: '`"args": []`', code: 'E_CONFIG', verdict: YES, change: program([]) },
    { what: '`"cwd": "tmp"`', code: 'E_CONFIG', verdict: YES, change: ({ spec }) => { spec.process.cwd = 'tmp'; } },
    {
      what: 'no ociVersion', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => { Object.assign(spec, { ociVersion: undefined }); },
    },
    {
      what: 'a namespace `netwrok`', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => { spec.linux.namespaces?.push({ type: 'netwrok' as 'network' }); },
    },
    {
      what: 'a namespace that is there twice', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => { spec.linux.namespaces?.push({ type: 'pid' }); },
    },
    {
      what: 'mounts without a mount namespace', code: 'E_CONFIG', verdict: YES,
      change: (bundle) => {
        withoutNamespace(bundle, 'mount');
        Object.assign(bundle.spec.linux, { maskedPaths: [], readonlyPaths: [] });
        bundle.spec.root.readonly = false;
      },
    },
    { what: 'no rootfs', code: 'E_CONFIG', verdict: YES, change: ({ spec }) => { spec.root.path = 'nosuch'; } },
    {
      what: 'a soft limit above the hard one', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => { spec.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 20, hard: 10 }]; },
    },
    {
      what: 'net.ipv4.ip_forward without a network namespace', code: 'E_CONFIG', verdict: YES,
      change: (bundle) => {
        withoutNamespace(bundle, 'network');
        bundle.spec.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
      },
    },
    {
      what: 'the user is not mapped', code: 'E_CONFIG', verdict: YES,
      change: (bundle) => {
        mapIds(bundle);
        bundle.spec.process.user = { uid: 5000, gid: 0 };
      },
    },
    {
      what: 'a network namespace at a path that is not there', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => {
        spec.linux.namespaces = spec.linux.namespaces?.map((namespace) => (
          namespace.type === 'network' ? { ...namespace, path: '/run/netns/nosuch' } : namespace)) ?? [];
      },
    },
    {
      what: 'an ipc namespace where a network namespace should be', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => {
        spec.linux.namespaces = spec.linux.namespaces?.map((namespace) => (
          namespace.type === 'network' ? { ...namespace, path: '/proc/self/ns/ipc' } : namespace)) ?? [];
      },
    },
    {
      what: 'an AppArmor profile on a host without AppArmor', code: 'E_CONFIG', verdict: YES, needs: ['no-apparmor'],
      change: ({ spec }) => { spec.process.apparmorProfile = 'nosuch'; },
    },
    {
      what: 'an unknown seccomp architecture', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => {
        const architectures = ['SCMP_ARCH_NOSUCH' as 'SCMP_ARCH_X86'];
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures };
      },
    },
  ],
  'The program': [
    { what: 'the program is nowhere in PATH', code: 'E_EXEC', verdict: YES, change: program(['nosuch']) },
    {
      what: 'the same without PATH', code: 'E_EXEC', verdict: YES,
      change: ({ spec }) => Object.assign(spec.process, { args: ['nosuch'], env: [] }),
    },
    { what: '`"args": ["echo hello"]`', code: 'E_EXEC', verdict: YES, change: program(['echo hello']) },
    { what: 'a path that is not there', code: 'E_EXEC', verdict: YES, change: program(['/no/such']) },
    { what: 'a directory', code: 'E_EXEC', verdict: YES, change: program(['/bin']) },
    { what: 'a link that leads nowhere', code: 'E_EXEC', verdict: YES, change: ({ spec, rootfs }) => {
      symlinkSync('/opt/tool/bin', join(rootfs, 'tool'));
      spec.process.args = ['/tool'];
    } },
    { what: 'a file of mode 0644', code: 'E_EXEC', verdict: YES, change: file('#!/bin/sh\n', 0o644) },
    {
      what: 'a file of mode 0700, for another user', code: 'E_EXEC', verdict: YES,
      change: (bundle) => {
        file('#!/bin/sh\n', 0o700)(bundle);
        bundle.spec.process.user = { uid: 1000, gid: 1000 };
      },
    },
    {
      what: 'a directory of mode 0700 above it, for another user', code: 'E_EXEC', verdict: YES,
      change: (bundle) => {
        file('#!/bin/sh\n')(bundle);
        chmodSync(join(bundle.rootfs, 'app'), 0o700);
        bundle.spec.process.user = { uid: 1000, gid: 1000 };
      },
    },
    { what: 'a script without its interpreter', code: 'E_EXEC', verdict: YES, change: file('#!/bin/bash -e\n') },
    { what: 'a script with DOS line ends', code: 'E_EXEC', verdict: YES, change: file('#!/bin/sh\r\necho\r\n') },
    {
      what: "a program of Alpine's in a rootfs without musl", code: 'E_EXEC', verdict: YES,
      change: (bundle) => {
        file(elf(X86_64, '/lib/ld-musl-x86_64.so.1'))(bundle);
        mkdirSync(join(bundle.rootfs, 'lib64'), { recursive: true });
        writeFileSync(join(bundle.rootfs, 'lib64/ld-linux-x86-64.so.2'), elf(X86_64, ''));
      },
    },
    {
      what: "a program of Debian's in a rootfs without glibc", code: 'E_EXEC', verdict: YES,
      change: file(elf(X86_64, '/lib64/ld-linux-x86-64.so.2')),
    },
    { what: 'a program for aarch64', code: 'E_EXEC', verdict: YES, change: file(elf(AARCH64, '/lib/ld.so')) },
    { what: 'a text without #!', code: 'E_EXEC', verdict: YES, change: file('echo hello\n') },
    { what: 'an empty file', code: 'E_EXEC', verdict: YES, change: file('') },
    {
      what: 'a program on a mount with noexec', code: 'E_EXEC', verdict: YES,
      change: (bundle) => {
        file('#!/bin/sh\n')(bundle);
        const source = join(bundle.rootfs, 'app');
        addMount(bundle, { destination: '/app', type: 'bind', source, options: ['bind', 'noexec'] });
      },
    },
    {
      what: 'a program that a tmpfs covers', code: 'E_EXEC', verdict: YES,
      change: (bundle) => {
        file('#!/bin/sh\n')(bundle);
        addMount(bundle, { destination: '/app', type: 'tmpfs', source: 'tmpfs' });
      },
    },
    {
      what: 'an entry of env with 200,000 bytes', code: 'E_CONFIG', verdict: YES,
      change: ({ spec }) => { spec.process.env?.push(`X=${'x'.repeat(200_000)}`); },
    },
    {
      what: 'cwd is a file', code: 'E_EXEC', verdict: YES,
      change: ({ spec }) => { spec.process.cwd = '/etc/passwd'; },
    },
  ],
  'Mounts': [
    {
      what: 'the source of a bind mount is not there', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        addMount(bundle, { destination: '/data', type: 'bind', source: '/srv/nosuch/data', options: ['rbind'] });
      },
    },
    {
      what: 'a file on a directory', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        addMount(bundle, { destination: '/tmp', type: 'bind', source: '/etc/hostname', options: ['bind'] });
      },
    },
    {
      what: 'a directory on a file', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        addMount(bundle, { destination: '/etc/passwd', type: 'bind', source: '/etc', options: ['bind'] });
      },
    },
    {
      what: 'a file system that the kernel does not have', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => { addMount(bundle, { destination: '/data', type: 'nosuchfs', source: 'x' }); },
    },
    {
      what: 'a bind mount without its option', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => { addMount(bundle, { destination: '/data', type: 'none', source: '/srv' }); },
    },
    {
      what: '`nosuuid` for a tmpfs', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        addMount(bundle, { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['nosuuid'] });
      },
    },
    {
      what: '`size=big` for a tmpfs', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        addMount(bundle, { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=big'] });
      },
    },
    {
      what: 'an overlay of a directory that is not there', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        const options = ['lowerdir=/srv/nosuch:/srv'];
        addMount(bundle, { destination: '/data', type: 'overlay', source: 'overlay', options });
      },
    },
    {
      what: 'a new directory in a read-only mount', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        mkdirSync(join(bundle.directory, 'data'));
        const source = join(bundle.directory, 'data');
        addMount(bundle, { destination: '/data', type: 'bind', source, options: ['bind', 'ro'] });
        addMount(bundle, { destination: '/data/new', type: 'tmpfs', source: 'tmpfs' });
      },
    },
    {
      what: 'devpts with gid=5, which is not mapped', code: 'E_CONFIG', verdict: YES,
      change: (bundle) => {
        mapIds(bundle);
        bundle.spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 1 }];
        for (const mount of bundle.spec.mounts) {
          if (mount.type === 'devpts') mount.options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'gid=5'];
        }
      },
    },
    {
      what: "an ordinary user's rootfs in a directory that is root's", code: 'E_CONFIG', verdict: YES,
      rootless: (_, { spec }) => { spec.root.path = '/root/rootfs'; },
      host: CLOSED_ROOT,
    },
    {
      what: "the same with a bind mount's source", code: 'E_MOUNT', verdict: YES,
      rootless: (_, bundle) => {
        addMount(bundle, { destination: '/data', type: 'bind', source: '/root/data', options: ['bind'] });
      },
      host: CLOSED_ROOT,
    },
    {
      what: 'a user namespace and the host\'s pid namespace, with /proc', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        mapIds(bundle);
        withoutNamespace(bundle, 'pid');
      },
      last: ({ directory }) => chmodSync(directory, 0o755),
    },
    {
      what: 'an id-mapped mount of a procfs', code: 'E_MOUNT', verdict: YES,
      change: (bundle) => {
        const uidMappings = [{ containerID: 0, hostID: 1000, size: 10 }];
        addMount(bundle, {
          destination: '/data', type: 'bind', source: '/proc/sys', options: ['bind'],
          uidMappings, gidMappings: uidMappings,
        });
      },
    },
  ],
  'Limits': [
    {
      what: 'a memory limit of 64 KiB', code: 'E_MEMORY', verdict: YES,
      change: ({ spec }) => { spec.linux.resources = { memory: { limit: 65_536 } }; },
    },
    {
      what: 'CPU 4095', code: 'E_CGROUP', verdict: YES, needs: ['cgroup-v1'],
      change: ({ spec }) => { spec.linux.resources = { cpu: { cpus: '4095' } }; },
    },
    {
      what: 'a CPU quota of 10 µs', code: 'E_CGROUP', verdict: YES,
      change: ({ spec }) => { spec.linux.resources = { cpu: { quota: 10 } }; },
    },
    {
      what: 'a limit for huge pages of 3 MB', code: 'E_CGROUP', verdict: YES,
      change: ({ spec }) => {
        spec.linux.resources = { hugepageLimits: [{ pageSize: '3MB', limit: 1 }] };
      },
    },
    {
      what: 'cgroups are mounted read-only', code: 'E_CGROUP', verdict: YES, needs: ['cgroup-v1'],
      host: {
        unshare: ['--mount'],
        script: 'for m in $(grep -o " /sys/fs/cgroup/[^ ]*" /proc/self/mountinfo); do '
          + 'mount -o remount,bind,ro $m; done; exec "$@"',
      },
    },
    {
      what: 'an ordinary user without cgroups, with a limit', code: 'E_CGROUP', verdict: YES,
      rootless: (_, { spec }) => { spec.linux.resources = { pids: { limit: 10 } }; },
    },
  ],
  'Namespaces and the host': [
    {
      what: 'an ordinary user without a user namespace', code: 'E_CONFIG', verdict: YES,
      rootless: (_, bundle) => {
        withoutNamespace(bundle, 'user');
        Object.assign(bundle.spec.linux, { uidMappings: undefined, gidMappings: undefined });
      },
    },
    {
      what: 'newuidmap is not installed', code: 'E_NAMESPACE', verdict: YES,
      rootless: (user, { spec }) => { mapRanges(user, spec); },
      host: {
        unshare: ['--mount'], script: 'mount --bind /dev/null "$(command -v newuidmap)" && exec "$@"',
      },
    },
    {
      what: "subordinate ids that are not the user's", code: 'E_NAMESPACE', verdict: YES,
      rootless: (user, { spec }) => {
        mapRanges(user, spec);
        spec.linux.uidMappings = [
          { containerID: 0, hostID: user.uid, size: 1 }, { containerID: 1, hostID: 1, size: 10 },
        ];
      },
    },
    {
      what: 'user.max_uts_namespaces is 0', code: 'E_NAMESPACE', verdict: YES,
      host: {
        unshare: ['--user', '--map-root-user', '--mount'],
        script: 'echo 0 >/proc/sys/user/max_uts_namespaces && exec "$@"',
      },
    },
    {
      what: 'user.max_user_namespaces is 0, and the config has one', code: 'E_NAMESPACE', verdict: YES,
      change: ({ spec }) => {
        spec.linux.namespaces?.push({ type: 'user' });
        spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
        // Its gid is not mapped.
        spec.mounts = spec.mounts.filter(({ type }) => type !== 'devpts');
      },
      host: {
        unshare: ['--user', '--map-root-user', '--mount'],
        script: 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"',
      },
    },
    {
      what: 'Linux 5.4', code: 'E_HOST', verdict: YES,
      host: {
        unshare: ['--mount'],
        script: 'mount -t tmpfs tmpfs /mnt && echo 5.4.0-150-generic >/mnt/release'
          + ' && mount --bind /mnt/release /proc/sys/kernel/osrelease && exec "$@"',
      },
    },
    {
      what: 'vm.memfd_noexec is 2', code: 'E_HOST', verdict: YES,
      host: {
        unshare: ['--pid', '--fork', '--mount-proc'], script: 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"',
      },
    },
    {
      what: 'a procfs without /proc/sys', code: 'E_HOST', verdict: YES,
      host: { unshare: ['--mount'], script: 'mount -t proc -o subset=pid proc /proc && exec "$@"' },
    },
    {
      what: 'a network device that is not there', code: 'E_NETWORK', verdict: YES,
      change: ({ spec }) => { spec.linux.netDevices = { nosuch0: {} }; },
    },
  ],
  'Seccomp': [
    {
      what: 'the filter answers execve with EPERM', code: 'E_EXEC', verdict: YES,
      change: ({ spec }) => {
        const syscalls = [{ names: ['execve'], action: 'SCMP_ACT_ERRNO' as const }];
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
      },
    },
    {
      what: 'the filter allows hardly anything and kills', code: 'E_SECCOMP', verdict: YES,
      level: 'warning', status: 159,
      change: ({ spec }) => {
        const syscalls = [{ names: ['execve', 'exit_group'], action: 'SCMP_ACT_ALLOW' as const }];
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_KILL_PROCESS', syscalls };
      },
    },
    {
      what: 'the program is killed by its filter', code: 'E_SECCOMP', level: 'warning', status: 159,
      verdict: 'mostly: the call is in the log of the kernel only, which nunc may not read',
      change: ({ spec }) => {
        spec.process.args = ['uname'];
        const syscalls = [{ names: ['uname'], action: 'SCMP_ACT_KILL_PROCESS' as const }];
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
      },
    },
    {
      what: 'nobody listens at listenerPath', code: 'E_SECCOMP', verdict: YES,
      change: ({ spec }) => {
        const syscalls = [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' as const }];
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/nosuch.sock', syscalls };
      },
    },
  ],
  'Hooks': [
    {
      what: 'a hook that is not there', code: 'E_HOOK', verdict: YES,
      change: ({ spec }) => { spec.hooks = { createRuntime: [{ path: '/no/such/hook' }] }; },
    },
    {
      what: 'a hook that fails', code: 'E_HOOK', verdict: 'yes, if the hook says why',
      change: ({ spec }) => {
        spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo no network >&2; exit 3'] }] };
      },
    },
    {
      what: 'a hook that takes too long', code: 'E_HOOK', verdict: YES,
      change: ({ spec }) => { spec.hooks = { prestart: [{ path: '/bin/sleep', args: ['sleep', '9'], timeout: 1 }] }; },
    },
  ],
};
