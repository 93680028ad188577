// Which cgroup driver a container has. Loaded when it is known: few hosts need more than one.

import { existsSync } from 'node:fs';
import { cgroupfs } from '../cgroup/cgroupfs.ts';
import type { CgroupDriver, CgroupManager } from '../cgroup/driver.ts';
import type { Ffi } from '../ffi/port.ts';

/** The driver that made, or is to make, a container's cgroups. */
export type LoadDriver = (manager: CgroupManager) => CgroupDriver | Promise<CgroupDriver>;

export function loadDriver(ffi: Ffi, manager: CgroupManager): CgroupDriver | Promise<CgroupDriver> {
  switch (manager) {
    case 'cgroupfs':
      return cgroupfs(ffi);
    case 'systemd':
      return loadSystemd(ffi);
    case 'disabled':
      return loadDisabled();
  }
}

async function loadSystemd(ffi: Ffi): Promise<CgroupDriver> {
  const [{ systemd }, { startWaiter }] = await Promise.all([
    import('../cgroup/systemd/driver.ts'), import('../launch/holder.ts'),
  ]);
  return systemd({
    ffi,
    environment: process.env,
    startHolder: () => startWaiter(ffi),
    isBooted: () => existsSync('/run/systemd/system'),
  });
}

async function loadDisabled(): Promise<CgroupDriver> {
  const { disabled } = await import('../cgroup/disabled.ts');
  return disabled();
}
