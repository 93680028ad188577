// Beside systemd on version 1: when a controller is used for the first time, systemd puts the processes of all its
// units into cgroups of that controller, by a list that it has made a moment before. An init that joined its cgroups
// in between is taken out of them again.

import { readFileSync, writeFileSync } from 'node:fs';
import { cgroupError } from '../directory.ts';
import type { CgroupPlacement } from '../driver.ts';
import { cgroupOfSystemd } from './placement.ts';

/** Puts the processes that systemd counts as the scope's into all of its cgroups of version 1. @throws NuncError */
export function rejoin({ cgroups }: CgroupPlacement): void {
  const kept = cgroupOfSystemd({ cgroups });
  if (kept === undefined) return;
  const pids = readPids(kept.path);
  for (const { version, path } of cgroups) {
    if (version === 2) continue;
    const present = readPids(path);
    for (const pid of pids) if (!present.includes(pid)) join(path, pid);
  }
}

function readPids(path: string): string[] {
  try {
    return readFileSync(`${path}/cgroup.procs`, 'latin1').split('\n').filter((pid) => pid !== '');
  } catch {
    // Without a process the scope may have gone already.
    return [];
  }
}

function join(path: string, pid: string): void {
  try {
    writeFileSync(`${path}/cgroup.procs`, pid, { flag: 'r+' });
  } catch (cause) {
    throw cgroupError(`move the container's process into the cgroup "${path}"`, cause);
  }
}
