// Eight managers on one state root, each doing anything at random to containers of its own and to some that all of them
// share, and now and then a command is killed. Every answer is held against a model of what it may be at that moment
// (support/load/history.ts), and containers and processes that nobody touches stay what they are.

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Bundle } from '../support/bundle.ts';
import { effort, seed } from '../support/effort.ts';
import { hostState, settledDifference } from '../support/host-state.ts';
import { messageOf, type State, succeed } from '../support/lifecycle.ts';
import { makeCrowd } from '../support/load/crowd.ts';
import { type Call, type CommandName, type HistoryEntry, unexplained } from '../support/load/history.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';
import { requires } from '../support/requires.ts';
import { type Result, type Running, runtime, startRuntime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

const MANAGERS = 8;
const OWN = 2;
const SHARED = 3;
/** One command in so many is killed. */
const CUT_OFF = 12;
/** Who waits for a container that stands still lets it go on, after so many milliseconds. */
const PATIENCE = 1000;

/** What a refusal may say, and how the model calls it. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^(exec failed: )?container does not exist: /, 'absent'],
  [/^container with given ID already exists: /, 'exists'],
  [/^container not running$/, 'not running'],
  [/^container not paused$/, 'not paused'],
  [/^cannot delete container \S+ that is not stopped: (running|paused)$/, 'not stopped'],
  [/^cannot start an already running container$/, 'running'],
  [/^cannot start a container in the paused state$/, 'paused'],
  [/^cannot start a container that has stopped$/, 'stopped'],
  [/^exec failed: cannot exec in a stopped container$/, 'stopped'],
  [/^exec failed: cannot exec in a paused container /, 'paused'],
  [/^exec failed: cannot exec in a container that is being created$/, 'creating'],
];

/** How often each is asked for. */
const WEIGHTS: Readonly<Record<CommandName | 'list', number>> = {
  create: 8, start: 7, state: 4, list: 1, kill: 2, signal: 2, pause: 3, resume: 4, update: 2, exec: 4, delete: 4,
  'delete --force': 3,
};
const CHOICES = Object.entries(WEIGHTS).flatMap(([name, weight]) =>
  Array.from({ length: weight }, () => name as CommandName | 'list'));

interface Manager {
  readonly random: Random;
  /** For each id the bundle that this manager creates it from. */
  readonly bundles: ReadonlyMap<string, Bundle>;
}

/** What happened to each container, in the order in which this process has seen it. */
type Histories = ReadonlyMap<string, HistoryEntry[]>;

let outputs = 0;

function argumentsOf(name: CommandName, id: string, bundle: Bundle): readonly string[] {
  switch (name) {
    case 'create': return ['create', '--bundle', bundle.directory, id];
    case 'kill': return ['kill', id, 'KILL'];
    // Which its process, the first of a pid namespace, does not hear.
    case 'signal': return ['kill', id, 'TERM'];
    case 'update': return ['update', '--cpu-share', '512', id];
    case 'exec': return ['exec', id, 'hostname'];
    case 'delete --force': return ['delete', '--force', id];
    default: return [name, id];
  }
}

function outcomeOf(name: CommandName, { status, signal, stderr }: Result, wasKilled: boolean): string {
  if (status === 0) return 'ok';
  if (wasKilled && signal === 'SIGKILL') return 'cut off';
  // A process that is killed with its container.
  if (name === 'exec' && status === 137 && stderr === '') return 'ended';
  const message = messageOf(stderr);
  const known = REFUSALS.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? `${String(status ?? signal)} ${message}`;
}

/** What a command says of the container that it met; owners are known by their bundles' names. */
function foundBy(name: CommandName, { status, stdout }: Result): Call['found'] {
  if (status !== 0) return undefined;
  if (name === 'exec') return { owner: stdout.trim() };
  if (name !== 'state') return undefined;
  const state = JSON.parse(stdout) as State;
  return { status: state.status, owner: basename(state.bundle) };
}

/** Waits for a command; when it takes long the container is resumed, in case it stands still. */
async function endOf(running: Running, resume: () => Promise<void>): Promise<Result> {
  for (;;) {
    const result = await Promise.race([running.ended, delay(PATIENCE, undefined, { ref: false })]);
    if (result !== undefined) return result;
    await resume();
  }
}

/** Gives one command, and writes down when it began, when it had ended and what it said. */
async function command(histories: Histories, { random, bundles }: Manager, [name, id]: [CommandName, string]) {
  const bundle = bundles.get(id) as Bundle;
  const history = histories.get(id) ?? [];
  const call: Call = { name, owner: basename(bundle.directory), outcome: '' };
  history.push({ edge: 'begin', call });
  // The output of a create outlives it.
  const output = join(bundle.directory, `output-${outputs++}`);
  const running = startRuntime(argumentsOf(name, id, bundle), name === 'create' ? { output } : {});
  const isKilled = random(CUT_OFF) === 0;
  if (isKilled) void delay(random(30)).then(() => running.child.kill('SIGKILL'));
  const result = await endOf(running, async () => {
    if (name !== 'resume') await command(histories, { random: () => 1, bundles }, ['resume', id]);
  });
  const stderr = name === 'create' ? readFileSync(output, 'utf8') : result.stderr;
  if (name === 'create') rmSync(output);
  call.outcome = outcomeOf(name, { ...result, stderr }, isKilled);
  const found = foundBy(name, result);
  if (found !== undefined) call.found = found;
  history.push({ edge: 'end', call });
}

/** A list tells the state of every container. */
async function list(histories: Histories): Promise<void> {
  const calls = new Map<string, Call>();
  for (const id of histories.keys()) calls.set(id, { name: 'state', owner: '', outcome: '' });
  for (const [id, call] of calls) histories.get(id)?.push({ edge: 'begin', call });
  const states = (JSON.parse(await succeed(['list', '--format', 'json'])) ?? []) as State[];
  for (const [id, call] of calls) {
    const state = states.find((listed) => listed.id === id);
    call.outcome = state === undefined ? 'absent' : 'ok';
    if (state !== undefined) call.found = { status: state.status, owner: basename(state.bundle) };
    histories.get(id)?.push({ edge: 'end', call });
  }
}

async function manage(histories: Histories, manager: Manager, until: number): Promise<void> {
  const ids = [...manager.bundles.keys()];
  while (Date.now() < until) {
    const name = pick(manager.random, CHOICES);
    if (name === 'list') await list(histories);
    else await command(histories, manager, [name, pick(manager.random, ids)]);
  }
}

interface Company {
  readonly managers: readonly Manager[];
  readonly histories: Histories;
  /** Those that nobody touches: one is created, one runs. */
  readonly bystanders: readonly Bundle[];
}

function makeCompany(): Company {
  const each = OWN + SHARED;
  const crowd = makeCrowd({
    count: MANAGERS * each + 2,
    args: ['sleep', '100000'],
    mutate: (spec, index) => { spec.hostname = String(index); },
  });
  const managers = Array.from({ length: MANAGERS }, (_, number): Manager => ({
    random: randomFrom(seed + number),
    bundles: new Map(crowd.slice(number * each, (number + 1) * each).map((bundle, index) =>
      [index < OWN ? `own-${number}-${index}` : `shared-${index - OWN}`, bundle])),
  }));
  const ids = new Set(managers.flatMap(({ bundles }) => [...bundles.keys()]));
  return { managers, histories: new Map([...ids].map((id) => [id, []])), bystanders: crowd.slice(-2) };
}

async function startBystanders([created, running]: readonly Bundle[]): Promise<() => Promise<State[]>> {
  for (const { directory, id } of [created, running] as Bundle[]) {
    const { status } = await runtime(['create', '--bundle', directory, id], { output: join(directory, 'output') });
    expect(status).toBe(0);
  }
  await succeed(['start', running?.id ?? '']);
  return async () => {
    const states = JSON.parse(await succeed(['list', '--format', 'json'])) as State[];
    return states.filter(({ id }) => id === created?.id || id === running?.id);
  };
}

test('eight managers: every answer is right, nothing is lost, and nothing is left', async () => {
  const { managers, histories, bystanders } = makeCompany();
  const scope = { belongs: [stateRoot(), bystanders[0]?.rootfs ?? ''], directories: [stateRoot()] };
  const before = hostState(scope);
  const stranger = spawn('sleep', ['100000'], { stdio: 'ignore' });
  onTestFinished(() => { stranger.kill('SIGKILL'); });
  const untouched = await startBystanders(bystanders);
  const first = await untouched();
  expect(first.map(({ status }) => status).sort()).toEqual(['created', 'running']);

  const until = Date.now() + effort({ usual: 6000, nightly: 600_000 });
  await Promise.all(managers.map((manager) => manage(histories, manager, until)));
  await list(histories);

  const count = new Map<string, number>();
  for (const { edge, call: { name, outcome } } of [...histories.values()].flat()) {
    if (edge === 'end') count.set(`${name} ${outcome}`, (count.get(`${name} ${outcome}`) ?? 0) + 1);
  }
  console.log(`EFFORT_SEED=${seed}: ${[...count].sort().map(([what, n]) => `${n} ${what}`).join(', ')}`);
  const wrong = [...histories.values()].flatMap((history) => unexplained(history) ?? []).slice(0, 5);
  expect(wrong, `EFFORT_SEED=${seed}`).toEqual([]);
  expect(await untouched()).toEqual(first);
  expect(stranger.exitCode ?? stranger.signalCode).toBe(null);

  for (const id of histories.keys()) await succeed(['delete', '--force', id]);
  for (const { id } of bystanders) await succeed(['delete', '--force', id]);
  expect(await succeed(['list', '--quiet'])).toBe('');
  expect(await settledDifference(before, scope)).toEqual([]);
});
