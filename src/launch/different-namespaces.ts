// Which namespaces of a container's init are others than the runtime's.

import { readlinkSync } from 'node:fs';
import { codeOf } from '../error.ts';
import * as L from '../linux/constants.ts';

/** Links of /proc/<pid>/ns, see namespaces(7). */
const NAMESPACES: Readonly<Record<string, number>> = {
  user: L.CLONE_NEWUSER, mnt: L.CLONE_NEWNS, pid: L.CLONE_NEWPID, net: L.CLONE_NEWNET, ipc: L.CLONE_NEWIPC,
  uts: L.CLONE_NEWUTS, cgroup: L.CLONE_NEWCGROUP, time: L.CLONE_NEWTIME,
};

/** The flags of the namespaces in which a process is not where this one is. */
export function differentNamespaces(pid: number): number {
  let flags = 0;
  for (const name in NAMESPACES) {
    if (namespaceOf('self', name) !== namespaceOf(pid, name)) flags |= NAMESPACES[name] ?? 0;
  }
  return flags;
}

function namespaceOf(pid: number | 'self', name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${name}`);
  } catch (error) {
    // A kernel without this kind.
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
