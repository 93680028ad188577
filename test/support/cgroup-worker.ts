// Makes and removes one container's cgroups again and again: cgroup-worker.ts CGROUPSPATH TIMES. Prints "ok".

import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { processesOf } from '../../src/cgroup/processes.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { probeHost } from '../../src/host/probe.ts';

const [cgroupsPath = '', times = '1'] = process.argv.slice(2);
const driver = cgroupfs({} as Ffi);
const placement = driver.resolvePlacement(probeHost(), { cgroupsPath, id: 'worker' });
for (let round = 0; round < Number(times); round++) {
  const created = driver.createCgroups(placement);
  processesOf(placement);
  driver.removeCgroups(created);
}
console.log('ok');
