// Looks into cgroups: which processes are in them.

import { readFileSync } from 'node:fs';
import { codeOf } from '../error.ts';
import { cgroupError, verifyInside } from './directory.ts';
import type { CgroupPlacement, PlacedCgroup } from './driver.ts';
import { type CgroupPath, fileIn, walkTree } from './tree.ts';

/** A line for each process. */
function readProcesses(path: CgroupPath): string {
  try {
    return readFileSync(fileIn(path, 'cgroup.procs'), 'latin1');
  } catch (error) {
    const code = codeOf(error);
    // Gone (ENODEV: while reading), or a threaded v2 cgroup, whose processes the cgroup above it lists.
    if (code === 'ENOENT' || code === 'ENODEV' || code === 'EOPNOTSUPP' || code === 'ENOTSUP') return '';
    throw error;
  }
}

/**
 * The pids, in the runtime's pid namespace, of the processes in cgroups and below them. 0 stands for those that the pid
 * namespace does not have.
 *
 * @throws NuncError of kind `syscall`
 */
export function occupantsOf(cgroups: readonly PlacedCgroup[]): Set<number> {
  const pids = new Set<number>();
  for (const cgroup of cgroups) {
    verifyInside(cgroup);
    try {
      walkTree(cgroup.path, (path) => {
        for (const line of readProcesses(path).split('\n')) if (line !== '') pids.add(Number(line));
      });
    } catch (cause) {
      throw cgroupError(`list the processes of the cgroup "${cgroup.path}"`, cause);
    }
  }
  return pids;
}

/**
 * The pids, in the runtime's pid namespace, of the processes in a container's cgroups and below them, of all
 * hierarchies: one that moved itself elsewhere in one hierarchy is still found by another. Ascending.
 *
 * @throws NuncError of kind `syscall`
 */
export function processesOf({ cgroups }: Pick<CgroupPlacement, 'cgroups'>): number[] {
  const pids = occupantsOf(cgroups);
  pids.delete(0);
  return [...pids].sort((a, b) => a - b);
}
