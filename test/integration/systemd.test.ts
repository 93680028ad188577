// Containers whose cgroups systemd manages, on a host that systemd runs: scripts/test-vm.sh --systemd FILE.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { CgroupDriver } from '../../src/cgroup/driver.ts';
import { loadDriver } from '../../src/container/load-driver.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, cgroupPlace, makeBundle, writeConfig } from '../support/bundle.ts';
import { kernel } from '../support/library.ts';
import {
  createBundle, endProcess, eventually, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, stateRoot } from '../support/runtime.ts';
import { isLoaded, showUnit, statusOfUnit } from '../support/systemd.ts';

const test = requires('root', 'systemd', 'systemd-managed', 'nunc');
const v2 = requires('root', 'systemd', 'systemd-managed', 'cgroup-v2', 'nunc');

const unitOf = (bundle: Bundle): string => `nunc-${bundle.id}.scope`;
const sleeper = ['sleep', '1000'];
const directory = (place: string): string => `/sys/fs/cgroup${place}`;

/** Our own words for limits, and systemd's. */
const limits = {
  memory: { limit: 64 << 20, reservation: 32 << 20 },
  cpu: { shares: 512, quota: 25_123, period: 100_000 },
  pids: { limit: 50 },
};

const LIMITED = {
  MemoryMax: String(64 << 20), MemoryLow: String(32 << 20), CPUQuotaPerSecUSec: '260ms', CPUQuotaPeriodUSec: '100ms',
  TasksMax: '50',
};

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

describe('a scope', () => {
  test('has the container in it, and shows it', async () => {
    const bundle = makeBundle({ args: sleeper });
    await startBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    const status = statusOfUnit(unitOf(bundle));
    expect(status).toContain(`● ${unitOf(bundle)} - nunc container nunc-${bundle.id}`);
    expect(status).toContain('Active: active (running)');
    expect(status).toMatch(new RegExp(`└─${pid} sleep 1000`));
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(`:${cgroupPlace(bundle.id)}\n`);
    // The holder has gone: there is one process.
    const procs = readFileSync(`${directory(cgroupPlace(bundle.id))}/cgroup.procs`, 'utf8');
    expect(procs).toBe(`${pid}\n`);
  });

  v2('has the limits as properties and in its files', async () => {
    const bundle = makeBundle({ args: sleeper, mutate: ({ linux }) => { linux.resources = limits; } });
    await startBundle(bundle);
    const shown = showUnit(unitOf(bundle));
    expect(Object.fromEntries(Object.keys(LIMITED).map((name) => [name, shown.get(name)]))).toEqual(LIMITED);
    const file = (name: string): string => readFileSync(`${directory(cgroupPlace(bundle.id))}/${name}`, 'utf8').trim();
    expect([file('memory.max'), file('memory.low'), file('pids.max')]).toEqual([String(64 << 20), String(32 << 20), '50']);
    // Exact here; systemd would have 26 %.
    expect(file('cpu.max')).toBe('25123 100000');
    expect(file('cpu.weight')).toBe(shown.get('CPUWeight'));
  });

  v2('keeps its limits when systemd reads all its units again', async () => {
    const bundle = makeBundle({ args: sleeper, mutate: ({ linux }) => { linux.resources = limits; } });
    await startBundle(bundle);
    const file = (name: string): string => readFileSync(`${directory(cgroupPlace(bundle.id))}/${name}`, 'utf8').trim();
    const before = ['memory.max', 'memory.low', 'pids.max', 'cpu.weight'].map(file);
    execFileSync('systemctl', ['daemon-reload']);
    expect(['memory.max', 'memory.low', 'pids.max', 'cpu.weight'].map(file)).toEqual(before);
    expect((await stateOf(bundle.id)).status).toBe('running');
  });

  test('is what it was before, after daemon-reexec', async () => {
    const bundle = makeBundle({ args: sleeper });
    await startBundle(bundle);
    execFileSync('systemctl', ['daemon-reexec']);
    await eventually(() => showUnit(unitOf(bundle)).get('ActiveState'), (state) => state === 'active');
    await succeed(['delete', '--force', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  test('goes with the container', async () => {
    const bundle = makeBundle({ args: sleeper });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    expect(isLoaded(unitOf(bundle))).toBe(true);
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
    expect(existsSync(directory(cgroupPlace(bundle.id)))).toBe(false);
    await watch.nothingLeft();
  });

  test('can be stopped by systemd, which stops the container', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'] });
    await startBundle(bundle);
    execFileSync('systemctl', ['stop', unitOf(bundle)]);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
  });

  test('takes its processes along when they outlive the init', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'sleep 1000 & sleep 1001 & exec true'],
      mutate: ({ linux }) => { linux.namespaces = linux.namespaces?.filter(({ type }) => type !== 'pid') ?? []; },
    });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  test('serves a container in the foreground', async () => {
    const bundle = makeBundle({ args: ['cat', '/proc/self/cgroup'] });
    const watch = watchHost(bundle);
    const output = await succeed(['run', '--bundle', bundle.directory, bundle.id]);
    // A cgroup namespace of its own, whose root is the scope.
    expect(output).toContain('0::/\n');
    await watch.nothingLeft();
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  test('is nothing that 8 creates at a time get mixed up', async () => {
    const bundles = Array.from({ length: 8 }, () => makeBundle({ args: sleeper }));
    await Promise.all(bundles.map(startBundle));
    for (const bundle of bundles) {
      const { pid } = await stateOf(bundle.id);
      expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(`:${cgroupPlace(bundle.id)}\n`);
    }
    await Promise.all(bundles.map(({ id }) => succeed(['delete', '--force', id])));
    expect(bundles.map((bundle) => isLoaded(unitOf(bundle)))).toEqual(bundles.map(() => false));
  }, 60_000);
});

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

  v2('replaces a unit that has failed and was left', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'tail /dev/zero'],
      mutate: ({ linux }) => { linux.resources = { memory: { limit: 16 << 20, swap: 16 << 20 } }; },
    });
    // No process may be left: the kernel's kill makes the scope a failed one when it is empty.
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await eventually(() => showUnit(unitOf(bundle)).get('ActiveState'), (state) => state === 'failed');
    bundle.spec.process.args = sleeper;
    writeConfig(bundle);
    const second = `${bundle.id}-2`;
    await succeed(['create', '--bundle', bundle.directory, second], { output: join(bundle.directory, 'second') });
    expect(showUnit(unitOf(bundle)).get('ActiveState')).toBe('active');
    await succeed(['delete', '--force', second]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
  });

  v2('and delete forget a unit that the kernel has killed for its memory', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'tail /dev/zero'],
      mutate: ({ linux }) => { linux.resources = { memory: { limit: 16 << 20, swap: 16 << 20 } }; },
    });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await eventually(() => showUnit(unitOf(bundle)).get('ActiveState'), (state) => state === 'failed');
    await succeed(['delete', bundle.id]);
    expect(isLoaded(unitOf(bundle))).toBe(false);
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

describe('the driver', () => {
  v2('changes properties and files', async () => {
    const driver: CgroupDriver = await loadDriver(kernel(), 'systemd');
    const id = `driver-${process.pid}`;
    const placement = driver.resolvePlacement(probeHost(), { id, cgroupsPath: `${cgroupPlace('x').split('/')[1]}:nunc:${id}` });
    const created = driver.createCgroups(placement);
    onTestFinished(() => driver.removeCgroups(created));
    const [cgroup] = created.cgroups;
    const [pid] = readFileSync(`${cgroup?.path}/cgroup.procs`, 'utf8').split('\n').map(Number);
    expect(created.unit?.name).toBe(`nunc-${id}.scope`);
    const settings = [
      { origin: '', cgroup: 0, file: 'memory.max', value: String(32 << 20) },
      { origin: '', cgroup: 0, file: 'cpu.max', value: '12345 100000' },
    ];
    driver.updateCgroups(created, { resources: {}, settings });
    const shown = showUnit(`nunc-${id}.scope`);
    expect([shown.get('MemoryMax'), shown.get('CPUQuotaPerSecUSec')]).toEqual([String(32 << 20), '130ms']);
    expect(readFileSync(`${cgroup?.path}/cpu.max`, 'utf8')).toBe('12345 100000\n');
    // Nobody has joined: the scope goes with its holder.
    driver.settleCgroups(created);
    expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
    await eventually(() => isLoaded(`nunc-${id}.scope`), (loaded) => !loaded);
    driver.removeCgroups(created);
    endProcess(pid ?? 0);
  });
});

describe('runc', () => {
  const both = requires('root', 'systemd', 'systemd-managed', 'runc', 'nunc');

  /** What differs, and why. */
  const DIFFERENT: Readonly<Record<string, string>> = {
    // For the same words of config.json.
    Description: 'each says its own name',
    DevicePolicy: "runc has systemd's device rules, nunc its own program, which no daemon-reload takes away",
    DeviceAllow: 'as DevicePolicy',
    CPUWeight: "runc 1.1.5 has the older formula: weight 20 for 512 shares, where today's tools have 59",
    MemorySwapMax: 'runc says memory.swap, which is not asked for here, as 0',
    DropInPaths: 'runc sets limits when the scope is there, nunc starts it with them',
    NeedDaemonReload: 'as DropInPaths',
  };

  both('makes a scope with the same properties, at the same place', async () => {
    const units: Map<string, string>[] = [];
    const places: string[] = [];
    for (const program of [undefined, 'runc']) {
      const bundle = makeBundle({ args: sleeper, mutate: ({ linux }) => { linux.resources = limits; } });
      const options = program === undefined ? {} : { program };
      const output = join(bundle.directory, 'output');
      const result = await runtime(['create', '--bundle', bundle.directory, bundle.id], { ...options, output });
      expect(result.status, readFileSync(output, 'utf8')).toBe(0);
      const { pid } = JSON.parse(await succeed(['state', bundle.id], options)) as { pid: number };
      places.push(readFileSync(`/proc/${pid}/cgroup`, 'utf8').replaceAll(bundle.id, 'ID'));
      const shown = showUnit(unitOf(bundle));
      for (const [name, value] of shown) shown.set(name, value.replaceAll(bundle.id, 'ID'));
      units.push(shown);
      await succeed(['delete', '--force', bundle.id], options);
    }
    expect(places[0]).toBe(places[1]);
    const [ours, theirs] = units;
    const varying = /Timestamp|Current|Usage|^ControlGroupId|^InvocationID|Available|^IO(Read|Write)|^IP(In|E)gress/;
    const different = [...(theirs ?? [])].filter(([name, value]) => !varying.test(name) && ours?.get(name) !== value);
    expect(different.filter(([name]) => !(name in DIFFERENT))).toEqual([]);
  });
});
