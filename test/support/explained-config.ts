// A config that has some of everything that explain tells of.

import type { Spec } from '../../src/config/types.ts';

export const everything: Spec = {
  ociVersion: '1.3.0',
  root: { path: 'rootfs' },
  hostname: 'everything',
  process: {
    cwd: '/',
    args: ['/bin/sh'],
    env: ['PATH=/bin', 'HOME=/'],
    user: { uid: 1000, gid: 1000 },
    noNewPrivileges: true,
    terminal: true,
  },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
    { destination: '/etc', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev'] },
  ],
  hooks: {
    prestart: [{ path: '/usr/bin/first', args: ['first', '--now'], timeout: 5 }],
    createContainer: [{ path: '/usr/bin/second' }],
    startContainer: [{ path: '/usr/bin/third' }],
    poststart: [{ path: '/usr/bin/fourth' }],
    poststop: [{ path: '/usr/bin/last' }],
  },
  linux: {
    namespaces: [
      { type: 'pid' }, { type: 'network' }, { type: 'ipc', path: '/proc/1/ns/ipc' }, { type: 'uts' }, { type: 'mount' },
      { type: 'cgroup' }, { type: 'user' },
    ],
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    netDevices: { eth1: { name: 'eth0' } },
    cgroupsPath: '/test/everything',
    resources: {
      memory: { limit: 67_108_864 },
      pids: { limit: 100 },
      cpu: { shares: 512, quota: 50_000, period: 100_000 },
      devices: [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' }],
    },
    seccomp: {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [
        { names: ['mount', 'umount2', 'pivot_root'], action: 'SCMP_ACT_ERRNO' },
        { names: ['reboot'], action: 'SCMP_ACT_KILL_PROCESS' },
        {
          names: ['personality'], action: 'SCMP_ACT_ERRNO', errnoRet: 22,
          args: [{ index: 0, value: 8, op: 'SCMP_CMP_EQ' }],
        },
      ],
    },
  },
};
