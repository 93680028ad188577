// Which cgroup driver a container has. Loaded when it is known: few hosts need more than one.

import { cgroupfs } from '../cgroup/cgroupfs.ts';
import type { CgroupDriver, CgroupManager } from '../cgroup/driver.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';

/** The driver that made, or is to make, a container's cgroups. */
export type LoadDriver = (manager: CgroupManager) => CgroupDriver | Promise<CgroupDriver>;

export function loadDriver(ffi: Ffi, manager: CgroupManager): CgroupDriver | Promise<CgroupDriver> {
  if (manager === 'cgroupfs') return cgroupfs(ffi);
  throw new NuncError('usage', `the cgroup manager "${manager}" is not supported yet`);
}
