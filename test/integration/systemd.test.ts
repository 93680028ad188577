// Containers whose cgroups systemd manages, on a host that systemd runs: scripts/test-vm.sh --systemd FILE.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { CgroupDriver } from '../../src/cgroup/driver.ts';
import { loadDriver } from '../../src/container/load-driver.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, cgroupPlace, makeBundle } from '../support/bundle.ts';
import { kernel } from '../support/library.ts';
import {
  endProcess, eventually, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { isLoaded, showUnit, statusOfUnit } from '../support/systemd.ts';

const test = requires('root', 'systemd', 'systemd-managed', 'nunc');
const v2 = requires('root', 'systemd', 'systemd-managed', 'cgroup-v2', 'nunc');

const unitOf = (bundle: Bundle): string => `nunc-${bundle.id}.scope`;
const sleeper = ['sleep', '1000'];
/** In the hierarchy in which systemd counts processes. */
const kept = probeHost().hierarchies
  .find(({ version, controllers }) => version === 2 || controllers.includes('name=systemd'));
const directory = (place: string): string => `${kept?.mountpoint ?? ''}${place}`;

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
    const written = ['memory.max', 'memory.low', 'pids.max'].map(file);
    expect(written).toEqual([String(64 << 20), String(32 << 20), '50']);
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

  const REFUSED = 'Operation not permitted';
  const EVERYTHING = { access: 'rwm' } as const;
  const DEVICE = { type: 'c', major: 1, minor: 10, access: 'rw' } as const;
  /** Lists of rules, and what opening the device comes to: nothing is behind it, ENXIO is for who may open it. */
  const RULES = [
    ['nothing', [{ allow: false, ...EVERYTHING }], REFUSED],
    ['one device', [{ allow: false, ...EVERYTHING }, { allow: true, ...DEVICE }], 'No such device or address'],
    ['all but one device', [{ allow: true, ...EVERYTHING }, { allow: false, ...DEVICE }], REFUSED],
    ['everything', [{ allow: true, ...EVERYTHING }], 'No such device or address'],
  ] as const;

  for (const [name, devices, answer] of RULES) {
    test(`keeps device rules that allow ${name} when systemd applies it again`, async () => {
      const script = 'for i in 1 2 3 4; do while [ ! -e /go$i ]; do sleep 0.1; done; '
        + '{ head -c1 /dev/x; head -c1 /dev/zero | wc -c; } >/said$i 2>&1; touch /done$i; done; sleep 1000';
      const bundle = makeBundle({
        args: ['sh', '-c', script],
        mutate: ({ linux, root }) => {
          root.readonly = false;
          linux.devices = [...linux.devices ?? [], { path: '/dev/x', type: 'c', major: 1, minor: 10 }];
          linux.resources = { devices: devices.map((rule) => ({ ...rule })) };
        },
      });
      const file = (...parts: string[]): string => join(bundle.rootfs, parts.join(''));
      const opens = async (round: string): Promise<string> => {
        writeFileSync(file('go', round), '');
        await eventually(() => existsSync(file('done', round)), (done) => done);
        return readFileSync(file('said', round), 'utf8');
      };
      await startBundle(bundle);
      const said = await opens('1');
      expect(said).toMatch(new RegExp(`${answer}\n1\n$`));
      await succeed(['update', '--pids-limit', '50', bundle.id]);
      expect(await opens('2')).toBe(said);
      execFileSync('systemctl', ['daemon-reload']);
      expect(await opens('3')).toBe(said);
      await succeed(['update', '--pids-limit', '51', bundle.id]);
      expect(await opens('4')).toBe(said);
    });
  }

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
    for (const line of output.trim().split('\n')) expect(line).toMatch(/:\/$/);
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

describe('the driver', () => {
  v2('changes properties and files', async () => {
    const driver: CgroupDriver = await loadDriver(kernel(), 'systemd');
    const id = `driver-${process.pid}`;
    const cgroupsPath = `${cgroupPlace('x').split('/')[1]}:nunc:${id}`;
    const placement = driver.resolvePlacement(probeHost(), { id, cgroupsPath });
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
