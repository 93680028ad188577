// Storms of exec, into one container and into many: with and without terminals, detached, signalled, and killed at
// random moments. Each gets its own output and status, and in the end the container has its own process and no other.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import type { Bundle } from '../support/bundle.ts';
import { effort, seed } from '../support/effort.ts';
import { createBundle, eventually, outputOf, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { forEach, makeCrowd } from '../support/load/crowd.ts';
import { startAtTerminal } from '../support/pty.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';
import { requires } from '../support/requires.ts';
import { commandOf, globalOptions, runtime, startRuntime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

/** How many execs are under way at a time. */
const AT_ONCE = 12;

interface Strike {
  readonly bundle: Bundle;
  readonly index: number;
  readonly random: Random;
}

/** What an exec may be like. @returns what is wrong, '' when it went as it should */
type Kind = (strike: Strike) => Promise<string>;

function compare(what: string, found: unknown, expected: unknown): string {
  const [is, shouldBe] = [JSON.stringify(found), JSON.stringify(expected)];
  return is === shouldBe ? '' : `${what}: ${is} in place of ${shouldBe}`;
}

const KINDS: Readonly<Record<string, Kind>> = {
  foreground: async ({ bundle, index }) => {
    const script = `echo ${index}; echo "error ${index}" >&2; hostname; cat; exit ${index % 200}`;
    const { status, stdout, stderr } = await runtime(['exec', bundle.id, 'sh', '-c', script], { input: `in ${index}` });
    const expected = [index % 200, `${index}\n${bundle.id}\nin ${index}`, `error ${index}\n`];
    return compare(`foreground ${index}`, [status, stdout, stderr], expected);
  },
  terminal: async ({ bundle, index }) => {
    const command = [...commandOf(), ...globalOptions(stateRoot()), 'exec', '--tty', bundle.id];
    const script = `read line; echo "read $line of ${index}"; exit ${index % 200}`;
    const session = startAtTerminal([...command, 'sh', '-c', script]);
    session.type(`${index}\r`);
    const { status } = await session.ended;
    const last = session.shown().trimEnd().split('\n').at(-1);
    return compare(`terminal ${index}`, [status, last], [index % 200, `read ${index} of ${index}`]);
  },
  detached: async ({ bundle, index }) => {
    const pidFile = join(bundle.directory, `pid-${index}`);
    const args = ['exec', '--detach', '--pid-file', pidFile, bundle.id, 'sh', '-c', `echo "detached ${index}"`];
    const { status } = await runtime(args, { output: outputOf(bundle) });
    const isNumber = /^\d+$/.test(readFileSync(pidFile, 'utf8'));
    return compare(`detached ${index}`, [status, isNumber], [0, true]);
  },
  signalled: async ({ bundle, index }) => {
    const { child, ended } = startRuntime(['exec', bundle.id, 'sh', '-c', 'echo here; exec sleep 1000']);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGTERM');
    return compare(`signalled ${index}`, (await ended).status, 128 + 15);
  },
  killed: async ({ bundle, index, random }) => {
    const options = pick(random, [[], ['--detach']]);
    const args = ['exec', ...options, bundle.id, 'sleep', '0.1'];
    const { child, ended } = startRuntime(args, { output: outputOf(bundle) });
    await delay(random(30));
    child.kill('SIGKILL');
    const { status, signal } = await ended;
    return status === 0 || signal === 'SIGKILL' ? '' : `killed ${index}: status ${String(status)}`;
  },
  missing: async ({ bundle, index }) => {
    const { status, stderr } = await runtime(['exec', bundle.id, '/missing']);
    const says = stderr.includes('exec failed: ') && stderr.includes('/missing');
    return compare(`missing ${index}`, [status, says], [255, true]);
  },
};

/** The pids that a container's cgroup has. */
function processesOf({ spec: { linux: { cgroupsPath = '' } } }: Bundle): string {
  const [hierarchy] = probeHost().hierarchies;
  return readFileSync(`${hierarchy?.mountpoint ?? ''}${cgroupsPath}/cgroup.procs`, 'utf8');
}

/** Executes so many in containers that are taken in turn, and deletes these. */
async function storm(containers: number, strikes: number): Promise<void> {
  const crowd = makeCrowd({
    count: containers,
    args: ['sleep', '100000'],
    // Who asks for the host's name learns which container it is in.
    mutate: (spec) => { spec.hostname = spec.linux.cgroupsPath?.replace(/^.*\//, '') ?? ''; },
  });
  const watches = crowd.map((bundle) => watchHost(bundle));
  for (const bundle of crowd) {
    await createBundle(bundle);
    await succeed(['start', bundle.id]);
  }
  const random = randomFrom(seed);
  const kinds = Array.from({ length: strikes }, () => pick(random, Object.keys(KINDS)));
  const wrong = await forEach(kinds, AT_ONCE, (kind, index) => {
    return (KINDS[kind] as Kind)({ bundle: crowd[index % containers] as Bundle, index, random });
  });
  expect(wrong.filter((found) => found !== ''), `EFFORT_SEED=${seed}`).toEqual([]);
  for (const [index, bundle] of crowd.entries()) {
    const { status, pid } = await stateOf(bundle.id);
    expect(status).toBe('running');
    await eventually(() => processesOf(bundle), (pids) => pids === `${pid}\n`);
    const said = readFileSync(outputOf(bundle), 'utf8').trimEnd().split('\n').filter((line) => line !== '').sort();
    const own = kinds.flatMap((kind, i) => kind === 'detached' && i % containers === index ? [`detached ${i}`] : []);
    expect(said).toEqual(own.sort());
    await succeed(['delete', '--force', bundle.id]);
  }
  for (const watch of watches) await watch.nothingLeft();
}

describe('a storm of exec', () => {
  test('into one container', () => storm(1, effort({ usual: 60, nightly: 3000 })));

  test('into many containers', () => storm(effort({ usual: 4, nightly: 50 }), effort({ usual: 60, nightly: 3000 })));
});
