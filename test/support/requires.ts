// Says what a test needs of the machine; where that is missing the test is skipped, with the reason in its name.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { diskOf } from './cgroup-files.ts';
import { runs32BitPrograms } from './ia32.ts';
import { canMapIdsOfBundles, canMapIdsOfTmpfs } from './id-mapped.ts';
import { canBeRealtime } from './realtime.ts';
import { isSystemdManaged, runtimeName } from './runtime.ts';

function inPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const host = probeHost();
const modules = probeHost({ modules: ['apparmor', 'selinux'] });

/** Whether root can make virtual network devices here. */
function hasVeth(): boolean {
  const name = `nunc${process.pid}`;
  if (host.effectiveUid !== 0) return false;
  const made = spawnSync('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]).status === 0;
  return made && spawnSync('ip', ['link', 'delete', name]).status === 0;
}

/** Whether bundles are made on a whole disk, which I/O limits are for: not on a partition, an overlay or a tmpfs. */
function isOnDisk(): boolean {
  const { major, minor } = diskOf(tmpdir());
  return existsSync(`/sys/dev/block/${major}:${minor}/queue`);
}

/** What can be required: for each the test whether this machine has it. */
const checks = {
  root: () => host.effectiveUid === 0,
  /** Any v1 hierarchy. */
  'cgroup-v1': () => host.cgroupMode === 'v1' || host.cgroupMode === 'hybrid',
  /** Nothing but v2. */
  'cgroup-v2': () => host.cgroupMode === 'v2',
  cgroups: () => host.cgroupMode !== 'none',
  disk: isOnDisk,
  busybox: () => inPath('busybox'),
  /** A CRIU that works with this kernel; that takes it a while to find out. */
  criu: () => inPath('criu') && spawnSync('criu', ['check']).status === 0,
  /** CONFIG_MEM_SOFT_DIRTY. */
  'memory-tracking': () => inPath('criu') && spawnSync('criu', ['check', '--feature', 'mem_dirty_track']).status === 0,
  /** CRIU's messages for /usr/bin/python3: of Debian's package criu. */
  pycriu: () => existsSync('/usr/lib/python3/dist-packages/pycriu/rpc_pb2.py'),
  runc: () => inPath('runc'),
  crun: () => inPath('crun'),
  /** ps(1) with all columns: user mode Linux has no time of boot, which the start of a process is told by. */
  ps: () => spawnSync('ps', ['-ef']).status === 0,
  /** ip(8) of iproute2, and network devices to move about. */
  veth: hasVeth,
  /** Debian's, for what takes sockets; a version manager's takes seconds to start. */
  python3: () => existsSync('/usr/bin/python3'),
  fuse: () => existsSync('/dev/fuse') && host.effectiveUid === 0,
  /** GLib for /usr/bin/python3: Debian's python3-gi. */
  gi: () => existsSync('/usr/lib/python3/dist-packages/gi'),
  /** systemd is pid 1, and its bus is up. */
  systemd: () => existsSync('/run/systemd/system') && existsSync('/run/dbus/system_bus_socket'),
  /** The tests run for systemd's driver: scripts/test-vm.sh --systemd. */
  'systemd-managed': () => isSystemdManaged,
  'not-systemd-managed': () => !isSystemdManaged,
  'no-systemd': () => !existsSync('/run/systemd/system'),
  'no-resctrl': () => !existsSync('/sys/fs/resctrl/schemata'),
  strace: () => inPath('strace'),
  ia32: runs32BitPrograms,
  /** Realtime schedulers in a cgroup of their own. */
  realtime: canBeRealtime,
  /** The right to lower oom_score_adj. */
  'sys-resource': () => host.capabilities.includes('CAP_SYS_RESOURCE'),
  'no-sys-resource': () => !host.capabilities.includes('CAP_SYS_RESOURCE'),
  'no-realtime': () => !canBeRealtime(),
  numa: () => existsSync('/proc/self/numa_maps'),
  /** AppArmor, and the program that loads profiles. */
  apparmor: () => modules.apparmor === true && inPath('apparmor_parser'),
  'no-apparmor': () => modules.apparmor !== true,
  'no-selinux': () => modules.selinux !== true,
  gcc: () => inPath('gcc'),
  setcap: () => inPath('setcap'),
  zsh: () => inPath('zsh'),
  /** An assembler for classic BPF: of Debian's package netsniff-ng. */
  bpfc: () => inPath('bpfc'),
  /** What man pages are checked with. */
  mandoc: () => inPath('mandoc'),
  groff: () => inPath('groff'),
  /** Of the file system where bundles are made. runc 1.1.5 has none. */
  'idmapped-mounts': () => runtimeName !== 'runc' && canMapIdsOfBundles(),
  'idmapped-tmpfs': () => canMapIdsOfTmpfs(),
  /** An ordinary user can be made, and may make user namespaces with ranges of ids. */
  users: () => host.effectiveUid === 0 && ['useradd', 'newuidmap', 'newgidmap', 'setpriv'].every(inPath),
  podman: () => inPath('podman') && existsSync('/usr/bin/conmon'),
  /** Podman's init, and the pause of its pods. */
  catatonit: () => existsSync('/usr/libexec/podman/catatonit'),
  buildah: () => inPath('buildah'),
  containerd: () => ['containerd', 'ctr', 'containerd-shim-runc-v2'].every(inPath),
  /** Debian's client may not be the first in PATH. */
  docker: () => inPath('dockerd') && existsSync('/usr/bin/docker'),
  /** Debian's, which is no plugin. */
  'docker-compose': () => existsSync('/usr/bin/docker-compose'),
  /** The plugins that make container networks. */
  iptables: () => inPath('iptables'),
  cni: () => existsSync('/usr/lib/cni/bridge'),
  /** That RUNTIME is nunc: for what other runtimes do not have. */
  nunc: () => runtimeName === 'nunc',
} as const;

export type Requirement = keyof typeof checks;

/** The requirements that this machine does not meet. */
export function missing(needs: readonly Requirement[]): Requirement[] {
  return needs.filter((need) => !checks[need]());
}

type TestFunction = (name: string, body: () => void | Promise<void>, timeout?: number) => void;

/** The `test` to use for tests with these needs: `const test = requires('root', 'runc')`. */
export function requires(...needs: readonly Requirement[]): TestFunction {
  const lacking = missing(needs);
  return (name, body, timeout) => {
    if (lacking.length === 0) test(name, body, timeout);
    else test.skip(`${name} (skipped: needs ${lacking.join(', ')})`, body);
  };
}
