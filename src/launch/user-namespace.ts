// User namespaces that no container runs in: mount_setattr(2) takes the maps of an id-mapped mount from one. A process
// of a few instructions makes it, waits until it has its maps and is opened, and ends; the descriptor keeps it.

import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { assemble } from '../elf/assemble.ts';
import { messageOf, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import type { HostFacts } from '../host/facts.ts';
import { errnoMessage } from '../linux/errno.ts';
import type { IdMapNamespace } from '../plan/descriptors.ts';
import { compileHolderPlan } from '../plan/holder-plan.ts';
import { decodeRecord, RECORD_SIZE } from '../plan/report.ts';
import { sealExecutable } from './executable.ts';
import { startHolder } from './holder.ts';

/** Opens a user namespace for each of the maps; appends the descriptors to `opened`, also when it fails half-way. */
export function openIdMapNamespaces(
  ffi: Ffi,
  maps: readonly IdMapNamespace[],
  place: { facts: HostFacts; opened: number[] },
): number[] {
  if (maps.length === 0) return [];
  const { facts, opened } = place;
  const executable = sealExecutable(ffi, assemble(compileHolderPlan(), facts.architecture));
  try {
    return maps.map((map) => {
      const descriptor = openNamespace(ffi, map, executable);
      opened.push(descriptor);
      return descriptor;
    });
  } finally {
    closeSync(executable);
  }
}

function openNamespace(ffi: Ffi, map: IdMapNamespace, executable: number): number {
  try {
    return withHolder(ffi, executable, (pid) => {
      writeMap(`/proc/${pid}/uid_map`, map.uids);
      writeMap(`/proc/${pid}/gid_map`, map.gids);
      return openSync(`/proc/${pid}/ns/user`, 'r');
    });
  } catch (cause) {
    const message = `cannot make the user namespace of an id-mapped mount: ${messageOf(cause)} (${map.origin})`;
    throw new NuncError('syscall', message, { cause, code: 'E_NAMESPACE', origin: map.origin });
  }
}

function writeMap(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (cause) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    throw new Error(`the kernel refuses the ${name} ${JSON.stringify(content)}: ${reasonOf(cause)}`, { cause });
  }
}

/** Calls `use` with the pid of a process in a new user namespace, which ends with it. */
function withHolder<Result>(ffi: Ffi, executable: number, use: (pid: number) => Result): Result {
  const holder = startHolder(ffi, executable);
  try {
    awaitNamespace(holder.socket);
    return use(holder.pid);
  } finally {
    holder.end();
  }
}

function awaitNamespace(near: number): void {
  const bytes = new Uint8Array(RECORD_SIZE);
  const record = readSync(near, bytes, 0, RECORD_SIZE, null) === RECORD_SIZE ? decodeRecord(bytes, 0) : undefined;
  if (record?.kind === 'created') return;
  throw new Error(record?.kind === 'failed' ? errnoMessage(record.errno) : 'the process has ended');
}
