// Looks into cgroups: which are below one, and which processes are in them.

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../error.ts';
import { cgroupError, verifyInside } from './directory.ts';
import type { CgroupPlacement } from './driver.ts';

/** The directories directly below a cgroup; none when it is gone. */
export function childrenOf(path: string): string[] {
  const status = lstatSync(path, { throwIfNoEntry: false });
  // In kernfs the link count is 2 plus the number of subdirectories: saves listing some fifty files.
  if (status === undefined || status.nlink === 2) return [];
  const children: string[] = [];
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) children.push(`${path}/${entry.name}`);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return children;
}

function readProcesses(path: string): string {
  try {
    return readFileSync(`${path}/cgroup.procs`, 'latin1');
  } catch (error) {
    const code = codeOf(error);
    // Gone (ENODEV: while reading), or a threaded v2 cgroup, whose processes the cgroup above it lists.
    if (code === 'ENOENT' || code === 'ENODEV' || code === 'EOPNOTSUPP' || code === 'ENOTSUP') return '';
    throw error;
  }
}

function collect(path: string, pids: Set<number>): void {
  for (const line of readProcesses(path).split('\n')) {
    const pid = Number(line);
    // 0 stands for a process that the runtime's pid namespace does not have.
    if (pid > 0) pids.add(pid);
  }
  for (const child of childrenOf(path)) collect(child, pids);
}

/**
 * The pids, in the runtime's pid namespace, of the processes in a container's cgroups and below them, of all
 * hierarchies: one that moved itself elsewhere in one hierarchy is still found by another. Ascending.
 *
 * @throws NuncError of kind `syscall`
 */
export function processesOf(placement: CgroupPlacement): number[] {
  const pids = new Set<number>();
  for (const cgroup of placement.cgroups) {
    verifyInside(cgroup);
    try {
      collect(cgroup.path, pids);
    } catch (cause) {
      throw cgroupError(`list the processes of the cgroup "${cgroup.path}"`, cause);
    }
  }
  return [...pids].sort((a, b) => a - b);
}
