// events: the stream of statistics and its end, kills for want of memory, and what is refused.

import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { createBundle, eventually, refusal, refusalOf, startBundle, stateOf, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { type Running, runtime, runtimeName, startRuntime } from '../support/runtime.ts';
import { onV1, parseEvent, writeKernelFile } from '../support/statistics.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

const MIB = 1024 * 1024;

/** The lines that a stream has printed so far. */
function linesOf({ child }: Running): () => string[] {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  return () => text.split('\n').slice(0, -1);
}

describe('events', () => {
  test('prints statistics at the interval, until the container ends', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    const stream = startRuntime(['events', '--interval', '20ms', bundle.id]);
    const lines = linesOf(stream);
    await eventually(lines, ({ length }) => length > 3);
    await succeed(['kill', bundle.id, 'KILL']);
    await eventually(() => stateOf(bundle.id), ({ status }) => status === 'stopped');
    await succeed(['delete', bundle.id]);
    expect(await stream.ended).toMatchObject({ status: 0, stderr: '' });
    for (const line of lines()) expect(parseEvent(line)).toMatchObject({ type: 'stats', id: bundle.id });
  });

  nuncTest('ends with the init, before the container is deleted', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    const stream = startRuntime(['events', '--interval', '1h', bundle.id]);
    await watching(stream);
    await succeed(['kill', bundle.id, 'KILL']);
    // Nothing of a second that has only begun is printed.
    expect(await stream.ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  nuncTest('ends when nobody reads any more', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    const stream = startRuntime(['events', '--interval', '1h', bundle.id]);
    stream.child.stdout?.destroy();
    expect(await stream.ended).toMatchObject({ status: 0, stderr: '' });
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends on ${signal}`, async () => {
      const bundle = makeBundle({ args: ['sleep', '1000'] });
      await startBundle(bundle);
      const stream = startRuntime(['events', '--interval', '20ms', bundle.id]);
      await eventually(linesOf(stream), ({ length }) => length > 0);
      stream.child.kill(signal);
      expect(await stream.ended).toMatchObject({ status: null, signal });
    });
  }

  test('tells of a kill for want of memory, and goes on', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', `${untilFed} ${hungry}; exec sleep 1000`] });
    await startLimited(bundle);
    const stream = startRuntime(['events', '--interval', '1h', bundle.id]);
    await watching(stream);
    feed(bundle);
    const lines = linesOf(stream);
    await eventually(lines, ({ length }) => length > 0, 60_000);
    expect(lines()[0]).toBe(JSON.stringify({ type: 'oom', id: bundle.id }));
    expect((await stateOf(bundle.id)).status).toBe('running');
    await succeed(['kill', bundle.id, 'KILL']);
    await succeed(['delete', '--force', bundle.id]);
    expect(await stream.ended).toMatchObject({ status: 0 });
  });

  test('tells of the kill that ends the container', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', `${untilFed} exec ${hungry}`] });
    await startLimited(bundle);
    const stream = startRuntime(['events', '--interval', '1h', bundle.id]);
    await watching(stream);
    feed(bundle);
    await eventually(() => stateOf(bundle.id), ({ status }) => status === 'stopped', 60_000);
    await succeed(['delete', bundle.id]);
    const { status, stdout } = await stream.ended;
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe(JSON.stringify({ type: 'oom', id: bundle.id }));
  });
});

/** Programs of a container that does nothing until the test has made /feed, and then wants all memory. */
const untilFed = 'while ! [ -e /feed ]; do sleep 0.02; done;';
const hungry = 'tail /dev/zero';

async function startLimited(bundle: Bundle): Promise<void> {
  await createBundle(bundle);
  const limits = onV1
    ? { 'memory.limit_in_bytes': 16 * MIB, 'memory.memsw.limit_in_bytes': 16 * MIB }
    : { 'memory.max': 16 * MIB, 'memory.swap.max': 0 };
  for (const [file, value] of Object.entries(limits)) writeKernelFile(bundle, file, value);
  await succeed(['start', bundle.id]);
}

function feed({ rootfs }: Bundle): void {
  writeFileSync(join(rootfs, 'feed'), '');
}

/** Until a stream has begun to watch. The last descriptor that nunc opens is the pidfd; runc has none. */
async function watching({ child }: Running): Promise<void> {
  const last = runtimeName === 'runc' ? /inotify|eventfd/ : /pidfd/;
  await eventually(() => descriptorsOf(child.pid ?? 0), (targets) => targets.some((target) => last.test(target)));
}

function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    } catch {
      // Closed in the meantime.
      return '';
    }
  });
}

describe('events refuses', () => {
  test('a container that is not running', async () => {
    const bundle = makeBundle({ args: ['true'] });
    await startBundle(bundle);
    await eventually(() => stateOf(bundle.id), ({ status }) => status === 'stopped');
    for (const args of [[], ['--stats']]) {
      expect(await refusal(['events', ...args, bundle.id])).toBe(`container with id ${bundle.id} is not running`);
    }
  });

  test('what does not exist, and intervals that are none', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    expect(await refusal(['events', 'nunc-test-nosuch'])).toContain('container does not exist');
    expect(await refusal(['events', '--interval', '0', 'nunc-test-nosuch'])).toContain('container does not exist');
    for (const interval of ['0', '0s', '-5s']) {
      const message = await refusal(['events', '--interval', interval, bundle.id]);
      expect(message).toBe('duration interval must be greater than 0');
    }
    for (const interval of ['5', '', '1d', '1 s', 'fast', '9999999999s']) {
      const message = refusalOf(await runtime(['events', `--interval=${interval}`, bundle.id]));
      expect(message).toBe(`invalid value ${JSON.stringify(interval)} for flag -interval: parse error`);
    }
  });
});
