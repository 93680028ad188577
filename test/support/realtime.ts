// Whether a process in a cgroup of its own can have a realtime scheduler. Where the kernel gives realtime processes a
// share by cgroup (CONFIG_RT_GROUP_SCHED), a new cgroup has none: in a v1 hierarchy until somebody writes
// cpu.rt_runtime_us, with v2 never.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { probeHost } from '../../src/host/probe.ts';

/** Tries with chrt(1), in a cgroup that is made for it. */
export function canBeRealtime(): boolean {
  const { hierarchies } = probeHost();
  const { mountpoint } = hierarchies.find(({ controllers }) => controllers.includes('cpu')) ?? {};
  if (mountpoint === undefined) return false;
  const directory = `${mountpoint}/nunc-test-realtime-${process.pid}`;
  let made = false;
  try {
    mkdirSync(directory);
    made = true;
    execFileSync('sh', ['-c', 'echo 0 >"$0/cgroup.procs"; chrt --fifo 1 true', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    if (made) rmdirSync(directory);
  }
}
