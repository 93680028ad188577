// `run` of a container with a terminal at a user's terminal: what is shown and typed, sizes, signals, job control, and
// that the user's terminal is as it was whatever happens.

import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { expect } from 'vitest';
import { numbers } from '../../src/ffi/system-calls.ts';
import { eventually, messageOf, refusal, stateOf, watchHost } from '../support/lifecycle.ts';
import { startAtTerminal } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';
import { expectEnd, runArguments, runAtTerminal, terminalBundle } from '../support/terminal.ts';

const test = requires('root', 'busybox');
/** What runc 1.1 has not or does otherwise; each test says what. */
const nuncTest = requires('root', 'busybox', 'nunc');

test('what is typed gets to the container, what it writes to the user, and its status to the caller', async () => {
  const session = await runAtTerminal('echo "name?"; read name; echo "hello $name"; exit 7');
  await session.sees('name?');
  session.type('ünï\r');
  await expectEnd(session, 7);
  expect(session.shown()).toBe('name?\nünï\nhello ünï\n');
});

test('the terminal is the container\'s own, of the size of the user\'s', async () => {
  const session = await runAtTerminal('tty; stty size; readlink /proc/$$/fd/1', { size: { rows: 33, columns: 99 } });
  await expectEnd(session, 0);
  expect(session.shown()).toBe('/dev/pts/0\n33 99\n/dev/pts/0\n');
});

test('a new size of the user\'s terminal is that of the container\'s, at once', async () => {
  const session = await runAtTerminal('trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done');
  await session.sees('ready');
  session.resize({ rows: 50, columns: 132 });
  await expectEnd(session, 0);
  expect(session.shown()).toBe('ready\n50 132\n');
});

// runc has the size of the user's terminal replace it at once. The runtime-spec says that it is the terminal's.
nuncTest('consoleSize goes before the size of the user\'s terminal, until that changes', async () => {
  const script = 'stty size; trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done';
  const session = await runAtTerminal(script, {
    change: (spec) => void (spec.process.consoleSize = { height: 11, width: 22 }),
  });
  await session.sees('ready');
  session.resize({ rows: 44, columns: 55 });
  await expectEnd(session, 0);
  expect(session.shown()).toBe('11 22\nready\n44 55\n');
});

test('keys are bytes: the container\'s terminal makes signals and ends of file of them', async () => {
  // Ready is who gets the signal: between two programs it would be the shell alone.
  const script = 'trap "echo interrupted" INT; sh -c "echo ready; exec cat"; cat >/dev/null; echo done';
  const session = await runAtTerminal(script);
  await session.sees('ready');
  session.type('\x03');
  await session.sees('interrupted');
  session.type('\x04');
  await expectEnd(session, 0);
});

test('every byte but what the container\'s terminal makes of it arrives, both ways', async () => {
  const script = 'stty raw -echo; echo ready; dd bs=1 count=256 2>/dev/null | od -An -tx1 -v | tr -d " \\n"';
  const session = await runAtTerminal(script);
  await session.sees('ready');
  const bytes = Array.from({ length: 128 }, (_, i) => i);
  // Twice 0 to 127: what is beyond would be two bytes each in UTF-8.
  for (let i = 0; i < 2; i++) session.type(String.fromCharCode(...bytes));
  await expectEnd(session, 0);
  const hexadecimal = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  expect(session.shown().replaceAll(/\s/g, '')).toBe(`ready${hexadecimal}${hexadecimal}`);
});

const LINES = 150_000;
const MANY = Array.from({ length: LINES }, (_, i) => `${i + 1}\n`).join('');

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('a large output arrives whole and in order, at a terminal', async () => {
  const session = await runAtTerminal(`seq ${LINES}`);
  await expectEnd(session, 0);
  expect(hash(session.shown())).toBe(hash(MANY));
});

test('a large output arrives whole and in order, in a file, without carriage returns', async () => {
  const bundle = await terminalBundle(`seq ${LINES}`);
  const path = join(bundle.directory, 'out');
  const output = openSync(path, 'a');
  const session = startAtTerminal(runArguments(bundle), { output });
  closeSync(output);
  expect(await session.ended).toMatchObject({ status: 0 });
  expect(hash(readFileSync(path, 'utf8'))).toBe(hash(MANY));
  expect(session.shown()).toBe('');
});

test('a large output arrives whole through a non-blocking pipe that is read slowly', async () => {
  // Node makes its ends of pipes non-blocking sockets, which its children share.
  const session = await runAtTerminal(`seq ${LINES}`, { output: 'pipe' });
  const chunks: Buffer[] = [];
  const stdout = session.child.stdout!;
  stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    stdout.pause();
    setImmediate(() => stdout.resume());
  });
  await expectEnd(session, 0);
  expect(hash(Buffer.concat(chunks).toString())).toBe(hash(MANY));
});

test('who does not read holds up the container', async () => {
  const session = await runAtTerminal('echo start; seq 100000; touch /done; echo end');
  await session.sees('start');
  session.pause();
  const { pid } = await stateOf(session.bundle.id);
  // Its `seq` waits in write(2) when the buffers on the way are full.
  await eventually(() => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return children.map((child) => (child === '' ? '' : readFileSync(`/proc/${child}/syscall`, 'utf8'))).join('');
  }, (call) => call.startsWith(`${numbers.write} 0x1 `));
  expect(existsSync(join(session.bundle.rootfs, 'done'))).toBe(false);
  session.resume();
  await expectEnd(session, 0);
  expect(session.shown()).toMatch(/\n99999\n100000\nend\n$/);
});

test('standard input that is no terminal is typed; its end is not, as with runc', async () => {
  const script = 'trap "exit 4" TERM; read line; echo "got $line"; read line; echo "got more"';
  const session = await runAtTerminal(script, { input: 'pipe' });
  const input = session.child.stdio[3] as Writable;
  input.end('one\n');
  await session.sees('got one');
  session.child.kill('SIGTERM');
  await expectEnd(session, 4);
  expect(session.shown()).toBe('one\ngot one\n');
});

test('without any terminal there is an error, and nothing is left', async () => {
  const bundle = await terminalBundle('true');
  const watch = watchHost(bundle);
  const { status, stderr } = await runProgram(['setsid', '--wait', ...runArguments(bundle)]);
  expect(status).toBe(1);
  expect(messageOf(stderr)).toMatch(/open \/dev\/tty: no such device or address(; |$)/);
  await watch.nothingLeft();
});

// runc makes the terminal raw that it finds behind any of the streams: nothing could be typed then, not even ^C.
nuncTest('standard input that is no terminal: the user\'s stays as it is, and ^C ends the container', async () => {
  const bundle = await terminalBundle('trap "exit 9" INT; echo ready; while :; do sleep 0.1; done');
  const input = openSync('/dev/null', 'r');
  const session = startAtTerminal(runArguments(bundle), { input });
  closeSync(input);
  await session.sees('ready');
  expect(session.attributes()).toBe(session.before);
  session.type('\x03');
  expect(await session.ended).toMatchObject({ status: 9 });
});

test('a detached run and a foreground one need different things', async () => {
  const bundle = await terminalBundle('true');
  const socket = join(bundle.directory, 'none');
  writeFileSync(socket, '');
  const session = startAtTerminal([...runArguments(bundle).slice(0, -1), '--console-socket', socket, bundle.id]);
  expect(await session.ended).toMatchObject({ status: 1 });
  expect(session.shown()).toMatch(/cannot use console socket if \w+ will not detach or allocate tty/);
  expect(await refusal(['run', '-d', '-b', bundle.directory, bundle.id])).toMatch('without setting console socket');
});
