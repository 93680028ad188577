// A container whose init has been killed and is not gone yet.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { makeBundle } from '../support/bundle.ts';
import { messageOf, startBundle, stateOf, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, startRuntime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

test('a container that is ending is stopped to every command', async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const watch = watchHost(bundle);
  await startBundle(bundle);
  // The first process of a pid namespace ends when all others have been waited for, and who waits for this one has
  // been stopped itself.
  const { child, ended } = startRuntime(['exec', bundle.id, 'sh', '-c', 'echo ready; exec sleep 1000']);
  await new Promise((ready) => child.stdout?.once('data', ready));
  child.kill('SIGSTOP');
  const { pid } = await stateOf(bundle.id);
  await succeed(['kill', bundle.id, 'KILL']);
  await untilStatus(bundle.id, 'stopped');
  expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).not.toMatch(/\) [ZX] /);
  for (const [args, message] of [
    [['kill', bundle.id, 'KILL'], 'container not running'],
    [['update', '--cpu-share', '512', bundle.id], 'container not running'],
    [['pause', bundle.id], 'container not running'],
    [['resume', bundle.id], 'container not paused'],
    [['exec', bundle.id, 'true'], 'exec failed: cannot exec in a stopped container'],
    [['start', bundle.id], 'cannot start a container that has stopped'],
  ] as const) {
    const { status, stderr } = await runtime(args);
    expect([status, messageOf(stderr)], args.join(' ')).toEqual([args[0] === 'exec' ? 255 : 1, message]);
  }
  expect(JSON.parse(await succeed(['list', '--format', 'json']))).toMatchObject([{ status: 'stopped', pid: 0 }]);
  child.kill('SIGCONT');
  expect((await ended).status).toBe(137);
  await succeed(['delete', bundle.id]);
  await watch.nothingLeft();
});
