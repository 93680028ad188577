// What the container's process has open: descriptors, standard input and output and their owner, its session.

import { closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, proc, runBundle, startedPid } from '../support/ask.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');

test('descriptors: there are exactly 0, 1 and 2', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  // As careless a caller as can be: descriptors to the host's directories that are not close-on-exec.
  const pid = await startedPid(bundle, { prefix: ['sh', '-c', 'exec 3</ 5</etc 9</tmp; exec "$@"', 'sh'] });
  const { stdout } = await runProgram(['ls', `/proc/${pid}/fd`]);
  expect(stdout.trim().split('\n')).toEqual(['0', '1', '2']);
});

test('descriptors: --preserve-fds hands on as many as it says', async () => {
  const prefix = ['sh', '-c', 'exec 3<"$0/one" 4<"$0/two" 5</etc 6</; exec "$@"'];
  const bundle = await bundleFor('cat <&3; cat <&4; ls /proc/$$/fd; true');
  writeFileSync(join(bundle.directory, 'one'), 'one\n');
  writeFileSync(join(bundle.directory, 'two'), 'two\n');
  const options = ['--preserve-fds', '2'];
  const { stdout, stderr } = await runBundle(bundle, { prefix: [...prefix, bundle.directory], options });
  expect(stderr).not.toMatch(/error/);
  expect(stdout).toBe('one\ntwo\n0\n1\n2\n3\n4\n');
});

// The engine opens an epoll descriptor at the lowest free number before nunc's first line runs.
test("descriptors: a gap among the preserved ones is not filled with one of the engine's", async () => {
  const bundle = await bundleFor('ls /proc/$$/fd; true');
  const prefix = ['sh', '-c', 'exec 4</dev/null; exec "$@"', 'sh'];
  const { status, stdout, stderr } = await runBundle(bundle, { prefix, options: ['--preserve-fds', '2'] });
  if (status === 0) expect(stdout).toBe('0\n1\n2\n4\n');
  else expect(stderr).toMatch(/descriptor 3/);
});

test('descriptors: a closed stdin does not hinder the container, nor become something of the runtime\'s', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  const pid = await startedPid(bundle, { prefix: ['sh', '-c', 'exec 0<&-; exec "$@"', 'sh'] });
  const look = `readlink /proc/${pid}/fd/0 || echo closed; ls /proc/${pid}/fd | tr '\\n' ' '`;
  const { stdout } = await runProgram(['sh', '-c', look]);
  expect(stdout).toMatch(/^(closed|\/dev\/null)\n(0 )?1 2 $/);
});

test('stdio: belongs to the container\'s user, who can open /dev/stdout anew', async () => {
  const bundle = await bundleFor('echo once; echo again >/dev/stdout; exec sleep 1000', (spec) => {
    spec.process.user = { uid: 1000, gid: 1000 };
  });
  const output = join(bundle.directory, 'output');
  await startedPid(bundle);
  const descriptor = openSync(output, 'r');
  expect(fstatSync(descriptor).uid).toBe(1000);
  closeSync(descriptor);
});

test('stdio: /dev/null stays root\'s', async () => {
  const before = fstatSync(openSync('/dev/null', 'r')).uid;
  const bundle = await bundleFor('true', (spec) => {
    spec.process.user = { uid: 1000, gid: 1000 };
  });
  await runBundle(bundle, { prefix: ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>/dev/null', 'sh'] });
  const descriptor = openSync('/dev/null', 'r');
  expect(fstatSync(descriptor).uid).toBe(before);
  closeSync(descriptor);
});

test('stdin is passed through to its end', async () => {
  const input = 'x'.repeat(1 << 20);
  expect(await ask('wc -c', undefined, { input })).toBe(String(1 << 20));
});

test('the process leads a session and a process group of its own, without a terminal', async () => {
  const pid = await startedPid(await bundleFor('exec sleep 1000'));
  const stat = proc(pid, 'stat');
  const [, , group, session, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  expect([group, session, terminal]).toEqual([String(pid), String(pid), '0']);
});
