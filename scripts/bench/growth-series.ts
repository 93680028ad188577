// What grows in the growth benchmark: for each series the sizes that are measured and the config of a bundle of one
// size, which is that of `nunc spec` with as many entries more. Pure.

import { configTemplate } from '../../src/config/template.ts';
import type { Device, DeviceRule, Linux, Mount, SeccompAction, Spec, SyscallRule } from '../../src/config/types.ts';
import { syscalls } from '../../src/linux/syscalls.ts';

export interface Series {
  readonly name: string;
  /** What there are `size` of. */
  readonly entries: string;
  /** Ascending, from 0: the first one tells what everything else costs. */
  readonly sizes: readonly number[];
  readonly change: (spec: Spec, size: number) => Spec;
}

export interface Bundle {
  readonly rootfs: string;
  readonly cgroupsPath: string;
  readonly cgroups: 'v1' | 'v2';
}

/** Below the root file system: what is bound, and where to. */
export const MOUNT_SOURCE = '/source';
export const MOUNT_TARGETS = '/targets';
export const MOST_MOUNTS = 1000;
/** That of /dev/zero. */
const MEMORY_MAJOR = 1;
const ZERO_MINOR = 5;
const DEVICE_MODE = 0o666;
/** Of devices that there are rules for. */
const FIRST_MAJOR = 200;

export const SERIES: readonly Series[] = [
  { name: 'mounts', entries: 'bind mounts', sizes: [0, 10, 100, 300, MOST_MOUNTS], change: addMounts },
  { name: 'tmpfs', entries: 'tmpfs mounts', sizes: [0, 30, 100, 300], change: addTmpfs },
  { name: 'devices', entries: 'devices', sizes: [0, 30, 100, 300], change: addDevices },
  { name: 'rules', entries: 'device cgroup rules', sizes: [0, 30, 100, 300], change: addDeviceRules },
  { name: 'seccomp', entries: 'seccomp entries', sizes: [0, 50, 150, 300], change: addCalls },
  { name: 'conditions', entries: 'seccomp conditions', sizes: [0, 50, 100, 300, 1000], change: addConditions },
  { name: 'masked', entries: 'masked paths', sizes: [0, 30, 100, 300], change: addMaskedPaths },
  { name: 'environment', entries: 'environment variables', sizes: [0, 300, 1000, 3000], change: addVariables },
  { name: 'annotations', entries: 'annotations', sizes: [0, 300, 1000, 3000], change: addAnnotations },
];

/** config.json of a bundle whose process sleeps. */
export function configOf(series: Series | undefined, size: number, { rootfs, cgroupsPath, cgroups }: Bundle): Spec {
  const spec = configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2: cgroups === 'v2' });
  const plain: Spec = {
    ...spec,
    // crun 1.8 refuses 1.3.0; nothing here is newer than this.
    ociVersion: '1.0.2',
    // crun keeps a descriptor for every mount, within the container's limits.
    process: { cwd: '/', ...spec.process, args: ['/bin/sleep', '1000000'], terminal: false, rlimits: [] },
    root: { ...spec.root, path: rootfs },
    linux: { ...spec.linux, cgroupsPath },
  };
  return series === undefined ? plain : series.change(plain, size);
}

function list<Item>(size: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: size }, (_, index) => make(index));
}

function withLinux(spec: Spec, linux: Linux): Spec {
  return { ...spec, linux: { ...spec.linux, ...linux } };
}

function withMounts(spec: Spec, mounts: readonly Mount[]): Spec {
  return { ...spec, mounts: [...(spec.mounts ?? []), ...mounts] };
}

function addMounts(spec: Spec, size: number): Spec {
  return withMounts(spec, list(size, (i) => ({
    destination: `${MOUNT_TARGETS}/${i}`,
    type: 'bind',
    source: `${spec.root?.path ?? ''}${MOUNT_SOURCE}`,
    options: ['rbind', 'ro', 'nosuid'],
  })));
}

function addTmpfs(spec: Spec, size: number): Spec {
  return withMounts(spec, list(size, (i) => ({
    destination: `${MOUNT_TARGETS}/${i}`,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'size=64k'],
  })));
}

function addDevices(spec: Spec, size: number): Spec {
  return withLinux(spec, {
    devices: list(size, (i): Device => ({
      path: `/dev/device${i}`, type: 'c', major: MEMORY_MAJOR, minor: ZERO_MINOR, fileMode: DEVICE_MODE, uid: 0, gid: 0,
    })),
  });
}

/** Each of a device of its own: nothing that a runtime could write as one rule. */
function addDeviceRules(spec: Spec, size: number): Spec {
  const none: DeviceRule = { allow: false, access: 'rwm' };
  const rules = list(size, (i): DeviceRule => ({
    allow: true, type: 'c', major: FIRST_MAJOR + (i >> 4), minor: (i & 15) * 2, access: 'rw',
  }));
  return withLinux(spec, { resources: { ...spec.linux?.resources, devices: [none, ...rules] } });
}

function withProfile(spec: Spec, defaultAction: SeccompAction, rules: readonly SyscallRule[]): Spec {
  if (rules.length === 0) return spec;
  return withLinux(spec, { seccomp: { defaultAction, architectures: ['SCMP_ARCH_X86_64'], syscalls: rules } });
}

/** What runtimes call behind their filter, and what the process calls. */
const FIRST_CALLS = [
  'execve', 'exit_group', 'exit', 'brk', 'mmap', 'munmap', 'mprotect', 'arch_prctl', 'prctl', 'futex', 'read', 'write',
  'open', 'openat', 'close', 'fstat', 'newfstatat', 'fcntl', 'rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn',
  'nanosleep', 'clock_nanosleep', 'getpid', 'gettid', 'getuid', 'set_tid_address', 'set_robust_list', 'prlimit64',
  'readlink', 'epoll_ctl', 'epoll_pwait', 'sched_yield', 'madvise', 'tgkill', 'kill', 'sigaltstack', 'getppid',
  'setresuid', 'setresgid', 'capset', 'capget', 'chdir', 'umask', 'uname', 'seccomp', 'getrandom', 'dup3', 'lseek',
] as const;

/** A list of calls that are let through, an entry each; others are logged rather than refused, so that few will do. */
function addCalls(spec: Spec, size: number): Spec {
  const names = [...new Set<string>([...FIRST_CALLS, ...Object.keys(syscalls.x86_64)])];
  return withProfile(spec, 'SCMP_ACT_LOG', names.slice(0, size).map((name) => ({
    names: [name], action: 'SCMP_ACT_ALLOW',
  })));
}

const CONDITIONED = [
  'personality', 'socket', 'ioctl', 'prctl', 'fcntl', 'madvise', 'mprotect', 'keyctl', 'bpf', 'perf_event_open',
  'setsockopt', 'getsockopt', 'shmctl', 'semctl', 'msgctl', 'quotactl', 'syslog', 'ptrace', 'kcmp', 'fanotify_init',
] as const;

/** Refuses values that nothing passes, as many of each call. */
function addConditions(spec: Spec, size: number): Spec {
  return withProfile(spec, 'SCMP_ACT_ALLOW', list(size, (i) => ({
    names: [CONDITIONED[i % CONDITIONED.length] ?? ''],
    action: 'SCMP_ACT_ERRNO',
    args: [{ index: 1, value: 0x7000_0000 + i * 16, op: 'SCMP_CMP_EQ' }],
  })));
}

function addMaskedPaths(spec: Spec, size: number): Spec {
  const more = list(size, (i) => `${MOUNT_TARGETS}/${i}`);
  return withLinux(spec, { maskedPaths: [...(spec.linux?.maskedPaths ?? []), ...more] });
}

function addVariables(spec: Spec, size: number): Spec {
  const { process } = spec;
  if (process === undefined) return spec;
  const more = list(size, (i) => `VARIABLE_${i}=value ${i}`);
  return { ...spec, process: { ...process, env: [...(process.env ?? []), ...more] } };
}

function addAnnotations(spec: Spec, size: number): Spec {
  return { ...spec, annotations: Object.fromEntries(list(size, (i) => [`org.example.annotation-${i}`, `value ${i}`])) };
}
