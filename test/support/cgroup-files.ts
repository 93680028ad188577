// The kernel's files of a process's cgroups, wherever this host has its controllers; and what this host has of them.
// Asks the kernel alone: /proc/<pid>/cgroup and mountinfo, not the runtime's probe.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';

/** v1's names, with v2's where they differ. */
export type Controller =
  'memory' | 'cpu' | 'cpuset' | 'blkio' | 'pids' | 'hugetlb' | 'net_cls' | 'net_prio' | 'rdma' | 'misc';

interface Hierarchy {
  readonly version: 1 | 2;
  readonly mountpoint: string;
}

/** The mounted hierarchy with a controller. */
export function hierarchyOf(controller: Controller): Hierarchy | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mount = '', tail = ''] = line.split(' - ');
    const mountpoint = mount.split(' ')[4] ?? '';
    const [type, , options = ''] = tail.split(' ');
    if (type === 'cgroup' && options.split(',').includes(controller)) return { version: 1, mountpoint };
    if (type !== 'cgroup2' || !existsSync(`${mountpoint}/cgroup.controllers`)) continue;
    const name = controller === 'blkio' ? 'io' : controller;
    if (wordsOf(`${mountpoint}/cgroup.controllers`).includes(name)) return { version: 2, mountpoint };
  }
  return undefined;
}

function wordsOf(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split(' ');
}

/** The directory of a process's cgroup in the hierarchy with a controller. */
export function cgroupOf(pid: number | 'self', controller: Controller): string {
  const hierarchy = hierarchyOf(controller);
  if (hierarchy === undefined) throw new Error(`no controller ${controller}`);
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')) {
    const [number, names = '', ...path] = line.split(':');
    const isIt = hierarchy.version === 1 ? names.split(',').includes(controller) : number === '0' && names === '';
    if (isIt) return hierarchy.mountpoint + path.join(':');
  }
  throw new Error(`process ${pid} has no cgroup with ${controller}`);
}

/** What a file of a process's cgroup holds, without the last newline. */
export function readCgroup(pid: number, controller: Controller, file: string): string {
  return readFileSync(`${cgroupOf(pid, controller)}/${file}`, 'utf8').trimEnd();
}

const found = new Map<Controller, readonly string[]>();

/** The files that a new cgroup with a controller has on this host; none where the host does not have it. */
export function filesOf(controller: Controller): readonly string[] {
  const known = found.get(controller);
  if (known !== undefined) return known;
  const hierarchy = hierarchyOf(controller);
  const files = hierarchy === undefined ? [] : probe(hierarchy, controller);
  found.set(controller, files);
  return files;
}

/** Makes a cgroup two levels down, so that the hierarchy's root keeps its settings where there is v1 beside v2. */
function probe({ version, mountpoint }: Hierarchy, controller: Controller): readonly string[] {
  const parent = `${mountpoint}/nunc-test-probe-${process.pid}`;
  const directory = `${parent}/x`;
  try {
    mkdirSync(directory, { recursive: true });
    if (version === 2) passDown([mountpoint, parent], controller === 'blkio' ? 'io' : controller);
    return readdirSync(directory);
  } finally {
    for (const path of [directory, parent]) if (existsSync(path)) rmdirSync(path);
  }
}

function passDown(paths: readonly string[], controller: string): void {
  for (const path of paths) writeFileSync(`${path}/cgroup.subtree_control`, `+${controller}`);
}

/** For a hybrid host: remembers which v2 controllers its root passes down. @returns what puts that back, as far as
 * nobody else uses them */
export function keepSubtreeControl(): () => void {
  const mountpoint = hierarchyOf('hugetlb');
  if (mountpoint?.version !== 2 || hierarchyOf('memory')?.version === 2) return () => undefined;
  const file = `${mountpoint.mountpoint}/cgroup.subtree_control`;
  const before = wordsOf(file);
  return () => {
    for (const controller of wordsOf(file).filter((name) => name !== '' && !before.includes(name))) {
      try {
        writeFileSync(file, `-${controller}`);
      } catch {
        // In use by another test, which puts it back.
      }
    }
  };
}

export interface Disk {
  readonly major: number;
  readonly minor: number;
}

interface WeighingDisk extends Disk {
  /** What shares it out by weights. */
  readonly usesBfq: boolean;
  readonly usesIocost: boolean;
}

/** A disk: its device number as the io files have it. A loop device where the machine has no other. */
export function someDisk(): WeighingDisk {
  const disks = readdirSync('/sys/block').filter((name) => !/^(zram|ram|fd|sr)/.test(name));
  const disk = disks.find((name) => !name.startsWith('loop')) ?? disks[0] ?? '';
  const [major = 0, minor = 0] = readFileSync(`/sys/block/${disk}/dev`, 'utf8').trim().split(':').map(Number);
  const costs = `${hierarchyOf('blkio')?.mountpoint}/io.cost.qos`;
  return {
    major,
    minor,
    usesBfq: readFileSync(`/sys/block/${disk}/queue/scheduler`, 'utf8').includes('[bfq]'),
    usesIocost: existsSync(costs) && readFileSync(costs, 'utf8').includes(`${major}:${minor} enable=1`),
  };
}

/** The device number of the file system that has a path. */
export function diskOf(path: string): Disk {
  const { dev } = statSync(path);
  return { major: (dev >> 8) & 0xfff, minor: (dev & 0xff) | ((dev >> 12) & 0xfff00) };
}
