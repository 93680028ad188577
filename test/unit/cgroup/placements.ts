// Placements for the tests of settings: the three kinds of hosts, with a container at /c.

import type { CgroupPlacement, PlacedCgroup } from '../../../src/cgroup/driver.ts';

function v1(...controllers: readonly string[]): PlacedCgroup {
  const mountpoint = `/sys/fs/cgroup/${controllers.join(',')}`;
  return { version: 1, controllers, mountpoint, path: `${mountpoint}/c` };
}

function v2(mountpoint: string, ...controllers: readonly string[]): PlacedCgroup {
  return { version: 2, controllers, mountpoint, path: `${mountpoint}/c` };
}

const common = { manager: 'cgroupfs', cgroupsPath: '/c' } as const;

/** With every controller. */
export const onV1: CgroupPlacement = {
  ...common,
  mode: 'v1',
  cgroups: [
    v1('name=systemd'), v1('cpu', 'cpuacct'), v1('cpuset'), v1('memory'), v1('blkio'), v1('pids'), v1('hugetlb'),
    v1('net_cls', 'net_prio'), v1('rdma'),
  ],
};

/** As on a machine with most controllers in v1, hugetlb in v2 and the others nowhere. */
export const onHybrid: CgroupPlacement = {
  ...common,
  mode: 'hybrid',
  cgroups: [v1('cpu'), v1('cpuset'), v1('memory'), v1('blkio'), v1('pids'), v2('/sys/fs/cgroup/unified', 'hugetlb')],
};

/** With every controller. */
export const onV2: CgroupPlacement = {
  ...common,
  mode: 'v2',
  cgroups: [v2('/sys/fs/cgroup', 'cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc')],
};

export const onNothing: CgroupPlacement = { ...common, mode: 'none', cgroups: [] };
