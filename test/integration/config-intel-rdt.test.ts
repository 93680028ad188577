// linux.intelRdt of config.json. It takes a CPU with cache allocation and a kernel with resctrl to see the real thing:
// here a directory stands for the mounted file system (test/support/resctrl.ts), and nunc runs as a library.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createContainer } from '../../src/container/create.ts';
import { deleteContainer } from '../../src/container/delete.ts';
import { waitProcess } from '../../src/ffi/system-calls.ts';
import { bundleFor, refusal } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { driver, kernel, requestOf, type Trial, tryLife } from '../support/library.ts';
import { requires } from '../support/requires.ts';
import { type FakeResctrl, makeResctrl } from '../support/resctrl.ts';
import { stateRoot } from '../support/runtime.ts';
import { failingAtTheEnd } from '../support/tampering.ts';

const test = requires('root', 'busybox', 'nunc');

async function trialOf(resctrl: FakeResctrl, intelRdt: BundleSpec['linux']['intelRdt']): Promise<Trial> {
  const bundle = await bundleFor('true', (spec) => {
    if (intelRdt !== undefined) spec.linux.intelRdt = intelRdt;
  });
  return { bundle, resctrl, root: stateRoot() };
}

/** Creates a container. @returns its pid, and how to delete it */
function created(trial: Trial): { pid: number; remove: () => Promise<void> } {
  const { place, pid } = createContainer(kernel(), requestOf(trial));
  const warn = (): void => undefined;
  const options = { place, force: true, warn, ...(trial.resctrl === undefined ? {} : { resctrl: trial.resctrl }) };
  const remove = async (): Promise<void> => {
    if (!existsSync(place.directory)) return;
    await deleteContainer(kernel(), driver, options);
    waitProcess(kernel(), pid, 0);
  };
  onTestFinished(remove);
  return { pid, remove };
}

test('the init is in its group before it is created; the group goes with the container', async () => {
  const resctrl = makeResctrl();
  const trial = await trialOf(resctrl, { l3CacheSchema: 'L3:0=f', enableMonitoring: true });
  const { id } = trial.bundle;
  const { pid, remove } = created(trial);
  expect(resctrl.read(`${id}/tasks`)).toBe(String(pid));
  expect(resctrl.read(`${id}/mon_groups/${id}/tasks`)).toBe(String(pid));
  expect(resctrl.read(`${id}/schemata`)).toMatch(/L3:0=f\n$/);
  await remove();
  expect(existsSync(join(resctrl.root, id))).toBe(false);
});

test('a class of service that create has made stays when the container goes', async () => {
  const resctrl = makeResctrl();
  const trial = await trialOf(resctrl, { closID: 'gold', memBwSchema: 'MB:0=50', enableMonitoring: true });
  const { pid, remove } = created(trial);
  expect(resctrl.read('gold/tasks')).toBe(String(pid));
  await remove();
  expect(resctrl.read('gold/tasks')).toBe(String(pid));
  expect(existsSync(join(resctrl.root, 'gold/mon_groups', trial.bundle.id))).toBe(false);
});

test('a create that fails leaves no group that it has made', async () => {
  for (const closID of ['', 'gold']) {
    const resctrl = makeResctrl();
    const trial = await trialOf(resctrl, { closID, schemata: ['L3:0=f'], enableMonitoring: true });
    expect(await tryLife({ ...trial, alterPlan: failingAtTheEnd })).toHaveProperty('create');
    expect(existsSync(join(resctrl.root, closID || trial.bundle.id))).toBe(false);
  }
});

test('what can not be had is refused before anything is made', async () => {
  const resctrl = makeResctrl();
  const trial = await trialOf(resctrl, { closID: 'gold' });
  const { create } = await tryLife(trial);
  expect(create).toMatchObject({ message: expect.stringMatching(/^cannot use the class of service "gold": /) as string });
});

test('a container that asks for nothing does not touch resctrl', async () => {
  const resctrl = makeResctrl();
  const { remove } = created(await trialOf(resctrl, undefined));
  expect(resctrl.read('tasks')).toBe('');
  await remove();
});

requires('root', 'busybox', 'nunc', 'no-resctrl')('without a mounted file system it is an error', async () => {
  const message = await refusal((spec) => void (spec.linux.intelRdt = { closID: '/' }));
  expect(message).toBe('cannot use resctrl: no such file system is mounted (/linux/intelRdt)');
});
