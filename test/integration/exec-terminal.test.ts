// exec --tty: the process has a terminal of its own, in the foreground at the user's, or handed to whoever listens.

import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Bundle } from '../support/bundle.ts';
import { exec, execRefusal, processFile, startHost } from '../support/exec.ts';
import { messageOf, outputOf, watchHost } from '../support/lifecycle.ts';
import {
  listenForConsole, type Screen, screenOf, type SessionOptions, startAtTerminal, type TerminalSession,
} from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { commandOf, configured, globalOptions, runProgram, runtimeName, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
/** runc 1.1 does it otherwise; each test says how. */
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

function command(bundle: Bundle, options: readonly string[], ...argv: readonly string[]): string[] {
  return [...commandOf(configured), ...globalOptions(stateRoot()), 'exec', ...options, bundle.id, ...argv];
}

/** Executes a script with a terminal in the foreground, at a user's terminal. */
function execAtTerminal(
  bundle: Bundle,
  script: string,
  options: SessionOptions & { readonly more?: readonly string[] } = {},
): TerminalSession {
  return startAtTerminal(command(bundle, ['--tty', ...options.more ?? []], 'sh', '-c', script), options);
}

/** Executes a detached process with a terminal, as conmon does. */
async function attach(bundle: Bundle, options: readonly string[], argv: readonly string[]): Promise<Screen> {
  const path = join(bundle.directory, 'console');
  const socket = listenForConsole(path);
  const given = { options: ['--detach', '--console-socket', path, ...options], output: outputOf(bundle) };
  expect(await exec(bundle, argv, given)).toMatchObject({ status: 0 });
  const screen = screenOf((await socket.receive()).master);
  onTestFinished(screen.close);
  return screen;
}

test('in the foreground: what is typed gets there, what is written comes back, and so does the status', async () => {
  const bundle = await startHost();
  const session = execAtTerminal(bundle, 'echo "name?"; read name; echo "hello $name"; exit 7');
  const before = session.attributes();
  await session.sees('name?');
  session.type('ünï\r');
  expect(await session.ended).toMatchObject({ status: 7 });
  expect(session.shown()).toBe('name?\nünï\nhello ünï\n');
  expect(session.attributes()).toBe(before);
});

test('it is a terminal of the container\'s, the controlling one of a session, and of the user\'s size', async () => {
  const bundle = await startHost();
  // With runc the size comes a moment after the program has begun.
  const size = runtimeName === 'nunc' ? 'stty size' : 'until stty size 2>/dev/null; do :; done';
  const script = `tty; ${size}; : </dev/tty && echo controls; cut -d " " -f 1,6 /proc/$$/stat`;
  const session = execAtTerminal(bundle, script, { size: { rows: 33, columns: 99 } });
  expect(await session.ended).toMatchObject({ status: 0 });
  expect(session.shown()).toMatch(/^\/dev\/pts\/0\n33 99\ncontrols\n(\d+) \1\n$/);
});

test('a new size of the user\'s terminal is that of the process\'s', async () => {
  const bundle = await startHost();
  const session = execAtTerminal(bundle, 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done');
  await session.sees('ready');
  session.resize({ rows: 50, columns: 132 });
  expect(await session.ended).toMatchObject({ status: 0 });
  expect(session.shown()).toBe('ready\n50 132\n');
});

test('Ctrl-C interrupts the process, and not exec', async () => {
  const bundle = await startHost();
  const script = 'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.1; done';
  const session = execAtTerminal(bundle, script);
  await session.sees('ready');
  session.type('\x03');
  expect(await session.ended).toMatchObject({ status: 5 });
  expect(session.shown()).toContain('interrupted\n');
});

test('its death by a signal is 128 + the number, and the user\'s terminal is as before', async () => {
  const bundle = await startHost();
  const session = execAtTerminal(bundle, 'kill -KILL $$');
  const before = session.attributes();
  expect(await session.ended).toMatchObject({ status: 137 });
  expect(session.attributes()).toBe(before);
});

test('several at once have terminals of their own', async () => {
  const bundle = await startHost();
  const sessions = Array.from({ length: 3 }, () => execAtTerminal(bundle, 'tty; read x; echo "got $x"'));
  for (const session of sessions) await session.sees(/\/dev\/pts\/\d/);
  expect(new Set(sessions.map((session) => session.shown())).size).toBe(3);
  for (const [i, session] of sessions.entries()) {
    session.type(`${i}\r`);
    expect(await session.ended).toMatchObject({ status: 0 });
    expect(session.shown()).toContain(`got ${i}\n`);
  }
});

test('detached: whoever listens at --console-socket gets the master', async () => {
  const bundle = await startHost();
  const screen = await attach(bundle, ['--tty'], ['sh', '-c', 'echo ready; read x; echo "got $x"; sleep 1000']);
  await screen.sees('ready');
  screen.type('word\r');
  await screen.sees('got word\n');
});

test('detached by a process.json that asks for a terminal; the size is its own', async () => {
  const bundle = await startHost();
  const args = ['sh', '-c', 'stty size; tty; sleep 1000'];
  const path = processFile(bundle, { args, terminal: true, consoleSize: { height: 12, width: 34 } });
  const screen = await attach(bundle, ['--process', path], []);
  await screen.sees('/dev/pts/0');
  // runc 1.1 sets the size of consoles of containers only.
  expect(screen.shown()).toMatch(/^(12 34|0 0)\n\/dev\/pts\/0\n/);
});

nuncTest('the size that a process.json asks for is there before the program runs', async () => {
  const bundle = await startHost();
  const path = processFile(bundle, {
    args: ['sh', '-c', 'stty size; sleep 1000'], terminal: true, consoleSize: { height: 12, width: 34 },
  });
  const screen = await attach(bundle, ['--process', path], []);
  await screen.sees('12 34\n');
});

test('the terminal belongs to the user, who can open it by its name', async () => {
  const bundle = await startHost();
  const script = 'stat -c %u $(tty); echo "by name" >$(tty); echo end';
  const session = execAtTerminal(bundle, script, { more: ['--user', '1000:1000'] });
  expect(await session.ended).toMatchObject({ status: 0 });
  expect(session.shown()).toBe('1000\nby name\nend\n');
});

test('without any terminal there is an error, and nothing is left', async () => {
  const bundle = await startHost();
  const watch = watchHost(bundle);
  const { status, stderr } = await runProgram(['setsid', '--wait', ...command(bundle, ['--tty'], 'true')]);
  expect(status).toBe(255);
  expect(messageOf(stderr)).toMatch(/^exec failed: .*open \/dev\/tty: no such device or address(; |$)/);
  await watch.nothingLeft();
});

test('what does not go together is refused', async () => {
  const bundle = await startHost();
  expect(await execRefusal(bundle, ['true'], { options: ['--detach', '--tty'] }))
    .toMatch(/^cannot allocate tty if \w+ will detach without setting console socket(; |$)/);
  for (const options of [['--detach'], ['--tty'], []]) {
    const given = [...options, '--console-socket', join(bundle.directory, 'none')];
    const session = startAtTerminal(command(bundle, given, 'true'));
    expect(await session.ended).toMatchObject({ status: 255 });
    expect(session.shown()).toMatch(/cannot use console socket if \w+ will not detach or allocate tty|no such file/);
  }
});

// runc 1.1.5 says so when its process is there, and leaves it for a while.
nuncTest('a console socket that nobody listens at fails before anything runs', async () => {
  const bundle = await startHost();
  const watch = watchHost(bundle);
  const options = ['-d', '-t', '--console-socket', join(bundle.directory, 'none')];
  expect(await execRefusal(bundle, ['true'], { options })).toMatch(/no such file or directory$/);
  await watch.nothingLeft();
});
