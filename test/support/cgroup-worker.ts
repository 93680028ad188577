// Makes and removes one container's cgroups again and again: cgroup-worker.ts CGROUPSPATH TIMES. Prints "ok".

import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { probeHost } from '../../src/host/probe.ts';

const [cgroupsPath = '', times = '1'] = process.argv.slice(2);
const placement = cgroupfs.resolvePlacement(probeHost(), { cgroupsPath, id: 'worker' });
for (let round = 0; round < Number(times); round++) {
  const created = cgroupfs.createCgroups(placement);
  cgroupfs.processesOf(placement);
  cgroupfs.removeCgroups(created);
}
console.log('ok');
