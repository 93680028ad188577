// Several commands on one container at once, and commands that are killed halfway: there is one winner, the losers say
// why, and whatever is left can be listed and deleted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle, mapUsers } from '../support/bundle.ts';
import { seed } from '../support/effort.ts';
import {
  createBundle, endProcess, eventually, outputOf, refusal, refusalOf, startBundle, stateOf, succeed, untilStatus,
  watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import {
  commandOf, globalOptions, type Result, runProgram, runtime, startRuntime, stateRoot,
} from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const straceTest = requires('root', 'cgroups', 'busybox', 'nunc', 'strace');
const project = join(import.meta.dirname, '../..');

const ROUNDS = 8;
/** Of the system calls of a create, at how many it is killed: one of so many, by chance, so that runs add up to all. */
const STRIDE = 3;

/** What who came too late may be told. */
const LATE = /does not exist|already exists|already running|has stopped|not running|is not stopped/;

function create(bundle: Bundle): Promise<Result> {
  const output = outputOf(bundle);
  return runtime(['create', '--bundle', bundle.directory, bundle.id], { output });
}

function sleeper(): Bundle {
  return makeBundle({ args: ['sleep', '1000'] });
}

/** Every command has succeeded, or has said in an orderly way that it came too late. @returns how many succeeded */
function winners(results: readonly Result[]): number {
  let count = 0;
  for (const result of results) {
    if (result.status === 0) count += 1;
    else expect(refusalOf(result)).toMatch(LATE);
  }
  return count;
}

describe('commands at once', () => {
  test('start and start: one starts the container', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    for (let round = 0; round < ROUNDS; round++) {
      await createBundle(bundle);
      const start = (): Promise<Result> => runtime(['start', bundle.id]);
      expect(winners(await Promise.all([start(), start(), start()]))).toBe(1);
      expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
      await succeed(['delete', '--force', bundle.id]);
    }
    await watch.nothingLeft();
  });

  test('create and create: one gets the id', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    for (let round = 0; round < ROUNDS; round++) {
      // Own pipes: the losers' words are wanted, the winner's init holds its pipe only until it is deleted.
      const tries = [1, 2, 3, 4].map(() => runtime(['create', '--bundle', bundle.directory, bundle.id]));
      expect(winners(await Promise.all(tries))).toBe(1);
      expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
      await succeed(['start', bundle.id]);
      await succeed(['delete', '--force', bundle.id]);
    }
    await watch.nothingLeft();
  });

  test('start and delete --force: it is gone', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    for (let round = 0; round < ROUNDS; round++) {
      await createBundle(bundle);
      const both = [runtime(['start', bundle.id]), delay(round).then(() => runtime(['delete', '--force', bundle.id]))];
      const [started, deleted] = await Promise.all(both);
      expect(deleted).toMatchObject({ status: 0, stderr: '' });
      winners(started === undefined ? [] : [started]);
      expect(await refusal(['state', bundle.id])).toContain('does not exist');
    }
    await watch.nothingLeft();
  });

  test('kill and delete --force: it is gone', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    for (let round = 0; round < ROUNDS; round++) {
      await startBundle(bundle);
      const kill = (): Promise<Result> => runtime(['kill', bundle.id, 'KILL']);
      const [deleted, ...killed] = await Promise.all([runtime(['delete', '--force', bundle.id]), kill(), kill()]);
      expect(deleted).toMatchObject({ status: 0, stderr: '' });
      winners(killed);
    }
    await watch.nothingLeft();
  });

  test('delete --force many times: each succeeds', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    for (let round = 0; round < ROUNDS; round++) {
      await startBundle(bundle);
      const deletes = [1, 2, 3].map(() => runtime(['delete', '--force', bundle.id]));
      for (const result of await Promise.all(deletes)) expect(result).toMatchObject({ status: 0, stderr: '' });
    }
    await watch.nothingLeft();
  });

  test('create and delete --force: it is there or gone, never half', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    for (let round = 0; round < 2 * ROUNDS; round++) {
      const both = [create(bundle), delay(round).then(() => runtime(['delete', '--force', bundle.id]))];
      const [, deleted] = await Promise.all(both);
      expect(deleted).toMatchObject({ status: 0, stderr: '' });
      await succeed(['delete', '--force', bundle.id]);
    }
    await watch.nothingLeft();
  });

  test('state and list while containers come and go', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    const cycling = { done: false };
    const cycles = (async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await startBundle(bundle);
        await succeed(['delete', '--force', bundle.id]);
      }
    })().finally(() => { cycling.done = true; });
    const seen = new Set<string>();
    while (!cycling.done) {
      const [listed, state] = await Promise.all([runtime(['list', '-f', 'json']), runtime(['state', bundle.id])]);
      expect(listed).toMatchObject({ status: 0, stderr: '' });
      for (const { status } of (JSON.parse(listed.stdout) ?? []) as { status: string }[]) seen.add(status);
      if (state.status === 0) seen.add((JSON.parse(state.stdout) as { status: string }).status);
      else expect(refusalOf(state)).toContain('does not exist');
    }
    await cycles;
    for (const status of seen) expect(['creating', 'created', 'running', 'stopped']).toContain(status);
    await watch.nothingLeft();
  });
});

/** After a create was killed: the container is not there, or it can be listed and deleted without force. */
async function expectDeletable(bundle: Bundle, how: string): Promise<'absent' | 'present'> {
  const listed = await succeed(['list', '--quiet']);
  if (listed === '') return 'absent';
  expect(listed, how).toBe(`${bundle.id}\n`);
  const state = await runtime(['state', bundle.id]);
  expect(state.status, `${how}: ${state.stderr}`).toBe(0);
  const deleted = await runtime(['delete', bundle.id]);
  expect(deleted, how).toMatchObject({ status: 0, stderr: '' });
  return 'present';
}

describe('create is killed', () => {
  for (const user of [false, true]) {
    test(`at random moments${user ? ', with a user namespace' : ''}`, async () => {
      const bundle = makeBundle({ mutate: user ? mapUsers : () => undefined });
      const watch = watchHost(bundle);
      const outcomes = new Set<string>();
      // The window is what a create takes on this machine at this time.
      const begun = performance.now();
      await createBundle(bundle);
      const window = performance.now() - begun;
      await succeed(['delete', bundle.id]);
      for (let round = 0; round < 40; round++) {
        const running = startRuntime(['create', '--bundle', bundle.directory, bundle.id], { output: outputOf(bundle) });
        const moment = (window * round) / 40;
        await delay(moment);
        running.child.kill('SIGKILL');
        await running.ended;
        outcomes.add(await expectDeletable(bundle, `killed after ${moment.toFixed(1)} ms`));
      }
      expect(outcomes).toContain('absent');
      await watch.nothingLeft();
    });

    straceTest(`at any system call from the state directory on${user ? ', with a user namespace' : ''}`, async () => {
      const bundle = makeBundle({ mutate: user ? mapUsers : () => undefined });
      const watch = watchHost(bundle);
      const trace = join(bundle.directory, 'trace');
      const nunc = [...commandOf(join(project, 'dist/nunc')), ...globalOptions(stateRoot())];
      const createArguments = ['create', '--bundle', bundle.directory, bundle.id];
      const options = { output: outputOf(bundle) };
      await runProgram(['strace', '-o', trace, ...nunc, ...createArguments], options);
      await succeed(['delete', bundle.id]);

      let present = 0;
      const first = seed % STRIDE;
      const points = killPoints(readFileSync(trace, 'utf8'), `${stateRoot()}/${bundle.id}`);
      expect(points.length).toBeGreaterThan(60);
      for (const { name, occurrence } of points.filter((_, i) => i % STRIDE === first)) {
        const inject = `inject=${name}:signal=KILL:when=${occurrence}`;
        await runProgram(['strace', '-o', '/dev/null', '-e', inject, ...nunc, ...createArguments], options);
        const outcome = await expectDeletable(bundle, `killed at ${name} number ${occurrence}`);
        if (outcome === 'present') present += 1;
      }
      expect(present).toBeGreaterThan(20 / STRIDE);
      await watch.nothingLeft();
      // Many creates under strace, which is slow in a virtual machine.
    }, 400_000);
  }
});

/** What the engine does at its own times, and what changes nothing. */
const IMMATERIAL = /^(futex|madvise|mmap|munmap|mprotect|prlimit64|rt_sig\w+|sched_\w+|getpid|gettid|geteuid|statx|lseek|brk)$/;

/** Every system call of a trace from the one that makes the state directory on, and which of its name it is. */
function killPoints(trace: string, directory: string): { name: string; occurrence: number }[] {
  const points: { name: string; occurrence: number }[] = [];
  const counts = new Map<string, number>();
  let begun = false;
  for (const line of trace.split('\n')) {
    const name = /^(\w+)\(/.exec(line)?.[1];
    if (name === undefined) continue;
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    begun ||= line.startsWith(`mkdirat(AT_FDCWD, "${directory}"`);
    if (begun && !IMMATERIAL.test(name)) points.push({ name, occurrence });
  }
  if (points.length === 0) throw new Error(`the trace does not show mkdir of ${directory}`);
  return points;
}

describe('an init', () => {
  test('that is killed while it runs is stopped, and can be deleted', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    await startBundle(bundle);
    endProcess((await stateOf(bundle.id)).pid);
    await untilStatus(bundle.id, 'stopped');
    expect(await refusal(['kill', bundle.id])).toContain('container not running');
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('that is held by SIGSTOP can be killed and deleted', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    await startBundle(bundle);
    process.kill((await stateOf(bundle.id)).pid, 'SIGSTOP');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);

    await startBundle(bundle);
    process.kill((await stateOf(bundle.id)).pid, 'SIGSTOP');
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('that is held by SIGSTOP before start does not keep delete --force waiting', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    process.kill(pid, 'SIGSTOP');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'created', pid });
    const starting = startRuntime(['start', bundle.id]);
    // Until start holds the container's lock and waits for the init.
    await eventually(() => readFileSync('/proc/locks', 'utf8'), (locks) => locks.includes(` ${starting.child.pid} `));
    await succeed(['delete', '--force', bundle.id]);
    winners([await starting.ended]);
    await watch.nothingLeft();
  });

  test('that is held by SIGSTOP before start starts when it is let go', async () => {
    const bundle = sleeper();
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    process.kill(pid, 'SIGSTOP');
    const starting = startRuntime(['start', bundle.id]);
    await eventually(() => readFileSync('/proc/locks', 'utf8'), (locks) => locks.includes(` ${starting.child.pid} `));
    process.kill(pid, 'SIGCONT');
    expect(await starting.ended).toMatchObject({ status: 0 });
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });
});
