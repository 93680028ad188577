// Processes that stand still (SIGSTOP) at any step: the init, a process that is executed, nunc itself. No other command
// hangs, delete --force or the end of nunc ends what does, and nothing is left.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { effort, seed } from '../support/effort.ts';
import { nunc, type Point, pointsOfOthers, startInjected } from '../support/faults/strace.ts';
import {
  endProcess, eventually, refusal, refusalOf, startBundle, stateOf, succeed, watchHost,
} from '../support/lifecycle.ts';
import { randomFrom } from '../support/random.ts';
import { requires } from '../support/requires.ts';
import { type Running, runtime, startRuntime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'strace');
const TIMEOUT = effort({ usual: 120_000, nightly: 1_200_000 });
const MOST = effort({ usual: 4, nightly: 60 });

/** So many of the calls that only the processes make which nunc starts. */
async function somePoints(
  args: readonly string[], bundle: Bundle, finish = (): Promise<unknown> => Promise.resolve(),
): Promise<Point[]> {
  const points = await pointsOfOthers(args, join(bundle.directory, 'trace'), finish);
  const random = randomFrom(seed);
  while (points.length > MOST) points.splice(random(points.length), 1);
  return points;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** A file of a process's; nothing when it has ended. */
function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** strace's child; it has had others, to find out what the kernel can do. */
function nuncOf({ child }: Running): number {
  return childrenOf(child.pid ?? 0).find((pid) => readOf(pid, 'cmdline').startsWith(nunc)) ?? 0;
}

/** Which of a process's children stand still, and how often each has given the processor away; '' when none does. */
function standstill(parent: number): string {
  return childrenOf(parent).map((pid) => readOf(pid, 'status')).filter((status) => /^State:\s+[tT]/m.test(status))
    .map((status) => status.match(/^Pid:.*|^voluntary.*/gm)).join();
}

/** Waits until a process of the cgroup, or on its way there, has been stopped: not for the moment that strace itself
 * stops it at each call. */
async function untilStopped(running: Running): Promise<void> {
  const parent = await eventually(() => nuncOf(running), (pid) => pid > 0);
  await eventually(async () => {
    const before = standstill(parent);
    await delay(100);
    return before !== '' && standstill(parent) === before;
  }, (found) => found);
}

function letGo(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended.
  }
}

function tracedBy(tracer: number): number[] {
  const line = new RegExp(`^TracerPid:\\s+${tracer}$`, 'm');
  return readdirSync('/proc').map(Number).filter((pid) => pid > 0 && line.test(readOf(pid, 'status')));
}

/** Ends nunc by SIGKILL, and waits for the end of what it has started. */
async function endNunc(running: Running): Promise<void> {
  endProcess(nuncOf(running));
  // One that has not got to asking for its end with nunc's sees that nunc is gone as soon as it goes on. What it makes
  // until then is stopped at the same call.
  await eventually(() => {
    const left = tracedBy(running.child.pid ?? 0);
    for (const pid of left) letGo(pid);
    return left;
  }, (left) => left.length === 0);
  await running.ended;
}

test(`an init that is stopped at any step keeps create waiting, and nobody else (seed ${seed})`, async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const watch = watchHost(bundle);
  const args = ['create', '--bundle', bundle.directory, bundle.id];
  const points = await somePoints(args, bundle, async () => {
    const isCreated = '"status": "created"';
    await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes(isCreated));
    await succeed(['delete', '--force', bundle.id]);
  });
  expect(points.length).toBe(MOST);
  for (const [i, at] of points.entries()) {
    const what = `stopped at ${at.call} ${at.occurrence}`;
    const running = startInjected('signal=STOP', args, at);
    await untilStopped(running);
    expect(await succeed(['list', '--quiet']), what).toBe(`${bundle.id}\n`);
    expect(await stateOf(bundle.id), what).toMatchObject({ status: 'creating' });
    if (i % 2 === 0) {
      await succeed(['delete', '--force', bundle.id]);
      const message = refusalOf(await running.ended);
      expect(message, what).toBe('cannot create the container: the init was killed by signal 9');
    } else {
      await endNunc(running);
      await succeed(['delete', '--force', bundle.id]);
    }
  }
  process.stdout.write(`  init stopped at ${points.length} steps\n`);
  await watch.nothingLeft();
}, TIMEOUT);

test(`a process that is stopped on its way into a container keeps exec waiting alone (seed ${seed})`, async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const watch = watchHost(bundle);
  await startBundle(bundle);
  const args = ['exec', bundle.id, 'true'];
  const points = await somePoints(args, bundle);
  for (const at of points) {
    const running = startInjected('signal=STOP', args, at);
    await untilStopped(running);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    await endNunc(running);
  }
  process.stdout.write(`  exec stopped at ${points.length} steps\n`);
  await succeed(['delete', '--force', bundle.id]);
  await watch.nothingLeft();
}, TIMEOUT);

test('nunc that is stopped while it has the lock: others say so, and its end frees the container', async () => {
  const bundle = makeBundle({
    args: ['sleep', '1000'],
    mutate: (spec) => { spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'sleep 8'] }] }; },
  });
  const watch = watchHost(bundle);
  const creating = startRuntime(['create', '--bundle', bundle.directory, bundle.id]);
  const { pid = 0 } = creating.child;
  onTestFinished(() => endProcess(pid));
  await eventually(() => readFileSync('/proc/locks', 'utf8'), (locks) => locks.includes(` ${pid} `));
  process.kill(pid, 'SIGSTOP');
  expect(await succeed(['list', '--quiet'])).toBe(`${bundle.id}\n`);
  expect(await stateOf(bundle.id)).toMatchObject({ status: 'creating' });
  const message = `cannot lock container "${bundle.id}": process ${pid}, which is at work on it, is stopped`;
  const refusals = [['start'], ['delete'], ['delete', '--force']].map((command) => refusal([...command, bundle.id]));
  for (const text of await Promise.all(refusals)) expect(text).toContain(message);
  endProcess(pid);
  await creating.ended;
  await succeed(['delete', '--force', bundle.id]);
  await watch.nothingLeft();
});

test('whoever waits for the lock of a nunc that only takes its time gets it', async () => {
  const bundle = makeBundle({
    args: ['sleep', '1000'],
    mutate: (spec) => { spec.hooks = { poststart: [{ path: '/bin/sh', args: ['sh', '-c', 'sleep 3'] }] }; },
  });
  const watch = watchHost(bundle);
  await succeedCreate(bundle);
  const starting = startRuntime(['start', bundle.id]);
  const { pid = 0 } = starting.child;
  await eventually(() => readFileSync('/proc/locks', 'utf8'), (locks) => locks.includes(` ${pid} `));
  await succeed(['delete', '--force', bundle.id]);
  await starting.ended;
  await watch.nothingLeft();
});

async function succeedCreate(bundle: Bundle): Promise<void> {
  const { status } = await startRuntime(['create', '--bundle', bundle.directory, bundle.id]).ended;
  expect(status).toBe(0);
}
