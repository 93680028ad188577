// What a fuzzed config's values are chosen from: what belongs at a place, what is at its edge, and what does not belong
// anywhere.

import { CAPABILITIES } from '../../../src/linux/capabilities.ts';
import type { Random } from './random.ts';

/** Strings that code stumbles over. Long ones are of what a config may well have. */
export const HOSTILE: readonly string[] = [
  '', ' ', '.', '..', '/', '//', '/..', '../../../etc/passwd', '/proc/self/fd/7', '/proc/self/exe',
  '/dev/../dev/null',
  'a\0b', '/a\0b', 'a\nb', '\r\n', '\u001b[2J\u001b]0;x\u0007', '\ud800', 'x\udc00y', '\u{1f600}', 'é三', '\u202e',
  '\u2028',
  '\ufeff', '%s%n', '${HOME}', '$(id)', '; rm -rf /', '"', "'", '\\', '\\u0000', '~', '~0~1', '-', '--', '=', 'a=',
  '=a',
  ':', 'a:b:c', ':::', ',', '*', '0', '-1', '1e309', '0x10', '9'.repeat(400), 'NaN', 'null', 'true', '__proto__',
  'constructor', 'toString', 'hasOwnProperty', 'x'.repeat(255), 'x'.repeat(4096), '/x'.repeat(2100),
  'é'.repeat(70_000),
];

export const NUMBERS: readonly number[] = [
  0, -0, 1, -1, 2, 7, 255, 256, 1000, 4095, 4096, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32,
  2 ** 53 - 1,
  2 ** 53, 2 ** 63, 2 ** 64, 1e300, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53), -(2 ** 63), 0.5, -1.5, 1e-7, 99_999,
];

const PATHS = [
  '/', '/bin', '/bin/sh', '/etc/hosts', '/tmp', '/proc', '/sys', '/dev', '/dev/shm', '/dev/pts', '/dev/mqueue',
  '/run',
  '/data', '/data/sub dir', '/proc/cpuinfo', '/sys/fs/cgroup', '/proc/kcore', '/sys/firmware', '/dev/null', '/é',
];
const ACTIONS_OF_OPTIONS = [
  'bind', 'rbind', 'ro', 'rw', 'nosuid', 'noexec', 'nodev', 'suid', 'exec', 'dev', 'relatime', 'noatime',
  'strictatime',
  'nodiratime', 'private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable', 'remount',
  'sync', 'dirsync', 'mand', 'nosymfollow', 'rro', 'rrw', 'rnosuid', 'rnoexec', 'rnodev', 'ridmap', 'idmap',
  'tmpcopyup',
  'copy-symlink', 'src-nofollow', 'size=64k', 'mode=755', 'gid=5', 'newinstance', 'ptmxmode=0666', 'hidepid=2',
  'lazytime',
  'iversion', 'silent', 'loud', 'defaults', 'async', 'quiet', 'nr_inodes=1k', 'context=x',
  'idmap=uids=0-1-10;gids=0-1-10',
  'idmap=uids=@0-0-1;gids=@0-0-1',
];
const CALLS = [
  'read', 'write', 'clone', 'clone3', 'mount', 'umount2', 'personality', 'socket', 'ptrace', 'reboot', 'bind', 'recv',
  'semop', 'arm_fadvise64_64', 'no_such_call', 'keyctl', 'ioctl', 'prctl', 'execve', 'sendmsg', 'exit_group',
];
const LISTS = ['0', '0-1', '0-3,7', '1', '0,2,4', '0-1023', '1023'];

/** By the end of a property's path, as schema-properties.ts writes it; the longest that fits counts. */
const PLAUSIBLE: Readonly<Record<string, readonly string[]>> = {
  'ociVersion': ['1.0.2', '1.2.0', '1.3.0', '1.0.0-rc5'],
  'root.path': ['rootfs', 'rootfs', './rootfs/'],
  'hostname': ['box', 'a-b.example.org'],
  'domainname': ['example.org'],
  'cwd': ['/', '/tmp', '/a/b/..'],
  'args[]': ['/bin/true', 'sh', '-c', 'exit 0', '', 'é', './true', 'a b'],
  'env[]': ['PATH=/bin:/usr/bin', 'HOME=/root', 'HOME=', 'A=b', 'É=x', 'TERM=xterm', 'A=\n', 'PATH='],
  'mounts[].type': ['tmpfs', 'proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'bind', 'none', 'overlay',
    'ext4'],
  'mounts[].source': ['tmpfs', 'proc', '/usr', '/etc/hosts', 'rootfs', '/no/such/source', '/dev/null', 'cgroup'],
  'mounts[].options[]': ACTIONS_OF_OPTIONS,
  'annotations.*': ['value', ''],
  'path': PATHS,
  'destination': PATHS,
  'namespaces[].path': ['/proc/1/ns/net', '/proc/1/ns/ipc', '/proc/1/ns/mnt', '/run/netns/x'],
  'cgroupsPath': ['/test/fuzz', 'fuzz/x', 'system.slice:nunc:fuzz', '/a/./b//c', '/é'],
  'rlimits[].type': ['RLIMIT_NOFILE'],
  'maskedPaths[]': PATHS,
  'readonlyPaths[]': PATHS,
  'mountLabel': ['system_u:object_r:container_file_t:s0'],
  'selinuxLabel': ['system_u:system_r:container_t:s0:c1,c2'],
  'apparmorProfile': ['docker-default', 'unconfined', 'a//b'],
  'capabilities.effective[]': Object.keys(CAPABILITIES),
  'capabilities.bounding[]': Object.keys(CAPABILITIES),
  'capabilities.inheritable[]': Object.keys(CAPABILITIES),
  'capabilities.permitted[]': Object.keys(CAPABILITIES),
  'capabilities.ambient[]': Object.keys(CAPABILITIES),
  'syscalls[].names[]': CALLS,
  'listenerPath': ['/run/agent.sock'],
  'listenerMetadata': ['meta'],
  'initial': LISTS,
  'final': LISTS,
  'nodes': LISTS,
  'cpus': LISTS,
  'mems': ['0', '0-1', ''],
  'access': ['r', 'w', 'm', 'rw', 'rwm', 'mr'],
  'pageSize': ['64KB', '2MB', '1GB'],
  'priorities[].name': ['lo', 'eth0'],
  'netDevices.*.name': ['eth0', 'e', ''],
  'schemata[]': ['L3:0=f', 'MB:0=70'],
  'l3CacheSchema': ['L3:0=f'],
  'memBwSchema': ['MB:0=70'],
  'closID': ['fuzz'],
  'unified.*': ['max', '100', '1 2', 'max\n'],
  'sysctl.*': ['1', '4096 16384 4194304', '0 65535'],
  'hooks': PATHS,
};

/** Keys of objects that have any. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'sysctl': ['net.ipv4.ip_forward', 'net/ipv4/tcp_rmem', 'kernel.shmmax', 'fs.mqueue.msg_max', 'kernel.msgmax',
    'kernel.domainname'],
  'unified': ['memory.high', 'pids.max', 'cpu.weight', 'io.weight', 'cgroup.freeze', 'cpu.idle', 'cpu.max'],
  'timeOffsets': ['monotonic', 'boottime'],
  'netDevices': ['eth1', 'wlan0', 'dummy.5'],
  'rdma': ['mlx5_1', 'rxe0'],
  'annotations': ['org.example.key', 'org.systemd.property.TimeoutStopUSec', 'run.oci.x',
    'org.systemd.property.Description'],
};

function longestEnd<Value>(table: Readonly<Record<string, Value>>, path: string): Value | undefined {
  let best = '';
  for (const end of Object.keys(table)) {
    const fits = path === end || path.endsWith(`.${end}`);
    if (fits && end.length > best.length) best = end;
  }
  return table[best];
}

export function plausibleString(path: string, random: Random): string {
  const words = longestEnd(PLAUSIBLE, path) ?? (path.includes('hooks') ? PATHS : ['word']);
  return random.pick(words);
}

export function plausibleKey(path: string, random: Random): string {
  return random.pick(longestEnd(KEYS, path) ?? ['key', 'other/key']);
}

export function hostileValue(random: Random): unknown {
  switch (random.below(9)) {
    case 0: return random.pick(NUMBERS);
    case 1: return random.pick([null, true, false]);
    case 2: return random.pick([[], {}, [[]], [null], [{}], { '': 1 }]);
    case 3: return deep(random.pick([5, 50, 500]), random);
    case 4: return Array.from({ length: random.pick([10, 101, 1000]) }, () => random.pick(HOSTILE.slice(0, 40)));
    default: return random.pick(HOSTILE);
  }
}

function deep(levels: number, random: Random): unknown {
  const isList = random.chance(50);
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = isList ? [value] : { a: value };
  return value;
}
