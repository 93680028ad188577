// Configs for the tests: one with every property of runtime-spec 1.3 for Linux, and ways to break it in one place.

import type { Spec } from '../../../src/config/types.ts';

type Json = Record<string, unknown>;

/** Every property, each with a value that is allowed beside the others. */
export function fullConfig(): Spec {
  return {
    ociVersion: '1.3.0',
    root: { path: 'rootfs', readonly: true },
    hostname: 'box',
    domainname: 'example.org',
    mounts: [
      {
        destination: '/data',
        type: 'none',
        source: '/srv/data',
        options: ['rbind', 'ro'],
        uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
        gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      },
    ],
    process: {
      terminal: true,
      consoleSize: { height: 25, width: 80 },
      user: { uid: 1000, gid: 1000, umask: 18, additionalGids: [4, 5] },
      cwd: '/',
      env: ['PATH=/bin', 'EMPTY='],
      args: ['sh', '-c', ''],
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 18446744073709551615 }],
      capabilities: {
        effective: ['CAP_KILL'],
        bounding: ['CAP_KILL'],
        inheritable: [],
        permitted: ['CAP_KILL'],
        ambient: ['CAP_KILL'],
      },
      noNewPrivileges: true,
      oomScoreAdj: -500,
      scheduler: {
        policy: 'SCHED_DEADLINE',
        nice: 0,
        priority: 0,
        flags: ['SCHED_FLAG_RESET_ON_FORK'],
        runtime: 1000000,
        deadline: 2000000,
        period: 2000000,
      },
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
      execCPUAffinity: { initial: '0', final: '0-1' },
      apparmorProfile: 'profile',
      selinuxLabel: 'system_u:system_r:container_t:s0',
    },
    hooks: {
      prestart: [{ path: '/bin/true', args: ['true'], env: ['A=b'], timeout: 5 }],
      createRuntime: [{ path: '/bin/true' }],
      createContainer: [{ path: '/bin/true' }],
      startContainer: [{ path: '/bin/true' }],
      poststart: [{ path: '/bin/true' }],
      poststop: [{ path: '/bin/true' }],
    },
    annotations: { 'org.example.key': 'value' },
    linux: {
      namespaces: [
        { type: 'pid' },
        { type: 'network', path: '/var/run/netns/one' },
        { type: 'mount' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'user' },
        { type: 'cgroup' },
        { type: 'time' },
      ],
      uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      timeOffsets: { monotonic: { secs: -86400, nanosecs: 999999999 }, boottime: { secs: 1 } },
      devices: [
        { type: 'c', path: '/dev/fuse', major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0 },
        { type: 'p', path: '/run/fifo' },
      ],
      netDevices: { eth0: { name: 'inner0' } },
      cgroupsPath: '/nunc-test/full',
      resources: fullResources(),
      rootfsPropagation: 'slave',
      seccomp: {
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 38,
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_LOONGARCH64'],
        flags: ['SECCOMP_FILTER_FLAG_LOG'],
        listenerPath: '/run/agent.sock',
        listenerMetadata: 'data',
        syscalls: [
          {
            names: ['personality'],
            action: 'SCMP_ACT_TRACE',
            errnoRet: 1,
            args: [{ index: 0, value: 4294967295, valueTwo: 1, op: 'SCMP_CMP_MASKED_EQ' }],
          },
        ],
      },
      sysctl: { 'net.ipv4.ip_forward': '1' },
      maskedPaths: ['/proc/kcore'],
      readonlyPaths: ['/proc/sys'],
      mountLabel: 'system_u:object_r:container_file_t:s0',
      intelRdt: {
        closID: 'group',
        schemata: ['L2:0=f'],
        l3CacheSchema: 'L3:0=7f0',
        memBwSchema: 'MB:0=20',
        enableMonitoring: true,
      },
      memoryPolicy: { mode: 'MPOL_INTERLEAVE', nodes: '0-1', flags: ['MPOL_F_STATIC_NODES'] },
      personality: { domain: 'LINUX32', flags: [] },
    },
  };
}

function fullResources(): NonNullable<NonNullable<Spec['linux']>['resources']> {
  return {
    devices: [{ allow: false, type: 'a', major: -1, minor: -1, access: 'rwm' }],
    memory: {
      limit: 536870912,
      reservation: 268435456,
      swap: -1,
      kernel: -1,
      kernelTCP: -1,
      swappiness: 60,
      disableOOMKiller: false,
      useHierarchy: true,
      checkBeforeUpdate: true,
    },
    cpu: {
      shares: 1024,
      quota: 100000,
      burst: 50000,
      period: 100000,
      realtimeRuntime: 950000,
      realtimePeriod: 1000000,
      cpus: '0-1',
      mems: '0',
      idle: 1,
    },
    blockIO: {
      weight: 500,
      leafWeight: 300,
      weightDevice: [{ major: 8, minor: 0, weight: 500, leafWeight: 300 }],
      throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }],
      throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 600 }],
      throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 600 }],
      throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 600 }],
    },
    hugepageLimits: [{ pageSize: '2MB', limit: 209715200 }],
    network: { classID: 1048577, priorities: [{ name: 'eth0', priority: 500 }] },
    pids: { limit: 100 },
    rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10000 } },
    unified: { 'memory.high': '1073741824' },
  };
}

/** Just what a config needs, with five new namespaces. */
export function smallConfig(): Spec {
  return {
    ociVersion: '1.3.0',
    root: { path: 'rootfs' },
    process: { cwd: '/', args: ['true'], user: { uid: 0, gid: 0 } },
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
    },
  };
}

/**
 * The JSON text of a config with values put at JSON pointers: objects on the way are made, `-` appends to a list, and
 * `undefined` removes.
 */
export function changed(config: Spec, changes: Readonly<Record<string, unknown>>): string {
  const document = JSON.parse(JSON.stringify(config)) as Json;
  for (const [pointer, value] of Object.entries(changes)) put(document, pointer, value);
  return JSON.stringify(document);
}

function put(document: Json, pointer: string, value: unknown): void {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let container = document;
  for (const key of keys) container = (container[key] ??= {}) as Json;
  if (last === '-' && Array.isArray(container)) container.push(value);
  else if (value === undefined) Reflect.deleteProperty(container, last);
  else container[last] = value;
}

/** The JSON pointers of everything within `value`, which has no keys with `/` or `~`. */
export function allPointers(value: unknown, pointer: string): string[] {
  const own = pointer === '' ? [] : [pointer];
  if (typeof value !== 'object' || value === null) return own;
  return Object.entries(value).reduce((all, [key, inner]) => all.concat(allPointers(inner, `${pointer}/${key}`)), own);
}
