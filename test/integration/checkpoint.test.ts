// checkpoint and restore with the real CRIU, where it works with the kernel: Debian's with Linux 6.1 and 6.12, as in
// `VMTEST_OPTIONS=--modules scripts/test-vm.sh test/integration/checkpoint.test.ts`.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, type BundleSpec, makeBundle } from '../support/bundle.ts';
import { eventually, refusal, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { listenForConsole, screenOf } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { commandOf, globalOptions, runProgram, runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'criu');
/** What Debian's runc does otherwise. */
const nuncTest = requires('root', 'cgroups', 'busybox', 'criu', 'nunc');

const memoryTest = requires('root', 'cgroups', 'busybox', 'criu', 'memory-tracking', 'nunc');

/** In virtual machines without hardware support CRIU takes its time. */
const PATIENCE = 120_000;
const patient = { timeout: PATIENCE };

/** Counts in a variable, which only a restored process can go on with. */
const STEP = 'i=$((i+1)); echo $i >/count; sleep 0.1;';
const COUNT = `i=0; while :; do ${STEP} done`;

function counter(mutate: (spec: BundleSpec) => void = () => undefined, script = COUNT): Bundle {
  return makeBundle({
    args: ['sh', '-c', script],
    mutate: (spec) => {
      spec.root.readonly = false;
      mutate(spec);
    },
  });
}

/** How far it has come. */
function countOf({ rootfs }: Bundle): number {
  try {
    return Number(readFileSync(join(rootfs, 'count'), 'utf8'));
  } catch {
    return 0;
  }
}

async function untilCount(bundle: Bundle, wanted: number): Promise<number> {
  return await eventually(() => countOf(bundle), (count) => count >= wanted, PATIENCE);
}

function images({ directory }: Bundle): string[] {
  return ['--image-path', join(directory, 'images'), '--work-path', join(directory, 'work')];
}

/** With /dev/null for standard streams: CRIU saves no file or socket that leads out of the container. */
async function startCounter(bundle: Bundle): Promise<void> {
  const args = ['run', '--detach', '--bundle', bundle.directory, bundle.id];
  const shell = ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'sh'];
  const log = join(bundle.directory, 'log');
  const command = [...shell, ...commandOf(), ...globalOptions(stateRoot()), '--log', log, ...args];
  const { status } = await runProgram(command);
  if (status !== 0) throw new Error(readFileSync(log, 'utf8'));
  await untilCount(bundle, 3);
}

async function checkpoint(bundle: Bundle, ...options: string[]): Promise<void> {
  await succeed(['checkpoint', ...images(bundle), ...options, bundle.id], patient);
}

async function restore(bundle: Bundle, ...options: string[]): Promise<void> {
  const args = ['restore', '--detach', '--bundle', bundle.directory, ...images(bundle), ...options, bundle.id];
  await succeed(args, patient);
}

/** What must be true of a container that goes on where it has been. */
async function expectToGoOn(bundle: Bundle, before: number): Promise<void> {
  const count = await untilCount(bundle, before + 2);
  expect(count).toBeLessThan(before + 1000);
  expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
}

describe('checkpoint and restore', () => {
  test('bring a container back where it was', async () => {
    const bundle = counter();
    const watch = watchHost(bundle);
    await startCounter(bundle);
    await checkpoint(bundle);
    expect(await refusal(['state', bundle.id])).toContain('does not exist');
    const before = countOf(bundle);
    const pidFile = join(bundle.directory, 'pid');
    await restore(bundle, '--pid-file', pidFile);
    await expectToGoOn(bundle, before);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(pidFile, 'utf8')).toBe(String(pid));
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(bundle.spec.linux.cgroupsPath);
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  }, PATIENCE);

  test('leave a container running, and save its memory in advance', async () => {
    const bundle = counter();
    await startCounter(bundle);
    await checkpoint(bundle, '--leave-running');
    await expectToGoOn(bundle, countOf(bundle));
  }, PATIENCE);

  nuncTest('take bind mounts, masked paths and cgroup mounts along', async () => {
    const bundle = counter((spec) => {
      spec.mounts.push({ destination: '/host/etc', type: 'bind', source: '/etc', options: ['rbind', 'ro'] });
      spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
    });
    await startCounter(bundle);
    const mounts = await mountsOf(bundle);
    await checkpoint(bundle);
    await restore(bundle);
    expect(await mountsOf(bundle)).toEqual(mounts);
  }, PATIENCE);

  nuncTest('restore a terminal, and hand it over', async () => {
    const bundle = counter((spec) => { spec.process.terminal = true; }, `i=0; while :; do ${STEP} echo at-$i; done`);
    const run = listenForConsole(join(bundle.directory, 'console'));
    const runOptions = ['--detach', '--console-socket', join(bundle.directory, 'console')];
    await succeed(['run', '--bundle', bundle.directory, ...runOptions, bundle.id]);
    screenOf((await run.receive()).master);
    await untilCount(bundle, 3);
    await checkpoint(bundle);
    const before = countOf(bundle);
    const again = listenForConsole(join(bundle.directory, 'console2'));
    await restore(bundle, '--console-socket', join(bundle.directory, 'console2'));
    const screen = screenOf((await again.receive()).master);
    await screen.sees(new RegExp(`at-${before + 3}\\b`));
  }, PATIENCE);

  nuncTest('restore in the foreground, to the exit status', async () => {
    const bundle = counter(undefined, `i=0; while [ ! -e /end ]; do ${STEP} done; exit 9`);
    await startCounter(bundle);
    await checkpoint(bundle);
    mkdirSync(join(bundle.rootfs, 'end'));
    const result = await runtime(['restore', '--bundle', bundle.directory, ...images(bundle), bundle.id], patient);
    expect(result).toMatchObject({ status: 9 });
    expect(await refusal(['state', bundle.id])).toContain('does not exist');
  }, PATIENCE);

  memoryTest('pre-dump and dump make one chain of images', async () => {
    const bundle = counter();
    await startCounter(bundle);
    const directory = join(bundle.directory, 'images');
    await succeed(['checkpoint', '--pre-dump', '--image-path', join(directory, 'one'), bundle.id], patient);
    const options = ['--image-path', join(directory, 'two'), '--parent-path', '../one'];
    mkdirSync(join(directory, 'two'));
    await succeed(['checkpoint', ...options, bundle.id], patient);
    const before = countOf(bundle);
    const args = ['restore', '--detach', '--bundle', bundle.directory, '--image-path', join(directory, 'two')];
    await succeed([...args, bundle.id], patient);
    await expectToGoOn(bundle, before);
  }, PATIENCE);

  nuncTest('bring "lo" up in a network namespace of its own', async () => {
    const bundle = counter();
    await startCounter(bundle);
    await checkpoint(bundle);
    await restore(bundle);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(`/proc/${pid}/net/if_inet6`, 'utf8')).toMatch(/ lo$/m);
    expect(readFileSync(`/proc/${pid}/net/fib_trie`, 'utf8')).toContain('127.0.0.1');
  }, PATIENCE);
});

/** Mountpoints and types, in the order in which they are met. */
async function mountsOf(bundle: Bundle): Promise<string[]> {
  const { pid } = await stateOf(bundle.id);
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [before = '', after = ''] = line.split(' - ');
    return `${before.split(' ')[4]} ${after.split(' ')[0]}`;
  }).sort();
}
