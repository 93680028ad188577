// A process that waits in the kernel where nothing can stop it: it asks a FUSE file system which never answers
// (stuck-file-system.py, in a mount namespace of its own).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from './lifecycle.ts';
import { startProgram } from './runtime.ts';

/** Starts one. It ends with the test. @returns its pid */
export async function holdProcess(): Promise<{ pid: number }> {
  const script = join(import.meta.dirname, 'stuck-file-system.py');
  const argv = ['unshare', '--mount', '/usr/bin/python3', script];
  const server = startProgram(argv, { keepInputOpen: true, timeout: 60_000 });
  let output = '';
  server.child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  onTestFinished(async () => {
    // When the file system ends the kernel answers in its place.
    server.child.stdin?.end();
    await server.ended;
  });
  const pid = Number(await eventually(() => /^\d+$/m.exec(output)?.[0] ?? '', (text) => text !== ''));
  await eventually(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), (stat) => / \(.*\) D /.test(stat));
  return { pid };
}
