// Renames elsewhere on the host do not keep the kernel from resolving paths below a root for long: openat2(2) gives
// EAGAIN then, where a link of the image goes up.

import { spawn } from 'node:child_process';
import { mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { makeBundle } from '../support/bundle.ts';
import { exec } from '../support/exec.ts';
import { createBundle, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox');

const RENAMES = `
const { mkdirSync, renameSync } = require('node:fs');
const [, directory] = process.argv;
mkdirSync(directory + '/a');
process.stdout.write('ready');
for (;;) { renameSync(directory + '/a', directory + '/b'); renameSync(directory + '/b', directory + '/a'); }
`;

/** Renames a directory as fast as it can until the test is over. */
async function renameAllTheTime(directory: string): Promise<void> {
  mkdirSync(directory);
  const child = spawn(process.execPath, ['-e', RENAMES, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    for (const name of ['a', 'b']) {
      try {
        rmdirSync(join(directory, name));
      } catch {
        // It is the other one.
      }
    }
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
}

test('a container whose image has links that go up is created while others rename', async () => {
  const numbers = Array.from({ length: 60 }, (_, number) => number);
  const bundle = makeBundle({
    args: ['sleep', '1000'],
    mutate: (spec) => {
      spec.root.readonly = false;
      spec.linux.maskedPaths = numbers.map((number) => `/up/masked${number}`);
      for (const number of numbers) spec.mounts.push({ destination: `/up/${number}`, type: 'tmpfs', source: 'tmpfs' });
    },
  });
  mkdirSync(join(bundle.rootfs, 'deep/er'), { recursive: true });
  symlinkSync('deep/er/../../deep', join(bundle.rootfs, 'up'));
  await renameAllTheTime(join(bundle.directory, 'renamed'));
  for (let round = 0; round < 5; round++) {
    await createBundle(bundle);
    await succeed(['start', bundle.id]);
    const { stdout } = await exec(bundle, ['sh', '-c', 'grep -c " /deep/[0-9]" /proc/mounts']);
    expect(stdout).toBe('60\n');
    await succeed(['delete', '--force', bundle.id]);
  }
});
