// Cgroups that create finds: which it takes, which it refuses, and that it leaves those as they are.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished } from 'vitest';
import type { PlacedCgroup } from '../../src/cgroup/driver.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle, writeConfig } from '../support/bundle.ts';
import { createBundle, outputOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, startProgram } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const { hierarchies, cgroupMode } = probeHost();

/** Makes the cgroups of a bundle, or one below them, in some hierarchies, before there is a container. */
function makeCgroups({ spec }: Bundle, below = '', which: (place: PlacedCgroup) => boolean = () => true): string[] {
  const base = spec.linux.cgroupsPath ?? '';
  const made: string[] = [];
  for (const hierarchy of hierarchies) {
    const path = hierarchy.mountpoint + base;
    if (!which({ ...hierarchy, path })) continue;
    mkdirSync(path + below, { recursive: true });
    made.push(path + below);
    onTestFinished(() => {
      for (const directory of [path + below, path]) if (existsSync(directory)) rmdirSync(directory);
    });
  }
  return made;
}

function enter(directory: string): void {
  const { child, ended } = startProgram(['sleep', '60']);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  writeFileSync(`${directory}/cgroup.procs`, String(child.pid));
}

const FREEZER = cgroupMode === 'v2' ? { file: 'cgroup.freeze', on: '1', off: '0' }
  : { file: 'freezer.state', on: 'FROZEN', off: 'THAWED' };

function freeze(directory: string): void {
  writeFileSync(`${directory}/${FREEZER.file}`, FREEZER.on);
  onTestFinished(() => {
    if (existsSync(directory)) writeFileSync(`${directory}/${FREEZER.file}`, FREEZER.off);
  });
}

const isFreezer = ({ version, controllers }: PlacedCgroup): boolean =>
  version === 1 ? controllers.includes('freezer') : cgroupMode === 'v2';

/** Expects create to be refused, and nothing to be left but what was there. */
async function refused(bundle: Bundle): Promise<string> {
  const watch = watchHost(bundle);
  const { status } = await runtime(['create', '--bundle', bundle.directory, bundle.id], { output: outputOf(bundle) });
  const message = readFileSync(outputOf(bundle), 'utf8');
  expect(status, message).toBe(1);
  await watch.nothingLeft();
  return message;
}

describe('create in a cgroup that is there', () => {
  test('takes one that is empty, and leaves it', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const made = makeCgroups(bundle);
    await createBundle(bundle);
    await succeed(['delete', bundle.id]);
    for (const directory of made) expect(existsSync(directory)).toBe(true);
  });

  for (const { version, controllers } of hierarchies) {
    const name = version === 2 ? 'v2' : controllers.join(',');
    // v1's cpuset takes nobody until it has CPUs.
    if (version === 1 && controllers.includes('cpuset')) continue;
    const isThis = (place: PlacedCgroup): boolean =>
      place.version === version && place.controllers.join() === controllers.join();

    test(`refuses one with a process (${name})`, async () => {
      const bundle = makeBundle();
      const [directory = ''] = makeCgroups(bundle, '', isThis);
      enter(directory);
      const message = `container's cgroup is not empty: 1 process(es) found in \\"${directory}\\"`;
      expect(await refused(bundle)).toContain(message);
    });
  }

  test('refuses one with a process in a cgroup below', async () => {
    const bundle = makeBundle();
    const [first = ''] = makeCgroups(bundle, '/below', isFreezer);
    enter(first);
    expect(await refused(bundle)).toContain("container's cgroup is not empty: 1 process(es) found");
  });

  test('changes nothing in those that it refuses', async () => {
    const bundle = makeBundle();
    const made = makeCgroups(bundle);
    const cpusets = made.filter((directory) => existsSync(`${directory}/cpuset.cpus`));
    const occupied = made.find((directory) => !cpusets.includes(directory)) ?? made[0] ?? '';
    const values = (): string[] => cpusets.map((directory) => readFileSync(`${directory}/cpuset.cpus`, 'utf8'));
    const before = values();
    enter(occupied);
    await refused(bundle);
    expect(values()).toEqual(before);
  });

  test('refuses one that is frozen', async () => {
    const bundle = makeBundle();
    const [directory = ''] = makeCgroups(bundle, '', isFreezer);
    freeze(directory);
    expect(await refused(bundle)).toContain("container's cgroup unexpectedly frozen");
  });

  for (const exists of [true, false]) {
    // runc waits for ever.
    test(`refuses ${exists ? 'one' : 'to make one'} below a frozen one`, async () => {
      const bundle = makeBundle();
      const [parent = ''] = makeCgroups(bundle, '', isFreezer);
      bundle.spec.linux.cgroupsPath = `${bundle.spec.linux.cgroupsPath ?? ''}/below`;
      writeConfig(bundle);
      if (exists) makeCgroups(bundle, '', isFreezer);
      freeze(parent);
      expect(await refused(bundle)).toContain("container's cgroup unexpectedly frozen");
      expect(existsSync(`${parent}/below`)).toBe(exists);
    });
  }
});
