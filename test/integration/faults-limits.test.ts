// nunc under limits: few descriptors, small files, little memory, a short stack, no more processes. Each time it either
// does its work or says in one line why not; the container can be listed, and deleted, and nothing is left.

import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { cgroupParent, makeBundle } from '../support/bundle.ts';
import { type Controller, hierarchyOf } from '../support/cgroup-files.ts';
import { effort, seed } from '../support/effort.ts';
import { argumentsOf, bundleOf, commandNamed } from '../support/faults/commands.ts';
import { nunc } from '../support/faults/strace.ts';
import { type Outcome, Trials } from '../support/faults/trial.ts';
import { eventually, refusalOf, watchHost } from '../support/lifecycle.ts';
import { randomFrom } from '../support/random.ts';
import { requires } from '../support/requires.ts';
import { globalOptions, runProgram, runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
// In cgroups of their own: systemd's are its own.
const inCgroup = requires('root', 'cgroups', 'busybox', 'nunc', 'not-systemd-managed');
const v1 = requires('root', 'cgroup-v1', 'busybox', 'nunc');
const v2 = requires('root', 'cgroup-v2', 'busybox', 'nunc', 'not-systemd-managed');
const TIMEOUT = effort({ usual: 120_000, nightly: 900_000 });

interface Limit {
  readonly name: string;
  /** Put in front of a command line. */
  readonly prefix: readonly string[];
}

/** Tries a command under each of the limits. @returns what came of it, how often */
async function tryUnder(
  name: string, limits: readonly Limit[], { deadly = false } = {},
): Promise<ReadonlyMap<Outcome, number>> {
  const command = commandNamed(name);
  const bundle = bundleOf(command);
  const trials = new Trials(command, bundle);
  const line = [nunc, ...globalOptions(stateRoot()), ...argumentsOf(command.args, bundle)];
  for (const limit of limits) {
    await trials.try({ name: limit.name, deadly, run: () => runProgram([...limit.prefix, ...line]) });
  }
  await trials.conclude();
  return trials.outcomes;
}

function limited(option: string, values: readonly number[]): Limit[] {
  return values.map((value) => ({ name: `${option}=${value}`, prefix: ['prlimit', `--${option}=${value}:${value}`] }));
}

/** Some of the whole numbers from one to another, by chance; all in a nightly run. */
function numbersBetween(first: number, last: number): number[] {
  const all = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const random = randomFrom(seed);
  const count = effort({ usual: 5, nightly: all.length });
  while (all.length > count) all.splice(random(all.length), 1);
  return all;
}

describe('few descriptors', () => {
  for (const name of ['create', 'start', 'run', 'exec', 'state', 'list', 'delete', 'delete --force']) {
    test(`${name} (seed ${seed})`, async () => {
      const outcomes = await tryUnder(name, limited('nofile', [...numbersBetween(0, 25), 40]));
      // With 40 there are enough.
      expect(outcomes.get('succeeded')).toBeGreaterThan(0);
    }, TIMEOUT);
  }
});

/** The init that create and exec make is a file too: of more than these. */
const SMALL_FILES = [512, 4096, 8192, 12_288, 1_000_000];

describe('small files', () => {
  for (const name of ['create', 'run', 'exec', 'update', 'delete --force']) {
    test(name, async () => {
      expect((await tryUnder(name, limited('fsize', SMALL_FILES))).get('succeeded')).toBeGreaterThan(0);
    }, TIMEOUT);
  }

  test('an init of which only half could be written is not started', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const command = [nunc, ...globalOptions(stateRoot()), 'create', '--bundle', bundle.directory, bundle.id];
    const result = await runProgram(['prlimit', '--fsize=8192', ...command]);
    expect(refusalOf(result)).toBe('cannot make the init: file too large');
    await watch.nothingLeft();
  });
});

const MIB = 1024 * 1024;

describe('little memory', () => {
  for (const name of ['create', 'run', 'exec', 'delete --force']) {
    // Below that the kernel can't execute the program, and ends it by SIGSEGV.
    test(`${name}, of addresses`, async () => {
      const most = effort({ usual: 6, nightly: 40 });
      const sizes = Array.from({ length: most }, (_, i) => Math.floor(5.75 * MIB + (4 * MIB * i) / most));
      expect((await tryUnder(name, limited('as', sizes))).get('succeeded')).toBeGreaterThan(0);
    }, TIMEOUT);

    test(`${name}, of the stack`, async () => {
      const sizes = [32, 48, 64, 72, 80, 96, 128, 256].map((size) => size * 1024);
      expect((await tryUnder(name, limited('stack', sizes))).get('succeeded')).toBeGreaterThan(3);
    }, TIMEOUT);
  }
});

interface OwnCgroup {
  readonly path: string;
  /** Where it is in the hierarchy. */
  readonly inside: string;
  /** Puts a command into it. */
  readonly prefix: readonly string[];
}

/** A cgroup of the test's own, with one controller. */
function ownCgroup(controller: Controller, settings: Readonly<Record<string, string>>): OwnCgroup {
  const { version, mountpoint } = hierarchyOf(controller) ?? { version: 1, mountpoint: '' };
  const inside = `${cgroupParent}-${controller}`;
  const path = mountpoint + inside;
  if (version === 2) writeFileSync(`${mountpoint}/cgroup.subtree_control`, `+${controller}`);
  mkdirSync(path);
  onTestFinished(() => eventually(() => tryToRemove(path), (removed) => removed).then(() => undefined));
  for (const [file, value] of Object.entries(settings)) writeFileSync(join(path, file), value);
  return { path, inside, prefix: ['sh', '-c', `echo 0 >${path}/cgroup.procs && exec "$@"`, 'sh'] };
}

function tryToRemove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

describe('a memory cgroup that nunc itself does not fit into', () => {
  for (const name of ['create', 'run', 'exec', 'delete --force']) {
    inCgroup(`${name}: it says so, or is killed, and what is left can be deleted`, async () => {
      const { path, prefix } = ownCgroup('memory', {});
      const limit = join(path, hierarchyOf('memory')?.version === 2 ? 'memory.max' : 'memory.limit_in_bytes');
      const most = effort({ usual: 6, nightly: 60 });
      const limits = Array.from({ length: most }, (_, i) => (64 + Math.floor((640 * i) / most)) * 4096);
      const set = (bytes: number): string[] => [
        'sh', '-c', `echo ${bytes} >${limit} && exec "$@"`, 'sh', ...prefix,
      ];
      await tryUnder(name, limits.map((bytes) => ({ name: `${bytes} bytes`, prefix: set(bytes) })), { deadly: true });
    }, TIMEOUT);
  }
});

describe('a full pids cgroup', () => {
  // v1 lets processes move into a full cgroup, but not fork there.
  v1('above the container: it runs, and can start nothing else', async () => {
    const { inside } = ownCgroup('pids', { 'pids.max': '0' });
    const bundle = makeBundle({
      args: ['sh', '-c', 'echo begun; true & wait; echo forked'],
      mutate: (spec) => { spec.linux.cgroupsPath = `${inside}/inside`; },
    });
    const watch = watchHost(bundle, [inside]);
    const { stdout, stderr } = await runtime(['run', '--bundle', bundle.directory, bundle.id]);
    expect(stdout).toBe('begun\n');
    expect(stderr).toContain("can't fork");
    await watch.nothingLeft();
  });

  // v2's init is made in its cgroup.
  v2('above the container: it is refused, and nothing is left', async () => {
    const { inside } = ownCgroup('pids', { 'pids.max': '0' });
    const bundle = makeBundle({ mutate: (spec) => { spec.linux.cgroupsPath = `${inside}/inside`; } });
    const watch = watchHost(bundle, [inside]);
    const result = await runtime(['run', '--bundle', bundle.directory, bundle.id]);
    expect(refusalOf(result)).toContain('too many processes (pids.max');
    await watch.nothingLeft();
  });

  for (const name of ['create', 'run', 'exec', 'delete --force']) {
    inCgroup(`with nunc in it: ${name}`, async () => {
      const { path, prefix } = ownCgroup('pids', {});
      // What is to become nunc is in it already.
      const full = [...prefix, 'sh', '-c', `echo 1 >${path}/pids.max && exec "$@"`, 'sh'];
      const outcomes = await tryUnder(name, [{ name: 'full', prefix: full }]);
      // It needs no process to delete.
      expect(outcomes.get('succeeded') ?? 0).toBe(name === 'delete --force' ? 1 : 0);
    }, TIMEOUT);
  }
});

