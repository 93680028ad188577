// $NOTIFY_SOCKET: a container tells the service manager that it is ready (sd_notify(3)). runc 1.1.5 has it, with the
// differences told below.

import { closeSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bundleFor, proc, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import {
  createBundle, eventually, outputOf, refusal, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import {
  type Result, runProgram, runtime, runtimeName, type RuntimeOptions, startRuntime, stateRoot,
} from '../support/runtime.ts';
import { notify, scratch, type ServiceManager,serviceManager } from '../support/service-manager.ts';

const test = requires('root', 'busybox', 'python3');
const testNunc = requires('root', 'busybox', 'python3', 'nunc');

function environment(variables: Readonly<Record<string, string>>): Pick<RuntimeOptions, 'env'> {
  return { env: { PATH: process.env['PATH'] ?? '', ...variables } };
}

/** Creates a container whose news go to this address. */
async function created(bundle: Bundle, address: string): Promise<void> {
  const args = ['create', '--bundle', bundle.directory, bundle.id];
  const { status } = await runtime(args, { output: outputOf(bundle), ...environment({ NOTIFY_SOCKET: address }) });
  expect({ status, output: readFileSync(outputOf(bundle), 'utf8') }).toEqual({ status: 0, output: '' });
}

/** Starts a created container; the command goes on until the container is ready. */
function starting(bundle: Bundle, address: string) {
  const command = startRuntime(['start', bundle.id], environment({ NOTIFY_SOCKET: address }));
  const state = { ended: false };
  void command.ended.then(() => state.ended = true);
  return { ...command, state };
}

// Newer ones have it too.
const BARRIER = runtimeName === 'runc' ? [] : ['BARRIER=1'];

/** All that the manager is told of a container that is ready. */
async function hearAll(manager: ServiceManager): Promise<string[]> {
  const heard: string[] = [];
  while (heard.length < 2 + BARRIER.length) heard.push(await manager.hear());
  return heard;
}

const idle = (): Promise<Bundle> => bundleFor('exec sleep 1000');

test('create makes a place for it, start listens and waits until the container is ready', async () => {
  const manager = serviceManager();
  const bundle = await bundleFor('echo $NOTIFY_SOCKET; exec sleep 1000');
  await created(bundle, manager.address);
  const { pid } = await stateOf(bundle.id);
  const mount = proc(pid, 'mountinfo').split('\n').find((line) => line.includes(' /run/notify '));
  expect(mount?.split(' ')[5]).toMatch(/^ro,nosuid,nodev,noexec/);
  const socket = `/proc/${pid}/root/run/notify/notify.sock`;
  expect(existsSync(socket)).toBe(false);
  const start = starting(bundle, manager.address);
  await untilStatus(bundle.id, 'running');
  // It runs before it has said anything.
  await eventually(() => readFileSync(outputOf(bundle), 'utf8'), (text) => text === '/run/notify/notify.sock\n');
  expect(existsSync(socket)).toBe(true);
  expect(start.state.ended).toBe(false);
  await notify(pid, ['READY=1\nSTATUS=good']);
  expect(await hearAll(manager)).toEqual(['READY=1\n', `MAINPID=${pid}\n`, ...BARRIER]);
  expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
  expect(manager.hasMore()).toBe(false);
});

testNunc('start ends when the manager has read everything, and not before', async () => {
  const manager = serviceManager();
  const bundle = await idle();
  await created(bundle, manager.address);
  const start = starting(bundle, manager.address);
  const { pid } = await untilStatus(bundle.id, 'running');
  await notify(pid, ['READY=1']);
  expect([await manager.hear(), await manager.hear()]).toEqual(['READY=1\n', `MAINPID=${pid}\n`]);
  const barrier = await manager.takeDescriptor();
  expect(start.state.ended).toBe(false);
  closeSync(barrier);
  expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
});

test('the end of the container ends the wait', async () => {
  const manager = serviceManager();
  const bundle = await bundleFor('exit 3');
  await created(bundle, manager.address);
  expect(await starting(bundle, manager.address).ended).toMatchObject({ status: 0 });
  expect(manager.hasMore()).toBe(false);
});

// runc takes READY=1 only where a datagram begins with it, and then passes on whatever follows on the line.
testNunc('of all that a container says only READY=1 is passed on, wherever it stands', async () => {
  const manager = serviceManager();
  const bundle = await idle();
  await created(bundle, manager.address);
  const start = starting(bundle, manager.address);
  const { pid } = await untilStatus(bundle.id, 'running');
  await notify(pid, ['MAINPID=1', 'STOPPING=1\nERRNO=5', 'READY=0', ' READY=1', 'READY=1x', '', 'x'.repeat(9000)]);
  await notify(pid, ['STATUS=good\nMAINPID=1\nREADY=1\n']);
  expect(await hearAll(manager)).toEqual(['READY=1\n', `MAINPID=${pid}\n`, ...BARRIER]);
  expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
});

testNunc('the container\'s user can be anybody, in a user namespace too', async () => {
  for (const inUserNamespace of [false, true]) {
    const manager = serviceManager();
    const bundle = await bundleFor('exec sleep 1000', (spec) => {
      spec.process.user = { uid: 1000, gid: 1000 };
      if (!inUserNamespace) return;
      spec.linux.namespaces?.push({ type: 'user' });
      spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
    });
    await createWithMask(bundle, manager.address);
    const start = starting(bundle, manager.address);
    const { pid } = await untilStatus(bundle.id, 'running');
    await notify(pid, ['READY=1'], 1000);
    expect(await hearAll(manager)).toEqual(['READY=1\n', `MAINPID=${pid}\n`, ...BARRIER]);
    expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
  }
});

/** With a umask that lets nobody else see anything. */
async function createWithMask(bundle: Bundle, address: string): Promise<void> {
  const prefix = ['env', `NOTIFY_SOCKET=${address}`, 'sh', '-c', 'umask 077; exec "$@"', 'sh'];
  const command = ['create', '--bundle', bundle.directory];
  const { status } = await runBundle(bundle, { prefix, command, output: outputOf(bundle) });
  expect({ status, output: readFileSync(outputOf(bundle), 'utf8') }).toEqual({ status: 0, output: '' });
}

test('run --detach waits too', async () => {
  const manager = serviceManager();
  const bundle = await idle();
  const args = ['run', '--detach', '--bundle', bundle.directory, bundle.id];
  const run = startRuntime(args, { output: outputOf(bundle), ...environment({ NOTIFY_SOCKET: manager.address }) });
  const pid = await pidOf(bundle);
  await notify(pid, ['READY=1']);
  expect(await hearAll(manager)).toEqual(['READY=1\n', `MAINPID=${pid}\n`, ...BARRIER]);
  expect(await run.ended).toMatchObject({ status: 0 });
  expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
});

/** The pid of a container that another command is just making. */
async function pidOf(bundle: Bundle): Promise<number> {
  const isRunning = ({ stdout }: Result): boolean => /"status": ?"running"/.test(stdout);
  const state = await eventually(() => runtime(['state', bundle.id]), isRunning);
  return (JSON.parse(state.stdout) as { pid: number }).pid;
}

test('a run in the foreground is itself the process to watch', async () => {
  const manager = serviceManager();
  const bundle = await idle();
  const watch = watchHost(bundle);
  const args = ['run', '--bundle', bundle.directory, bundle.id];
  const run = startRuntime(args, environment({ NOTIFY_SOCKET: manager.address }));
  await notify(await pidOf(bundle), ['READY=1']);
  expect(await hearAll(manager)).toEqual(['READY=1\n', `MAINPID=${run.child.pid}\n`, ...BARRIER]);
  run.child.kill('SIGTERM');
  await succeed(['kill', bundle.id, 'KILL']);
  expect(await run.ended).toMatchObject({ status: 137 });
  await watch.nothingLeft();
});

// runc 1.1.5 never ends here: it waits for its own end.
testNunc('a run in the foreground ends with a container that was never ready', async () => {
  const manager = serviceManager();
  const bundle = await bundleFor('exit 3');
  const options = environment({ NOTIFY_SOCKET: manager.address });
  const result = await runtime(['run', '--bundle', bundle.directory, bundle.id], options);
  expect(result).toMatchObject({ status: 3, stderr: '' });
  expect(manager.hasMore()).toBe(false);
});

testNunc('may be an abstract address, or a long path', async () => {
  const long = join(scratch(), 'd'.repeat(120));
  await runProgram(['mkdir', long]);
  for (const address of [`@nunc-test-${process.pid}`, join(long, 'notify')]) {
    const manager = serviceManager(address);
    const bundle = await bundleFor('exec sleep 1000');
    await created(bundle, address);
    const start = starting(bundle, address);
    const { pid } = await untilStatus(bundle.id, 'running');
    await notify(pid, ['READY=1']);
    expect(await hearAll(manager)).toEqual(['READY=1\n', `MAINPID=${pid}\n`, ...BARRIER]);
    expect(await start.ended).toMatchObject({ status: 0 });
  }
});

// runc starts the container, and fails then.
testNunc('without a service manager there the container is not started, and can be later', async () => {
  const bundle = await idle();
  const address = join(scratch(), 'none');
  await created(bundle, address);
  const result = await runtime(['start', bundle.id], environment({ NOTIFY_SOCKET: address }));
  expect(result.status).toBe(1);
  expect(result.stderr).toContain(`cannot connect to \\"${address}\\": no such file or directory`);
  expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
  await succeed(['start', bundle.id]);
});

testNunc('a start that was killed is no obstacle for the next', async () => {
  const manager = serviceManager();
  const bundle = await idle();
  await created(bundle, manager.address);
  writeFileSync(join(stateRoot(), bundle.id, 'notify/notify.sock'), '');
  const start = starting(bundle, manager.address);
  const { pid } = await untilStatus(bundle.id, 'running');
  await notify(pid, ['READY=1']);
  await hearAll(manager);
  expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
});

testNunc('a second start, kill and delete do not wait for the container to be ready', async () => {
  const manager = serviceManager();
  const bundle = await idle();
  const watch = watchHost(bundle);
  await created(bundle, manager.address);
  const start = starting(bundle, manager.address);
  await untilStatus(bundle.id, 'running');
  expect(await refusal(['start', bundle.id], environment({ NOTIFY_SOCKET: manager.address }))).toBe(
    'cannot start an already running container',
  );
  await succeed(['delete', '--force', bundle.id]);
  expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
  await watch.nothingLeft();
});

testNunc('means nothing to a container without it, or without mounts of its own', async () => {
  const manager = serviceManager();
  const plain = await idle();
  await createBundle(plain);
  expect(await starting(plain, manager.address).ended).toMatchObject({ status: 0, stderr: '' });
  const shared = await bundleFor('echo "<$NOTIFY_SOCKET>"', (spec) => {
    spec.linux.namespaces = [{ type: 'pid' }];
    spec.mounts = [];
    delete spec.hostname;
    delete spec.linux.maskedPaths;
    delete spec.linux.readonlyPaths;
  });
  const options = environment({ NOTIFY_SOCKET: manager.address });
  const result = await runtime(['run', '--bundle', shared.directory, shared.id], options);
  expect(result).toMatchObject({ status: 0, stdout: '<>\n', stderr: '' });
});
