// The id maps of a new user namespace, written by the runtime while the init waits (user_namespaces(7)).

import { writeFileSync } from 'node:fs';
import { idMapText } from '../config/rules/id-mappings.ts';
import type { Linux } from '../config/types.ts';
import { NuncError } from '../error.ts';

function write(path: string, content: string, what: string): void {
  try {
    writeFileSync(path, content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(',')[0] : String(cause);
    throw new NuncError('syscall', `cannot write the ${what} of the user namespace: ${reason}`, { cause });
  }
}

/** Writes uid_map and gid_map of the init; without privileges setgroups(2) has to be given up first. */
export function writeIdMaps(pid: number, linux: Linux | undefined, privileged: boolean): void {
  if (!privileged) write(`/proc/${pid}/setgroups`, 'deny', 'setgroups file');
  write(`/proc/${pid}/uid_map`, idMapText(linux?.uidMappings ?? []), 'uid map (/linux/uidMappings)');
  write(`/proc/${pid}/gid_map`, idMapText(linux?.gidMappings ?? []), 'gid map (/linux/gidMappings)');
}
