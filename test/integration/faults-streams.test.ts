// Standard streams and files that are not as they should be: closed, full, without a reader, read-only, removed. Each
// command says in one line what is the matter; no file of nunc's gets to the container, and nothing is left.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { numbers } from '../../src/ffi/system-calls.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { nunc } from '../support/faults/strace.ts';
import { eventually, refusalOf, startBundle, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { globalOptions, type Result, runProgram, runtime, startProgram, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

/** A table where the host's ps(1) works. */
const PS = missing(['ps']).length === 0 ? ['ps'] : ['ps', '--format', 'json'];

/** Every set of standard streams that can be closed, as a shell writes it. */
const CLOSINGS = Array.from({ length: 8 }, (_, bits) =>
  [0, 1, 2].filter((stream) => (bits & (1 << stream)) !== 0).map((stream) => `${stream}>&-`).join(' '));

/** Runs nunc behind redirections of a shell's; what they leave goes to files of the bundle, or comes from /dev/null. */
function redirected(bundle: Bundle, redirections: string, args: readonly string[]): Promise<Result> {
  const script = `exec "$@" </dev/null >>"$OUT/stdout" 2>>"$OUT/stderr" ${redirections}`;
  const env = { PATH: process.env['PATH'] ?? '', OUT: bundle.directory };
  return runProgram(['sh', '-c', script, 'sh', nunc, ...globalOptions(stateRoot()), ...args], { env });
}

/** What the container's process has as its standard streams, and whether it has anything else. */
function streamsOf(pid: number): { streams: string[]; others: string[] } {
  const link = (descriptor: string): string => readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  const names = execFileSync('ls', [`/proc/${pid}/fd`], { encoding: 'utf8' }).trim().split('\n');
  return {
    streams: ['0', '1', '2'].map((name) => (names.includes(name) ? link(name) : 'closed')),
    others: names.filter((name) => Number(name) > 2).map(link),
  };
}

/** Of a stream that was closed nothing but /dev/null may be in its place. */
function expectStreams(pid: number, { directory }: Bundle, closing: string): void {
  const given = ['/dev/null', join(directory, 'stdout'), join(directory, 'stderr')];
  const { streams, others } = streamsOf(pid);
  streams.forEach((stream, i) => {
    const allowed = closing.includes(`${i}>&-`) ? ['/dev/null', 'closed'] : [given[i]];
    expect(allowed, `stream ${i} with ${closing}`).toContain(stream);
  });
  expect(others, closing).toEqual([]);
}

test('in the place of closed standard streams a container has /dev/null, and no file of nunc\'s', async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const watch = watchHost(bundle);
  for (const closing of CLOSINGS) {
    for (const command of [['create'], ['run', '--detach']]) {
      const created = await redirected(bundle, closing, [...command, '--bundle', bundle.directory, bundle.id]);
      expect(created.status, closing).toBe(0);
      if (command[0] === 'create') await succeed(['start', bundle.id]);
      expectStreams((await stateOf(bundle.id)).pid, bundle, closing);
      const pidFile = join(bundle.directory, 'pid');
      const args = ['exec', '--detach', '--pid-file', pidFile, bundle.id, 'sleep', '1000'];
      expect((await redirected(bundle, closing, args)).status, closing).toBe(0);
      expectStreams(Number(readFileSync(pidFile, 'utf8')), bundle, closing);
      await succeed(['delete', '--force', bundle.id]);
    }
  }
  await watch.nothingLeft();
});

async function failureBehind(bundle: Bundle, redirections: string, args: readonly string[]): Promise<string> {
  const { status } = await redirected(bundle, redirections, args);
  expect(status).toBe(1);
  const stderr = readFileSync(join(bundle.directory, 'stderr'), 'utf8');
  return refusalOf({ status, signal: null, stdout: '', stderr });
}

describe('standard output', () => {
  test('on a full disk is told of', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    for (const args of [['state', bundle.id], ['list'], [...PS, bundle.id], ['events', '--stats', bundle.id]]) {
      rmSync(join(bundle.directory, 'stderr'), { force: true });
      expect(await failureBehind(bundle, '>/dev/full', args)).toBe('cannot write to stdout: ENOSPC');
    }
  });

  test('that nobody reads any more ends no command but in order', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    for (const args of [['state', bundle.id], ['list'], [...PS, bundle.id], ['features'], ['--help']]) {
      const script = '{ "$@"; echo "status $?" >&2; } | true';
      const { stderr } = await runProgram(['sh', '-c', script, 'sh', nunc, ...globalOptions(stateRoot()), ...args]);
      expect(stderr).toBe('status 0\n');
    }
  });
});

test('standard error on a full disk costs the message, not the status, and nothing is left', async () => {
  const bundle = makeBundle({ args: ['nothing-of-that-name'] });
  const watch = watchHost(bundle);
  for (const closing of ['2>/dev/full', '2>&-']) {
    expect((await redirected(bundle, closing, ['run', '--bundle', bundle.directory, bundle.id])).status).toBe(1);
    expect((await redirected(bundle, closing, ['state', bundle.id])).status).toBe(1);
  }
  await watch.nothingLeft();
});

describe('a log file', () => {
  test('that can not be opened is told of before anything is made', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    for (const [path, reason] of [
      [bundle.directory, 'is a directory'],
      [`${bundle.directory}/none/log`, 'no such file or directory'],
    ] as const) {
      const result = await runtime(['--log', path, 'create', '--bundle', bundle.directory, bundle.id]);
      expect(refusalOf(result)).toBe(`cannot open log file ${JSON.stringify(path)}: ${reason}`);
    }
    await watch.nothingLeft();
  });

  test('on a full disk costs its records only', async () => {
    const bundle = makeBundle({ args: ['nothing-of-that-name'] });
    const watch = watchHost(bundle);
    const result = await runtime(['--log', '/dev/full', 'run', '--bundle', bundle.directory, bundle.id]);
    expect(refusalOf(result)).toContain('nothing-of-that-name');
    await watch.nothingLeft();
  });

  test('that is a fifo without a reader is waited for before anything is made; a signal ends that', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const fifo = join(bundle.directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const line = [nunc, ...globalOptions(stateRoot()), '--log', fifo];
    const waiting = startProgram([...line, 'create', '--bundle', bundle.directory, bundle.id]);
    // Nothing but a log is opened with O_APPEND (of 0x441, with O_CREAT and O_WRONLY).
    const call = (): string[] => readFileSync(`/proc/${waiting.child.pid}/syscall`, 'utf8').split(' ');
    await eventually(call, ([number, , , flags]) => Number(number) === numbers.openat && flags === '0x80441');
    waiting.child.kill('SIGTERM');
    expect(await waiting.ended).toMatchObject({ signal: 'SIGTERM' });
    await watch.nothingLeft();
  });
});

describe('a state root', () => {
  test('/run that is read-only is told of', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const script = 'mount -t tmpfs -o ro tmpfs /run && exec "$@"';
    const command = ['unshare', '--mount', 'sh', '-c', script, 'sh', nunc];
    const result = await runProgram([...command, 'create', '--bundle', bundle.directory, bundle.id]);
    expect(refusalOf(result)).toMatch(/^cannot make the state directory "\/run\/nunc\/.*": read-only file system$/);
    const listed = await runProgram([...command, 'list', '--quiet']);
    expect(listed).toMatchObject({ status: 0, stdout: '', stderr: '' });
    await watch.nothingLeft();
  });

  test('that becomes read-only is told of by delete, which works when it is not any more', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    const script = 'mount --bind -o ro "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const line = ['unshare', '--mount', 'sh', '-c', script, stateRoot(), nunc, ...globalOptions(stateRoot())];
    const result = await runProgram([...line, 'delete', '--force', bundle.id]);
    expect(refusalOf(result)).toMatch(/^cannot .*read-only file system/);
    const listed = await runProgram([...line, 'list', '--quiet']);
    expect(listed).toMatchObject({ status: 0, stdout: `${bundle.id}\n` });
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('without a running container\'s directory: the id is free, and nothing gets in with its processes', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    rmSync(join(stateRoot(), bundle.id), { recursive: true });
    for (const command of ['state', 'kill', 'pause', 'start', 'delete']) {
      expect(refusalOf(await runtime([command, bundle.id]))).toContain('does not exist');
    }
    expect(await runtime(['delete', '--force', bundle.id])).toMatchObject({ status: 0 });
    // Somebody is in its cgroups: no second container gets in with it.
    expect(refusalOf(await runtime(['create', '--bundle', bundle.directory, bundle.id]))).toContain('cgroup');
    expect(existsSync(join(stateRoot(), bundle.id))).toBe(false);
    // What is left is the host's: the process, and the cgroups that it is in.
    process.kill(pid, 'SIGKILL');
  });
});

describe('a pid file that can not be written, when everything else is done', () => {
  test('takes the container with it', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    const occupied = join(bundle.directory, 'occupied');
    mkdirSync(occupied);
    for (const file of [occupied, join(bundle.directory, 'none/pid'), '/proc/pid']) {
      const options = ['--bundle', bundle.directory, '--pid-file', file, bundle.id];
      for (const command of [['create'], ['run'], ['run', '--detach']]) {
        expect(refusalOf(await runtime([...command, ...options]))).toContain(`cannot write the pid file "${file}": `);
      }
      await watch.nothingLeft();
    }
  });

  test('takes the process with it that was executed', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    const file = join(bundle.directory, 'none/pid');
    const result = await runtime(['exec', '--detach', '--pid-file', file, bundle.id, 'sleep', '1000']);
    expect(result).toMatchObject({ status: 255 });
    expect(result.stderr).toContain('cannot write the pid file');
    expect(JSON.parse(await succeed(['ps', '--format', 'json', bundle.id]))).toHaveLength(1);
  });
});
