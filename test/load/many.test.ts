// Many containers on one state root: all of them are listed, rightly, whatever becomes of the others, and nothing is
// left of any. `npm test` has dozens, the nightly run a thousand that wait and two hundred that run at once.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Bundle } from '../support/bundle.ts';
import { effort } from '../support/effort.ts';
import { hostState, settledDifference } from '../support/host-state.ts';
import { eventually, outputOf, type State, succeed } from '../support/lifecycle.ts';
import { forEach, makeCrowd } from '../support/load/crowd.ts';
import { requires } from '../support/requires.ts';
import { runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

/** As many as keep the machine's processors busy. */
const AT_ONCE = 4;

/** Says who it is, and when it ends. */
const TALKER = 'trap "echo ended; exit 7" TERM; echo "$NUMBER $(hostname)"; while :; do sleep 1000 & wait; done';

async function list(): Promise<Map<string, State>> {
  const states = (JSON.parse(await succeed(['list', '--format', 'json'])) ?? []) as State[];
  return new Map(states.map((state) => [state.id, state]));
}

/** Every container of the crowd in the list has the status that it should have, and there is no other. */
async function expectListed(crowd: readonly Bundle[], statusOf: (index: number) => string): Promise<void> {
  const listed = await list();
  const seen = crowd.map(({ id }) => `${id} ${listed.get(id)?.status ?? 'missing'}`);
  expect(seen).toEqual(crowd.map(({ id }, index) => `${id} ${statusOf(index)}`));
  expect(listed.size).toBe(crowd.length);
}

/** Runs a command that makes a container, whose output goes to its file. */
async function make(command: readonly string[], bundle: Bundle): Promise<void> {
  const output = outputOf(bundle);
  const { status } = await runtime([...command, '--bundle', bundle.directory, bundle.id], { output });
  expect(status, readFileSync(output, 'utf8')).toBe(0);
}

async function createAll(crowd: readonly Bundle[]): Promise<number[]> {
  return forEach(crowd, AT_ONCE, async (bundle) => {
    const begun = performance.now();
    await make(['create'], bundle);
    return performance.now() - begun;
  });
}

/** The mean of the times of the first tenth, and of the last. */
function report(what: string, times: readonly number[]): void {
  const tenth = Math.ceil(times.length / 10);
  const mean = (part: readonly number[]): string => {
    return `${(part.reduce((sum, time) => sum + time, 0) / part.length).toFixed(1)} ms`;
  };
  const [first, last] = [mean(times.slice(0, tenth)), mean(times.slice(-tenth))];
  console.log(`${what}: ${times.length}, the first tenth took ${first} each, the last ${last}`);
}

function watchCrowd(crowd: readonly Bundle[]): () => Promise<void> {
  const [first] = crowd;
  const scope = { belongs: [first?.id.replace(/-\d+$/, '') ?? '', stateRoot()], directories: [stateRoot()] };
  const before = hostState(scope);
  return async () => { expect(await settledDifference(before, scope, 60_000)).toEqual([]); };
}

describe('many containers', () => {
  test('are created, listed, started, ended and deleted, and nothing is left', async () => {
    const crowd = makeCrowd({ count: effort({ usual: 40, nightly: 1000 }), args: ['sleep', '100000'] });
    const nothingLeft = watchCrowd(crowd);
    report('create', await createAll(crowd));
    await expectListed(crowd, () => 'created');
    const pids = [...(await list()).values()].map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(crowd.length);
    for (const pid of pids) expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain('/nunc-test-');

    // A third runs, and a third of those has been killed.
    await forEach(crowd, AT_ONCE, async ({ id }, index) => {
      if (index % 3 === 0) await succeed(['start', id]);
      if (index % 9 === 0) await succeed(['kill', id, 'KILL']);
    });
    const expected = (index: number): string => index % 9 === 0 ? 'stopped' : index % 3 === 0 ? 'running' : 'created';
    await eventually(async () => [...(await list()).values()].filter(({ status }) => status === 'stopped').length,
      (count) => count === Math.ceil(crowd.length / 9));
    await expectListed(crowd, expected);

    report('delete', await forEach(crowd, AT_ONCE, async ({ id }, index) => {
      const begun = performance.now();
      await succeed(['delete', ...(expected(index) === 'running' ? ['--force'] : []), id]);
      return performance.now() - begun;
    }));
    expect((await list()).size).toBe(0);
    expect(readdirSync(stateRoot())).toEqual([]);
    await nothingLeft();
  });

  test('run at once, each with its own output, process and cgroup', async () => {
    const crowd = makeCrowd({
      count: effort({ usual: 20, nightly: 200 }),
      args: ['sh', '-c', TALKER],
      mutate: (spec, index) => {
        spec.hostname = `host-${index}`;
        spec.process.env = [...spec.process.env ?? [], `NUMBER=${index}`];
      },
    });
    const nothingLeft = watchCrowd(crowd);
    await forEach(crowd, AT_ONCE, (bundle) => make(['run', '--detach'], bundle));
    await expectListed(crowd, () => 'running');
    const answers = (): string[] => crowd.map((bundle) => readFileSync(outputOf(bundle), 'utf8'));
    const own = crowd.map((_, index) => `${index} host-${index}\n`);
    expect(await eventually(answers, (found) => found.join('') === own.join(''))).toEqual(own);

    await forEach(crowd, AT_ONCE, ({ id }) => succeed(['pause', id]));
    await expectListed(crowd, () => 'paused');
    await forEach(crowd, AT_ONCE, ({ id }) => succeed(['resume', id]));
    await expectListed(crowd, () => 'running');

    await forEach(crowd, AT_ONCE, ({ id }) => succeed(['kill', id, 'TERM']));
    const areStopped = (states: readonly State[]): boolean => states.every(({ status }) => status === 'stopped');
    await eventually(async () => [...(await list()).values()], areStopped);
    expect(answers()).toEqual(own.map((line) => `${line}ended\n`));
    await forEach(crowd, AT_ONCE, ({ id }) => succeed(['delete', id]));
    await nothingLeft();
  });
});
