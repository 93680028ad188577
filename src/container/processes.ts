// The processes of a container that has no cgroup to list them, because an ordinary user may not make one.

import { readdirSync, readlinkSync } from 'node:fs';
import { isThere } from './status.ts';
import type { StateFile } from './store.ts';

type Identity = Pick<StateFile, 'pid' | 'startTime' | 'ownPidNamespace'>;

/** Pids of the processes in the init's pid namespace; without one of its own just the init's. None when it has ended:
 * those in the namespace have ended with it, and others can't be told from the host's. */
export function processesWithoutCgroup(state: Identity): number[] {
  if (state.pid === undefined || !isThere(state)) return [];
  const namespace = state.ownPidNamespace ? pidNamespaceOf(String(state.pid)) : undefined;
  if (namespace === undefined) return [state.pid];
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (/^\d/.test(name) && pidNamespaceOf(name) === namespace) pids.push(Number(name));
  }
  return pids;
}

function pidNamespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    // It has ended, or is not the caller's to look at.
    return undefined;
  }
}
