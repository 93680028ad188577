// The configs that the scenarios are about. Pure; what every bundle has (arguments, cgroup) is added by bundles.ts.

import { configTemplate } from '../../src/config/template.ts';
import type { Mount, Spec } from '../../src/config/types.ts';
import { docker } from '../../test/support/seccomp-profiles.ts';
import type { ScenarioName } from './results.ts';

export interface ConfigPlace {
  /** The benchmark's directory, as bundles.ts fills it. */
  readonly directory: string;
  /** What the containers see. */
  readonly cgroups: 'v1' | 'v2';
}

const MOUNTS = 100;

const MAKERS: Partial<Readonly<Record<ScenarioName, (place: ConfigPlace) => Spec>>> = {
  docker: dockerConfig,
  exec: dockerConfig,
  mounts: mountsConfig,
  overlay: (place) => ({ ...plainConfig(place), root: { path: `${place.directory}/overlay/merged`, readonly: true } }),
  terminal: (place) => {
    const spec = plainConfig(place);
    return { ...spec, process: { ...spec.process, cwd: '/', terminal: true } };
  },
};

/** The config of a scenario's containers. */
export function scenarioConfig(scenario: ScenarioName, place: ConfigPlace): Spec {
  return (MAKERS[scenario] ?? plainConfig)(place);
}

/** What `nunc spec` writes, without its terminal. */
function plainConfig({ directory, cgroups }: ConfigPlace): Spec {
  const spec = configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2: cgroups === 'v2' });
  return {
    ...spec,
    process: { ...spec.process, cwd: '/', terminal: false },
    root: { path: `${directory}/rootfs`, readonly: true },
  };
}

/** A container that costs little, for the crowd that others are measured among. */
export function smallConfig(place: ConfigPlace): Spec {
  const { ociVersion, process, root } = plainConfig(place);
  return {
    ociVersion,
    ...(process === undefined ? {} : { process }),
    ...(root === undefined ? {} : { root }),
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      // Without it runc changes the root file system, which many share.
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
    ],
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
  };
}

function mountsConfig(place: ConfigPlace): Spec {
  const spec = plainConfig(place);
  return { ...spec, mounts: [...(spec.mounts ?? []), ...moreMounts(place)] };
}

function moreMounts({ directory }: ConfigPlace): Mount[] {
  return mountTargets().map((destination, i) => (i % 2 === 0
    ? { destination, type: 'bind', source: directory + destination, options: ['rbind', 'rprivate', 'nosuid', 'ro'] }
    : { destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=755', 'size=64k'] }));
}

/** Where the mounts of `mounts` go, which is also where in the benchmark's directory they come from. */
export function mountTargets(): string[] {
  return Array.from({ length: MOUNTS }, (_, i) => `/mnt/${i}`);
}

/** What Docker binds over files of an image; likewise. */
export const DOCKER_FILES = ['/etc/resolv.conf', '/etc/hostname', '/etc/hosts'] as const;

const DOCKER_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_SETGID', 'CAP_SETUID',
  'CAP_SETFCAP', 'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT', 'CAP_KILL', 'CAP_AUDIT_WRITE',
];

/** Numbers of the character devices that Docker lets a container use beside the runtime's own. */
const DOCKER_DEVICES = [[1, 3], [1, 5], [1, 8], [1, 9], [5, 0], [5, 1]] as const;

/**
 * What `docker run` without options hands to the runtime, as dockerd 20.10 to 28 do. Without its AppArmor profile,
 * which only its daemon loads, and without the prestart hook that hands over the network namespace.
 */
function dockerConfig({ directory, cgroups }: ConfigPlace): Spec {
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0, additionalGids: [0, 10] },
      args: [],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOSTNAME=0123456789ab'],
      cwd: '/',
      capabilities: {
        bounding: DOCKER_CAPABILITIES, effective: DOCKER_CAPABILITIES, permitted: DOCKER_CAPABILITIES,
      },
      oomScoreAdj: 0,
    },
    root: { path: `${directory}/rootfs` },
    hostname: '0123456789ab',
    mounts: dockerMounts(directory),
    linux: {
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' },
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          ...DOCKER_DEVICES.map(([major, minor]) => ({ allow: true, type: 'c' as const, major, minor, access: 'rwm' })),
        ],
      },
      namespaces: [
        { type: 'mount' }, { type: 'network' }, { type: 'uts' }, { type: 'pid' }, { type: 'ipc' },
        ...(cgroups === 'v2' ? [{ type: 'cgroup' as const }] : []),
      ],
      seccomp: docker,
      maskedPaths: [
        '/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list',
        '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

function dockerMounts(directory: string): Mount[] {
  const none = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: none },
    {
      destination: '/dev', type: 'tmpfs', source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts', type: 'devpts', source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...none, 'ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', ...none] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: none },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...none, 'mode=1777', 'size=67108864'] },
    ...DOCKER_FILES.map((file) => ({
      destination: file, type: 'bind', source: directory + file, options: ['rbind', 'rprivate'],
    })),
  ];
}
