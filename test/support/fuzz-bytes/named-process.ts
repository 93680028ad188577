// A process with a name of the test's choice: proc_pid_stat(5) has it between brackets, as it is.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Named {
  readonly pid: number;
  /** Counted from the end of the line: nothing of the name comes there. */
  readonly startTime: number;
  [Symbol.dispose](): void;
}

/** @param name at most 15 bytes */
export function startNamed(name: string): Named {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-named-'));
  copyFileSync('/bin/sleep', join(directory, name));
  const child = spawn(join(directory, name), ['1000000'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const fields = (): string[] => readFileSync(`/proc/${pid}/stat`, 'latin1').trimEnd().split(' ');
  // Until it has become the program.
  while (!fields().join(' ').includes(name)) continue;
  // 52 fields in all; the 22nd.
  const startTime = Number(fields().at(21 - 52));
  return {
    pid,
    startTime,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    },
  };
}
