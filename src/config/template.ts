// The config that `nunc spec` writes. Like runc's in meaning, so that what people know of the one holds for the other.

import { specVersion } from '../version.ts';
import type { IdMapping, Mount, Namespace, Spec } from './types.ts';

export interface TemplateOptions {
  /** For a caller without rights on the host: a user namespace, the host's network, no cgroup limits. */
  readonly rootless: boolean;
  /** The caller's ids, which become root's in a rootless container. */
  readonly uid: number;
  readonly gid: number;
  /** Whether /sys/fs/cgroup is a v2 tree: then the container gets a cgroup namespace, as with runc. */
  readonly cgroup2?: boolean;
}

/** A new config for a bundle whose root file system is in `rootfs`. */
export function configTemplate(options: TemplateOptions): Spec {
  return {
    ociVersion: specVersion,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'nunc',
    mounts: mounts(options),
    linux: {
      ...(options.rootless ? mappings(options) : { resources: { devices: [{ allow: false, access: 'rwm' }] } }),
      namespaces: namespaces(options),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

const CAPABILITIES = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

// What of procfs and sysfs tells of the host or drives its hardware.
const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
  '/sys/devices/virtual/tpm',
];

function mounts({ rootless }: TemplateOptions): Mount[] {
  const pts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'];
  // A new sysfs needs a network namespace of the caller's own, and the group tty has no id in the user namespace.
  const sys: Mount = rootless
    ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'] }
    : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] };
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    tmpfs('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: rootless ? pts : [...pts, 'gid=5'] },
    tmpfs('/dev/shm', 'shm', ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']),
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    sys,
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
    },
  ];
}

function tmpfs(destination: string, source: string, options: readonly string[]): Mount {
  return { destination, type: 'tmpfs', source, options };
}

function namespaces({ rootless, cgroup2 = false }: TemplateOptions): Namespace[] {
  const list: Namespace[] = [{ type: 'pid' }];
  if (!rootless) list.push({ type: 'network' });
  list.push({ type: 'ipc' }, { type: 'uts' }, { type: 'mount' });
  if (cgroup2) list.push({ type: 'cgroup' });
  if (rootless) list.push({ type: 'user' });
  return list;
}

function mappings({ uid, gid }: TemplateOptions): { uidMappings: IdMapping[]; gidMappings: IdMapping[] } {
  return {
    uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
  };
}
