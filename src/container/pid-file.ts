// --pid-file: where a manager finds the pid of a process that is made for it.

import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';

/** Writes a pid file as managers expect it: decimal, no newline, complete as soon as it is there. */
export function writePidFile(path: string, pid: number): void {
  const slash = path.lastIndexOf('/');
  const temporary = `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.${process.pid}`;
  try {
    writeFileSync(temporary, String(pid));
    chmodSync(temporary, 0o644);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new NuncError('syscall', `cannot write the pid file "${path}": ${reasonOf(cause)}`, { cause });
  }
}
