// create with systemd as the manager of cgroups: what it takes and refuses, and what it leaves when it fails. Needs
// scripts/test-vm.sh --systemd.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle, writeConfig } from '../support/bundle.ts';
import {
  createBundle, eventually, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';
import { isLoaded, showUnit } from '../support/systemd.ts';

const test = requires('root', 'systemd', 'systemd-managed', 'nunc');
const v2 = requires('root', 'systemd', 'systemd-managed', 'cgroup-v2', 'nunc');

const unitOf = (bundle: Bundle): string => `nunc-${bundle.id}.scope`;
const sleeper = ['sleep', '1000'];

/** Annotations that make create fail, and what it says. */
const REFUSED = [
  ['Bogus', '1', /^cannot start the unit ".*": Cannot set property Bogus, or unknown property\. \(.*PropertyReadOnly\)$/],
  ['TimeoutStopUSec', '5', /^cannot start the unit ".*": .*Unexpected message contents.*$/],
  ['CollectMode', 'inactive', /annotation org.systemd.property.CollectMode=inactive: value parse error/],
] as const;

const FORM = 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got';
const NO_UNITS = [
  ['/absolute', `${FORM} "/absolute" instead`],
  ['foo:bar:baz', 'invalid slice name: foo'],
  ['a--b.slice:x:y', 'invalid slice name: a--b.slice'],
  ['a.slice:x:y/z', 'invalid unit name: "x-y/z.scope"'],
] as const;

describe('annotations', () => {
  test('become properties of the scope', async () => {
    const bundle = makeBundle({ args: sleeper });
    bundle.spec.annotations = {
      'org.systemd.property.TimeoutStopSec': '5',
      'org.systemd.property.CollectMode': "'inactive-or-failed'",
      'org.systemd.property.Description': "'mine'",
      'org.systemd.property.After': "['basic.target']",
    };
    writeConfig(bundle);
    await startBundle(bundle);
    const shown = showUnit(unitOf(bundle));
    expect(shown.get('TimeoutStopUSec')).toBe('5s');
    expect(shown.get('CollectMode')).toBe('inactive-or-failed');
    expect(shown.get('Description')).toBe('mine');
    expect(shown.get('After')?.split(' ')).toContain('basic.target');
    await succeed(['delete', '--force', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  for (const [name, value, message] of REFUSED) {
    test(`that systemd does not take end create, with nothing left: ${name}=${value}`, async () => {
      const bundle = makeBundle({ args: sleeper });
      bundle.spec.annotations = { [`org.systemd.property.${name}`]: value };
      writeConfig(bundle);
      const watch = watchHost(bundle);
      expect(await refusal(['create', '--bundle', bundle.directory, bundle.id])).toMatch(message);
      await watch.nothingLeft();
      expect(isLoaded(unitOf(bundle))).toBe(false);
    });
  }
});

describe('create', () => {
  test('leaves no unit when the init fails', async () => {
    const bundle = makeBundle({ args: sleeper, mutate: ({ mounts }) => {
      mounts.push({ destination: '/x', type: 'nosuchfs', source: 'x' });
    } });
    const watch = watchHost(bundle);
    expect(await refusal(['create', '--bundle', bundle.directory, bundle.id])).toContain('no such device');
    await watch.nothingLeft();
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  test('leaves alone a unit of that name which runs', async () => {
    const bundle = makeBundle({ args: sleeper });
    await startBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    expect(await refusal(['create', '--bundle', bundle.directory, `${bundle.id}-2`])).toMatch(/UnitExists/);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running', pid });
    expect(isLoaded(unitOf(bundle))).toBe(true);
    expect(existsSync(join(stateRoot(), `${bundle.id}-2`))).toBe(false);
  });

  /** A container whose scope systemd has ended, and keeps as a failed one. */
  async function startFailing(): Promise<Bundle> {
    const bundle = makeBundle({ args: sleeper });
    bundle.spec.annotations = {
      'org.systemd.property.RuntimeMaxSec': '1', 'org.systemd.property.TimeoutStopSec': '1',
    };
    writeConfig(bundle);
    await startBundle(bundle);
    await eventually(() => showUnit(unitOf(bundle)).get('ActiveState'), (state) => state === 'failed', 20_000);
    await untilStatus(bundle.id, 'stopped');
    return bundle;
  }

  test('replaces a unit that has failed and was left', async () => {
    const bundle = await startFailing();
    bundle.spec.annotations = {};
    writeConfig(bundle);
    const second = `${bundle.id}-2`;
    await succeed(['create', '--bundle', bundle.directory, second], { output: join(bundle.directory, 'second') });
    expect(showUnit(unitOf(bundle)).get('ActiveState')).toBe('active');
    await succeed(['delete', '--force', second]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  }, 30_000);

  test('and delete forget a unit that has failed', async () => {
    const bundle = await startFailing();
    await succeed(['delete', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  }, 30_000);

  v2('leaves no unit when the kernel kills the container for its memory', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'tail /dev/zero'],
      mutate: ({ linux }) => { linux.resources = { memory: { limit: 16 << 20, swap: 16 << 20 } }; },
    });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  v2('lets the init in below the smallest limits of tasks', async () => {
    for (const limit of [1, 2]) {
      const bundle = makeBundle({ args: sleeper, mutate: ({ linux }) => { linux.resources = { pids: { limit } }; } });
      await startBundle(bundle);
      expect(showUnit(unitOf(bundle)).get('TasksMax')).toBe(String(limit));
      const place = `/sys/fs/cgroup/${showUnit(unitOf(bundle)).get('ControlGroup') ?? ''}`;
      expect(readFileSync(`${place}/pids.max`, 'utf8')).toBe(`${limit}\n`);
    }
  });

  test('that is killed leaves a unit which delete --force removes', async () => {
    const bundle = makeBundle({ args: sleeper });
    await createBundle(bundle);
    // As if create had died before it could tell what it had made.
    const file = join(stateRoot(), bundle.id, 'state.json');
    const { cgroups: { made: _, ...cgroups }, ...state } = JSON.parse(readFileSync(file, 'utf8')) as {
      cgroups: Record<string, unknown>;
    };
    writeFileSync(file, JSON.stringify({ ...state, cgroups }));
    await succeed(['delete', '--force', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  for (const [cgroupsPath, message] of NO_UNITS) {
    test(`refuses the cgroupsPath ${cgroupsPath}`, async () => {
      const bundle = makeBundle({ args: sleeper });
      bundle.spec.linux.cgroupsPath = cgroupsPath;
      writeConfig(bundle);
      expect(await refusal(['create', '--bundle', bundle.directory, bundle.id])).toContain(message);
    });
  }

  test('has a scope for a container without a cgroupsPath', async () => {
    const bundle = makeBundle({ args: sleeper });
    delete bundle.spec.linux.cgroupsPath;
    writeConfig(bundle);
    await startBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(`:/system.slice/nunc-${bundle.id}.scope\n`);
    await succeed(['delete', '--force', bundle.id]);
  });

  test('says which bus it can not reach', async () => {
    const bundle = makeBundle({ args: sleeper });
    const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent' } as Record<string, string>;
    const args = ['create', '--bundle', bundle.directory, bundle.id];
    expect(await refusal(args, { env })).toBe('cannot connect to "/nonexistent": no such file or directory');
    expect(existsSync(join(stateRoot(), bundle.id))).toBe(false);
  });
});
