// events and ps of an ordinary user, whose containers have no cgroup of their own unless one is delegated.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { runtimeAs, type UserBundle, userBundle, useUser } from '../support/users.ts';

const needs = ['users', 'busybox', 'nunc'] as const;
const user = useUser(missing(needs).length === 0);
const test = requires(...needs);

async function output(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runtimeAs(user(), args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** A running container of two processes. */
async function start(): Promise<UserBundle> {
  const bundle = await userBundle(user(), 'sleep 1001 & exec sleep 1002');
  const log = join(bundle.directory, 'output');
  const args = ['run', '--detach', '--bundle', bundle.directory, bundle.id];
  const { status } = await runtimeAs(user(), args, { output: log });
  expect({ status, log: readFileSync(log, 'utf8') }).toMatchObject({ status: 0 });
  await eventually(() => pidsOf(bundle), ({ length }) => length === 2);
  return bundle;
}

async function pidsOf({ id }: UserBundle): Promise<number[]> {
  return JSON.parse(await output('ps', '--format', 'json', id)) as number[];
}

test('ps lists the processes of the container alone', async () => {
  const bundle = await start();
  const pids = await pidsOf(bundle);
  const table = await output('ps', bundle.id, '-eo', 'pid');
  expect(table.trim().split('\n').slice(1).map(Number)).toEqual(pids);
});

test('events has the numbers of no other cgroup, and ends with the container', async () => {
  const bundle = await start();
  const event = JSON.parse(await output('events', '--stats', bundle.id)) as { data: Record<string, object> };
  expect(event).toMatchObject({ type: 'stats', id: bundle.id });
  expect(event.data['pids']).toEqual({});
  expect(event.data['memory']).not.toHaveProperty('raw');
  const printed = join(bundle.directory, 'events');
  const stream = runtimeAs(user(), ['events', '--interval', '20ms', bundle.id], { output: printed });
  await eventually(() => readFileSync(printed, 'utf8'), (text) => text.includes('\n'));
  await output('kill', bundle.id, 'KILL');
  expect((await stream).status).toBe(0);
});
