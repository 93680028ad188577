// The configs in which nunc and runc are compared: each a change to what `nunc spec` writes.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../../src/config/types.ts';
import type { Bundle, BundleSpec } from './bundle.ts';
import { holdNamespaces } from './namespaces.ts';
import { runProgram } from './runtime.ts';

export interface CompareCase {
  readonly name: string;
  readonly change?: (spec: BundleSpec) => void | Promise<void>;
  /** Done to each of the runtimes' fresh root filesystems. */
  readonly prepare?: (bundle: Bundle) => void | Promise<void>;
}

type NamespaceType = Namespace['type'];

function without(spec: BundleSpec, ...types: readonly NamespaceType[]): void {
  spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => !types.includes(type));
}

function withNew(spec: BundleSpec, type: NamespaceType): void {
  without(spec, type);
  spec.linux.namespaces?.push({ type });
}

/** The names of /proc/<pid>/ns for the types of config.json. */
export const namespaceFiles: Readonly<Record<NamespaceType, string>> = {
  user: 'user', network: 'net', ipc: 'ipc', uts: 'uts', time: 'time', cgroup: 'cgroup', pid: 'pid', mount: 'mnt',
};

function joinAll(spec: BundleSpec, pid: number, types: readonly NamespaceType[]): void {
  without(spec, ...types);
  for (const type of types) spec.linux.namespaces?.push({ type, path: `/proc/${pid}/ns/${namespaceFiles[type]}` });
}

/** Root of the user namespace is 100000 of the host: the root filesystem has to be its own. */
function mapUsers(spec: BundleSpec): void {
  withNew(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
}

/** runc resolves paths as the container's root. */
async function giveToMappedRoot({ directory, rootfs }: Bundle): Promise<void> {
  chmodSync(directory, 0o755);
  await runProgram(['chown', '-Rh', '100000:100000', rootfs]);
}

function makeSources({ directory }: Bundle): void {
  mkdirSync(join(directory, 'source/below'), { recursive: true });
  writeFileSync(join(directory, 'source/file'), 'content\n');
}

const EXTRA_MOUNTS = [
  { destination: '/mnt/file', source: 'source/file', options: ['bind'] },
  { destination: '/mnt/readonly', source: 'source', options: ['rbind', 'ro', 'nosuid'] },
  { destination: '/made/for/it', type: 'bind', source: 'source/below', options: ['rbind', 'rprivate'] },
  {
    destination: '/mnt/tmpfs', type: 'tmpfs', source: 'store',
    options: ['nodev', 'noexec', 'noatime', 'mode=1770', 'size=64k', 'uid=5'],
  },
  { destination: '/mnt/tmpfs/nested', type: 'tmpfs', source: 'inner', options: ['ro', 'size=8k'] },
  { destination: '/mnt/tmpfs/nested2/deep', type: 'tmpfs', source: 'inner' },
  { destination: '/mnt/shared', source: 'source', options: ['bind', 'shared'] },
  { destination: '/mnt/slave', source: 'source', options: ['bind', 'slave', 'nodev', 'noexec', 'nodiratime'] },
  { destination: '/mnt/unbindable', source: 'source', options: ['bind', 'unbindable', 'strictatime'] },
  { destination: 'mnt/relative', source: 'source', options: ['bind', 'ro'] },
];

type Propagation = NonNullable<BundleSpec['linux']['rootfsPropagation']>;

function propagation(value: Propagation): CompareCase {
  return {
    name: `rootfsPropagation ${value}`,
    change: (spec) => {
      spec.linux.rootfsPropagation = value;
    },
  };
}

function sharing(...types: readonly NamespaceType[]): CompareCase {
  return {
    name: `the host's ${types.join(', ')}`,
    change: (spec) => {
      without(spec, ...types);
      // A host name would be the host's.
      if (types.includes('uts')) delete spec.hostname;
    },
  };
}

export const compareCases: readonly CompareCase[] = [
  { name: 'as nunc spec writes it' },
  {
    name: 'a user with groups',
    change: (spec) => {
      spec.process.user = { uid: 1000, gid: 1000, additionalGids: [5, 100, 65534], umask: 0o27 };
      spec.process.cwd = '/tmp';
    },
  },
  {
    name: 'all capabilities that are asked for',
    change: (spec) => {
      const all = ['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_NET_RAW', 'CAP_SETPCAP', 'CAP_BPF'];
      const some = ['CAP_CHOWN', 'CAP_NET_RAW'];
      spec.process.user = { uid: 1000, gid: 5 };
      spec.process.noNewPrivileges = false;
      spec.process.capabilities = { bounding: all, permitted: all, effective: all, inheritable: some, ambient: some };
    },
  },
  {
    name: 'no capabilities at all',
    change: (spec) => {
      delete spec.process.capabilities;
    },
  },
  { name: 'a cgroup namespace', change: (spec) => withNew(spec, 'cgroup') },
  {
    name: 'writable cgroups in a cgroup namespace',
    change: (spec) => {
      withNew(spec, 'cgroup');
      const mount = spec.mounts.find(({ type }) => type === 'cgroup');
      if (mount !== undefined) mount.options = ['nosuid', 'noexec', 'nodev', 'relatime'];
    },
  },
  {
    name: 'a writable root',
    change: (spec) => {
      spec.root.readonly = false;
      spec.process.cwd = '/made/working directory';
    },
  },
  sharing('pid'),
  sharing('network'),
  sharing('ipc'),
  sharing('uts'),
  sharing('pid', 'ipc', 'uts', 'network'),
  { name: 'a user namespace', change: mapUsers, prepare: giveToMappedRoot },
  {
    name: 'a user of a user namespace',
    change: (spec) => {
      mapUsers(spec);
      spec.process.user = { uid: 1000, gid: 1000, additionalGids: [5] };
    },
    prepare: giveToMappedRoot,
  },
  {
    name: 'joined namespaces',
    change: async (spec) => {
      const pid = await holdNamespaces(['--net', '--ipc', '--uts', '--cgroup']);
      joinAll(spec, pid, ['network', 'ipc', 'uts', 'cgroup']);
    },
  },
  {
    name: 'a joined pid namespace',
    change: async (spec) => joinAll(spec, await holdNamespaces(['--pid', '--mount-proc']), ['pid']),
  },
  {
    name: 'a joined user namespace with its network',
    change: async (spec) => {
      const pid = await holdNamespaces(['--user', '--net', '--map-root-user']);
      joinAll(spec, pid, ['user', 'network']);
      // runc insists on mappings, though it can't use them.
      spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      // The group tty has no id there.
      for (const mount of spec.mounts) mount.options = (mount.options ?? []).filter((option) => option !== 'gid=5');
    },
  },
  propagation('private'),
  propagation('rprivate'),
  propagation('slave'),
  propagation('rslave'),
  propagation('shared'),
  propagation('rshared'),
  {
    name: 'more mounts',
    change: (spec) => {
      spec.mounts.push(...structuredClone(EXTRA_MOUNTS));
    },
    prepare: makeSources,
  },
  {
    name: 'more mounts in a user namespace',
    change: (spec) => {
      mapUsers(spec);
      // runc asks in vain for atime options there: they are locked.
      const changesAtime = (option: string): boolean => option.includes('atime');
      const mounts = EXTRA_MOUNTS.filter(({ options }) => options?.some(changesAtime) !== true);
      spec.mounts.push(...structuredClone(mounts));
    },
    prepare: async (bundle) => {
      makeSources(bundle);
      await giveToMappedRoot(bundle);
    },
  },
  {
    name: 'more devices',
    change: (spec) => {
      spec.linux.devices = [
        { path: '/dev/full-too', type: 'c', major: 1, minor: 7, fileMode: 0o640, uid: 3, gid: 4 },
        { path: '/dev/disk/loop', type: 'b', major: 7, minor: 300, fileMode: 0o600 },
        { path: '/dev/pipe', type: 'p', fileMode: 0o622, uid: 1 },
        { path: '/dev/unbuffered', type: 'u', major: 1, minor: 5 },
      ];
    },
  },
  {
    name: 'sysctls',
    change: (spec) => {
      spec.linux.sysctl = {
        'kernel.domainname': 'example.test',
        'kernel.shmmax': '65536',
        'kernel.msgmax': '4096',
        'net.ipv4.ip_unprivileged_port_start': '80',
        'net/ipv4/conf/lo/forwarding': '1',
        'fs.mqueue.msg_max': '5',
      };
    },
  },
  {
    name: 'limits, out-of-memory score, personality of the process',
    change: (spec) => {
      spec.process.oomScoreAdj = 321;
      spec.process.rlimits = [
        { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
        { type: 'RLIMIT_NPROC', soft: 1000, hard: 1000 },
        { type: 'RLIMIT_STACK', soft: 1 << 20, hard: 1 << 24 },
        { type: 'RLIMIT_AS', soft: 2 ** 31, hard: 2 ** 40 },
      ];
      spec.process.user = { uid: 0, gid: 0, umask: 0o177 };
    },
  },
  {
    name: 'no limits asked for',
    change: (spec) => {
      delete spec.process.rlimits;
    },
  },
  {
    name: 'environment',
    change: (spec) => {
      spec.process.env = ['PATH=/bin', 'A=1', 'B=two words', 'A=3', 'EMPTY=', 'HOME=/elsewhere', 'QUOTE="\n'];
    },
  },
  {
    name: 'HOME of a user',
    change: (spec) => {
      spec.process.user = { uid: 1000, gid: 1000 };
    },
  },
  {
    name: 'HOME of nobody in passwd',
    change: (spec) => {
      spec.process.user = { uid: 4321, gid: 4321 };
    },
  },
  {
    name: 'masked and read-only paths',
    change: (spec) => {
      spec.linux.maskedPaths = [
        '/proc/acpi', '/proc/kcore', '/proc/fs', '/sys/kernel', '/missing', '/etc/group', '/tmp', '/var',
      ];
      spec.linux.readonlyPaths = ['/proc/sys', '/missing/too', '/home', '/etc/passwd', '/dev/shm'];
      spec.root.readonly = false;
    },
  },
  {
    name: 'no masked and no read-only paths',
    change: (spec) => {
      delete spec.linux.maskedPaths;
      delete spec.linux.readonlyPaths;
    },
  },
];
