// run: the container's process in the foreground is like a command of the caller: streams, signals, exit status.

import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, type BundleSpec, makeBundle } from '../support/bundle.ts';
import {
  endProcess, eventually, messageOf, outputOf, refusal, refusalOf, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Running, runtime, runtimeName, type RuntimeOptions, startRuntime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

function runArguments(bundle: Bundle, options: readonly string[] = []): string[] {
  return ['run', '--bundle', bundle.directory, ...options, bundle.id];
}

function shell(script: string, mutate?: (spec: BundleSpec) => void): Bundle {
  return makeBundle({ args: ['sh', '-c', script], ...(mutate === undefined ? {} : { mutate }) });
}

/** In the host's pid namespace: the process is no init, so every signal has its default effect. */
function sharePids(spec: BundleSpec): void {
  spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'pid');
}

describe('run passes on', () => {
  for (const status of [0, 1, 7, 127, 255]) {
    test(`the exit status ${status}`, async () => {
      const bundle = shell(`exit ${status}`);
      const watch = watchHost(bundle);
      expect(await runtime(runArguments(bundle))).toMatchObject({ status, signal: null });
      await watch.nothingLeft();
    });
  }

  for (const [name, number] of [['TERM', 15], ['KILL', 9], ['SEGV', 11], ['USR1', 10]] as const) {
    test(`death by SIG${name} as 128 + ${number}`, async () => {
      const bundle = shell(`kill -${name} $$`, sharePids);
      expect(await runtime(runArguments(bundle))).toMatchObject({ status: 128 + number, signal: null });
    });
  }

  test('standard input and output, byte by byte', async () => {
    const bundle = makeBundle({ args: ['cat'] });
    const input = randomBytes(8 * 2 ** 20);
    const { child, ended } = startRuntime(runArguments(bundle), { input });
    const received = createHash('sha256');
    child.stdout?.on('data', (chunk: Buffer) => received.update(chunk));
    expect(await ended).toMatchObject({ status: 0, stderr: expect.not.stringContaining('level=error') as string });
    expect(received.digest('hex')).toBe(createHash('sha256').update(input).digest('hex'));
  });

  test('standard output and standard error apart', async () => {
    const bundle = shell('echo to stdout; echo to stderr >&2');
    const result = await runtime(runArguments(bundle));
    expect(result.stdout).toBe('to stdout\n');
    expect(result.stderr).toContain('to stderr\n');
  });

  test('the end of standard input', async () => {
    const bundle = shell('cat; echo end');
    expect(await runtime(runArguments(bundle), { input: 'some' })).toMatchObject({ status: 0, stdout: 'someend\n' });
  });
});

const catching = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'TERM', 'CONT', 'WINCH'] as const;

/** runc keeps SIGWINCH for the terminal that this container does not have. */
const forwarded = catching.filter((name) => runtimeName === 'nunc' || name !== 'WINCH');

describe('run forwards signals', () => {
  test('of every kind to the process', async () => {
    const traps = catching.map((name) => `trap 'echo got ${name}' ${name}`).join('\n');
    const bundle = shell(`${traps}\necho ready\nwhile :; do sleep 0.02; done`);
    const watch = watchHost(bundle);
    const running = startRuntime(runArguments(bundle), { output: outputOf(bundle) });
    await untilWritten(bundle, 'ready');
    for (const name of forwarded) {
      running.child.kill(`SIG${name}`);
      await untilWritten(bundle, `got ${name}`);
    }
    await succeed(['kill', bundle.id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 137, signal: null });
    await watch.nothingLeft();
  });

  test('and ends as the process ends', async () => {
    const bundle = shell('trap \'exit 43\' TERM; echo ready; while :; do sleep 0.02; done');
    const running = startRuntime(runArguments(bundle), { output: outputOf(bundle) });
    await untilWritten(bundle, 'ready');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ status: 43, signal: null });
    expect(await refusal(['state', bundle.id])).toContain('does not exist');
  });

  test('that end the process, and says so with 128 + n', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'], mutate: sharePids });
    const running = startRuntime(runArguments(bundle), { output: outputOf(bundle) });
    await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes('"running"'));
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ status: 143, signal: null });
  });
});

function untilWritten(bundle: Bundle, line: string): Promise<string> {
  const read = (): string => (existsSync(outputOf(bundle)) ? readFileSync(outputOf(bundle), 'utf8') : '');
  return eventually(read, (text) => text.split('\n').includes(line));
}

describe('run', () => {
  test('deletes the container when it ends', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const watch = watchHost(bundle);
    expect(await runtime(runArguments(bundle))).toMatchObject({ status: 0 });
    expect(await refusal(['state', bundle.id])).toContain('does not exist');
    await watch.nothingLeft();
  });

  test('is visible as running while it runs', async () => {
    const bundle = makeBundle({ args: ['cat'] });
    const running = startRuntime(runArguments(bundle), { keepInputOpen: true });
    await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes('"running"'));
    running.child.stdin?.end();
    expect(await running.ended).toMatchObject({ status: 0 });
  });

  test('ends as its process does when somebody else deletes the container', async () => {
    const bundle = makeBundle({ args: ['cat'] });
    const watch = watchHost(bundle);
    const running = startRuntime(runArguments(bundle), { keepInputOpen: true });
    await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes('"running"'));
    await succeed(['delete', '--force', bundle.id]);
    expect(await running.ended).toMatchObject({ status: 137, stderr: '' });
    await watch.nothingLeft();
  });

  test('--keep leaves a stopped container', async () => {
    const bundle = shell('exit 3');
    const watch = watchHost(bundle);
    expect(await runtime(runArguments(bundle, ['--keep']))).toMatchObject({ status: 3 });
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'stopped', pid: 0 });
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('--detach returns while the container runs', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    const pidFile = join(bundle.directory, 'pid');
    const options: RuntimeOptions = { output: outputOf(bundle) };
    const started = await runtime(runArguments(bundle, ['--detach', '--pid-file', pidFile]), options);
    expect(started).toMatchObject({ status: 0 });
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(pidFile, 'utf8')).toBe(String(pid));
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x001000\0');
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('-d of a program that ends leaves a stopped container', async () => {
    const bundle = shell('exit 5');
    expect(await runtime(runArguments(bundle, ['-d']), { output: outputOf(bundle) })).toMatchObject({ status: 0 });
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
  });

  test('refuses an id that is taken, and leaves that container alone', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    expect(await runtime(runArguments(bundle, ['-d']), { output: outputOf(bundle) })).toMatchObject({ status: 0 });
    expect(await refusal(runArguments(bundle))).toContain('container with given ID already exists');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('kills what remains in a shared pid namespace', async () => {
    const bundle = shell('sleep 1000 & sleep 1000 & exit 9', sharePids);
    const watch = watchHost(bundle);
    // The sleeps hold the outputs: a pipe would never end.
    expect(await runtime(runArguments(bundle), { output: outputOf(bundle) })).toMatchObject({ status: 9 });
    await watch.nothingLeft();
  });

  test('reaps the processes that the container orphans', async () => {
    const bundle = shell('(sleep 0.1 & echo orphan $! >&2); echo ready; exec cat', sharePids);
    const running = startRuntime(runArguments(bundle), { keepInputOpen: true, output: outputOf(bundle) });
    const text = await eventually(
      () => readFileSync(outputOf(bundle), 'utf8'),
      (written) => written.includes('orphan') && written.includes('ready'),
    );
    const orphan = /orphan (\d+)/.exec(text)?.[1] ?? '';
    // Gone, and not only dead: a zombie would still have its directory.
    await eventually(() => existsSync(`/proc/${orphan}`), (there) => !there);
    expect(zombiesOf(running)).toEqual([]);
    running.child.stdin?.end();
    expect(await running.ended).toMatchObject({ status: 0 });
  });
});

function zombiesOf({ child }: Running): string[] {
  const children = readdirSync(`/proc/${child.pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${child.pid}/task/${thread}/children`, 'utf8').split(' ').filter((pid) => pid !== ''));
  return children.filter((pid) => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
}

describe('run fails and leaves nothing when', () => {
  test('the program is missing', async () => {
    const bundle = makeBundle({ args: ['nosuch'] });
    const watch = watchHost(bundle);
    expect(await refusal(runArguments(bundle))).toContain('executable file not found in $PATH');
    expect(await refusal(runArguments(bundle, ['--detach']))).toContain('executable file not found in $PATH');
    await watch.nothingLeft();
  });

  nuncTest('the program is no executable', async () => {
    const bundle = makeBundle({ args: ['/bin/bad'] });
    writeFileSync(join(bundle.rootfs, 'bin/bad'), 'text');
    chmodSync(join(bundle.rootfs, 'bin/bad'), 0o755);
    const watch = watchHost(bundle);
    for (const options of [[], ['--detach'], ['--keep']]) {
      const result = await runtime(runArguments(bundle, options));
      expect(refusalOf(result)).toContain('exec format error');
    }
    await watch.nothingLeft();
  });

  nuncTest('TERM comes at any moment of its start', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'], mutate: sharePids });
    const watch = watchHost(bundle);
    for (let delay = 0; delay <= 60; delay += 2) {
      const running = startRuntime(runArguments(bundle), { output: outputOf(bundle) });
      await new Promise((resolve) => setTimeout(resolve, delay));
      running.child.kill('SIGTERM');
      const result = await running.ended;
      const how = `after ${delay} ms: ${JSON.stringify(result)} ${messageOf(readFileSync(outputOf(bundle), 'utf8'))}`;
      expect(result.status === 143 || result.signal === 'SIGTERM', how).toBe(true);
      expect(await succeed(['list', '--quiet']), how).toBe('');
    }
    await watch.nothingLeft();
  });

  nuncTest('it is killed: the container lives on and can be deleted', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    const running = startRuntime(runArguments(bundle), { output: outputOf(bundle) });
    await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes('"running"'));
    endProcess(running.child.pid ?? 0);
    await running.ended;
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });
});
