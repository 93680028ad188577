// `run` of a container with a terminal: the user's terminal is as it was whatever happens, and nothing is left.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { startAtTerminal } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { expectEnd, runArguments, runAtTerminal, terminalBundle } from '../support/terminal.ts';

const test = requires('root', 'busybox');
/** What runc 1.1 has not or does otherwise; each test says what. */
const nuncTest = requires('root', 'busybox', 'nunc');

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended.
    return '';
  }
}

/** Pids of pumps whose runtime is gone. Those of other tests, which run meanwhile, still have theirs. */
function orphanedPumps(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !read(`/proc/${pid}/cmdline`).startsWith('nunc-terminal')) return false;
    const parent = /^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
    return parent !== undefined && !read(`/proc/${parent}/cmdline`).includes('nunc');
  });
}

test('the user\'s terminal is raw while the container runs, and as it was afterwards', async () => {
  const session = await runAtTerminal('echo ready; read line');
  await session.sees('ready');
  // ICANON, ECHO, ISIG of c_lflag.
  const local = (attributes: string): number => Buffer.from(attributes, 'hex').readUInt32LE(12) & 0o13;
  expect(local(session.before)).toBe(0o13);
  await eventually(() => local(session.attributes()), (flags) => flags === 0);
  session.type('\r');
  await expectEnd(session, 0);
});

test('restored: after a program that can not be executed', async () => {
  const session = await runAtTerminal('true', { change: (spec) => void (spec.process.args = ['/no/such/program']) });
  await expectEnd(session, 1);
  expect(session.shown()).toMatch('no such file or directory');
});

test('restored: after a container that can not be created', async () => {
  const session = await runAtTerminal('true', { change: (spec) => void (spec.process.cwd = '/etc/passwd') });
  await expectEnd(session, 1);
});

for (const [signal, status] of [['SIGTERM', 143], ['SIGHUP', 129], ['SIGINT', 130]] as const) {
  // runc ends at SIGINT, with status 0, and leaves the container.
  const testSignal = signal === 'SIGINT' ? nuncTest : test;
  testSignal(`restored: after ${signal} to the runtime, which ends the container`, async () => {
    const trap = `trap "exit ${status}" ${signal.slice(3)}`;
    const session = await runAtTerminal(`${trap}; echo ready; while :; do sleep 0.1; done`);
    await session.sees('ready');
    session.child.kill(signal);
    await expectEnd(session, status);
  });
}

test('restored: after the container was killed', async () => {
  const session = await runAtTerminal('echo ready; while :; do sleep 0.1; done');
  await session.sees('ready');
  await succeed(['kill', session.bundle.id, 'KILL']);
  await expectEnd(session, 137);
});

test('processes that outlive the container\'s first one do not hold up the end', async () => {
  const session = await runAtTerminal('(trap "" HUP; sleep 1000) & echo first', {
    change: (spec) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid') ?? [];
    },
  });
  await expectEnd(session, 0);
  expect(session.shown()).toMatch(/^first\n/);
});

nuncTest('when nobody reads the output any more the container is hung up', async () => {
  const session = await runAtTerminal('echo ready; trap "exit 5" HUP; yes', { output: 'pipe' });
  await new Promise((done) => session.child.stdout!.once('data', done));
  session.child.stdout!.destroy();
  // `yes` can't write to its terminal any more, or the shell got SIGHUP.
  expect((await session.ended).status).toBeGreaterThan(0);
  expect(session.attributes()).toBe(session.before);
});

nuncTest('the user\'s terminal is hung up: the container ends, and nothing is left', async () => {
  const bundle = await terminalBundle('trap "exit 5" HUP; echo ready; while :; do sleep 0.1; done');
  const watch = watchHost(bundle);
  const session = startAtTerminal(['sh', '-c', '"$@"; exit $?', 'sh', ...runArguments(bundle)]);
  await session.sees('ready');
  session.hangUp();
  await session.ended;
  await watch.nothingLeft();
  await eventually(orphanedPumps, (pids) => pids.length === 0);
});

nuncTest('nothing is left of a run at a terminal, and no pump runs on when the runtime is killed', async () => {
  const bundle = await terminalBundle('echo ready; read line');
  const watch = watchHost(bundle);
  const session = startAtTerminal(runArguments(bundle));
  await session.sees('ready');
  session.type('\r');
  await session.ended;
  await watch.nothingLeft();
  await eventually(orphanedPumps, (pids) => pids.length === 0);
  const other = startAtTerminal(runArguments(bundle));
  await other.sees('ready');
  other.child.kill('SIGKILL');
  await other.ended;
  await untilStatus(bundle.id, 'stopped');
  await succeed(['delete', bundle.id]);
  await watch.nothingLeft();
  await eventually(orphanedPumps, (pids) => pids.length === 0);
});

nuncTest('job control: who stops the runtime has the terminal as it was, until it goes on', async () => {
  const session = await runAtTerminal('trap "stty size" WINCH; echo ready; while read line; do echo "got $line"; done');
  await session.sees('ready');
  await eventually(() => session.attributes(), (attributes) => attributes !== session.before);
  const raw = session.attributes();
  session.child.kill('SIGTSTP');
  await eventually(() => session.attributes(), (attributes) => attributes === session.before);
  session.child.kill('SIGCONT');
  await eventually(() => session.attributes(), (attributes) => attributes === raw);
  session.type('line\r');
  await session.sees('got line');
  session.type('\x04');
  await expectEnd(session, 0);
});

nuncTest('job control: in the background it stops before it touches the terminal', async () => {
  const bundle = await terminalBundle('echo ready; read line; echo "got $line"');
  const script = 'set -m; "$@" & sleep 0.1; while ! grep -q "^State:.T" /proc/$!/status; do sleep 0.05; done; '
    + 'stty -a | grep -c " icanon"; fg >/dev/null; echo "status $?"';
  const session = startAtTerminal(['sh', '-c', script, 'sh', ...runArguments(bundle)]);
  await session.sees('ready');
  session.type('line\r');
  await session.ended;
  expect(session.shown()).toMatch(/^1\nready\nline\ngot line\nstatus 0\n$/);
});
