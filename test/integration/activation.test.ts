// What the runtime's caller hands over: the sockets that a service manager listens on ($LISTEN_FDS, sd_listen_fds(3)),
// and --pidfd-socket, over which it gets something back.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { outputOf, untilStatus, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtimeName } from '../support/runtime.ts';
import { pidfdReceiver, scratch } from '../support/service-manager.ts';

const test = requires('root', 'busybox');
const testNunc = requires('root', 'busybox', 'nunc');
const testPidfd = requires('root', 'busybox', 'python3', 'nunc');

/** Descriptors from 3 on with a file each, and the variables of sd_listen_fds(3) for this very process. */
function listening(directory: string, variables: string): string[] {
  return ['sh', '-c', `exec 3<${directory}/one 4<${directory}/two; ${variables} exec "$@"`, 'sh'];
}

async function twoFiles(script: string): Promise<Bundle> {
  const bundle = await bundleFor(script, (spec) => {
    spec.process.env = [...(spec.process.env ?? []), 'LISTEN_FDS=77', 'LISTEN_PID=78'];
  });
  for (const name of ['one', 'two']) writeFileSync(join(bundle.directory, name), `${name}\n`);
  return bundle;
}

const LOOK = 'echo $LISTEN_FDS $LISTEN_PID; cat <&3; ls /proc/$$/fd; true';

test('LISTEN_FDS: the descriptors come right after the standard ones, and the process is told', async () => {
  const bundle = await twoFiles(LOOK);
  const prefix = listening(bundle.directory, 'LISTEN_PID=$$ LISTEN_FDS=1');
  expect(await runBundle(bundle, { prefix })).toMatchObject({ status: 0, stdout: '1 1\none\n0\n1\n2\n3\n' });
});

test('LISTEN_FDS: those of --preserve-fds follow', async () => {
  const bundle = await twoFiles(`cat <&4; ${LOOK}`);
  const prefix = listening(bundle.directory, 'LISTEN_PID=$$ LISTEN_FDS=1');
  const options = ['--preserve-fds', '1'];
  expect(await runBundle(bundle, { prefix, options })).toMatchObject({ stdout: 'two\n1 1\none\n0\n1\n2\n3\n4\n' });
});

test('LISTEN_FDS: for another process, or no number, means nothing', async () => {
  const cases = ['LISTEN_PID=1 LISTEN_FDS=1', 'LISTEN_FDS=1', 'LISTEN_PID=$$ LISTEN_FDS=x'];
  // runc 1.1.5 panics.
  if (runtimeName === 'nunc') cases.push('LISTEN_PID=$$ LISTEN_FDS=-1');
  for (const variables of cases) {
    const bundle = await twoFiles('echo $LISTEN_FDS $LISTEN_PID; ls /proc/$$/fd; true');
    const prefix = listening(bundle.directory, variables);
    expect(await runBundle(bundle, { prefix })).toMatchObject({ status: 0, stdout: '77 78\n0\n1\n2\n' });
  }
});

// runc hands on what is there, or fails somewhere on the way.
testNunc('LISTEN_FDS: each descriptor has to be open', async () => {
  const bundle = await twoFiles('echo it runs');
  const prefix = listening(bundle.directory, 'LISTEN_PID=$$ LISTEN_FDS=9');
  const { status, stdout, stderr } = await runBundle(bundle, { prefix });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/cannot preserve descriptor \d+: it is not open/);
});

// Debian's runc is older than the option.
testPidfd('--pidfd-socket: whoever listens gets a pidfd of the init, of create and of run', async () => {
  for (const command of [['create'], ['run', '--detach']]) {
    const path = join(scratch(), 'pidfd');
    const receiver = await pidfdReceiver(path);
    const bundle = await bundleFor('exec sleep 1000');
    const files = ['--bundle', bundle.directory, '--pid-file', `${bundle.directory}/pid`, '--pidfd-socket', path];
    const result = await runBundle(bundle, { command: [...command, ...files], output: outputOf(bundle) });
    expect(result.status).toBe(0);
    const pid = Number(readFileSync(`${bundle.directory}/pid`, 'utf8'));
    expect(await receiver.received()).toEqual({ message: 'standard', pids: [pid], rest: '' });
    // The receiver has killed it.
    expect(await untilStatus(bundle.id, 'stopped')).toBeDefined();
  }
});

testPidfd('--pidfd-socket: a path is relative to the working directory', async () => {
  const directory = scratch();
  const receiver = await pidfdReceiver(join(directory, 'pidfd'));
  const bundle = await bundleFor('exec sleep 1000');
  const command = ['create', '--pidfd-socket', 'pidfd', '--bundle', bundle.directory];
  const result = await runBundle(bundle, { command, cwd: directory, output: outputOf(bundle) });
  expect(result.status).toBe(0);
  expect(await receiver.received()).toMatchObject({ message: 'standard' });
});

testPidfd('--pidfd-socket: when nobody listens nothing is created', async () => {
  const path = join(scratch(), 'none');
  let watch: ReturnType<typeof watchHost> | undefined;
  const message = await refusal((_, bundle) => {
    watch = watchHost(bundle);
  }, { options: ['--pidfd-socket', path] });
  expect(message).toBe(`cannot connect to "${path}": no such file or directory`);
  await watch?.nothingLeft();
});
