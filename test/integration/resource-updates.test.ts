// Changes to the limits of cgroups that are in use, as `update` makes them: partial resources, values that depend on
// one another in either order, and what the kernel refuses. With the driver itself, on cgroups of the test's own.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import { planContents } from '../../src/cgroup/contents.ts';
import type { CreatedCgroups } from '../../src/cgroup/driver.ts';
import { planSettings } from '../../src/cgroup/plan-settings.ts';
import { readPresentLimits } from '../../src/cgroup/present.ts';
import type { LinuxResources } from '../../src/config/types.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Controller, filesOf, hierarchyOf, keepSubtreeControl } from '../support/cgroup-files.ts';
import { hostState, settledDifference } from '../support/host-state.ts';
import { kernel } from '../support/library.ts';
import { eventually } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups');
const v1 = requires('root', 'cgroup-v1');
const v2 = requires('root', 'cgroup-v2');
const hasV1 = hierarchyOf('memory')?.version === 1;

const driver = cgroupfs(kernel());
const facts = probeHost();
const parent = `/nunc-test-${process.pid}-updates`;
const scope = { belongs: [parent] };
const nothing = hostState(scope);
const MB = 1 << 20;

afterAll(keepSubtreeControl());

/** What the running test has made: to be ended, then removed. */
let children: { readonly child: ChildProcess; readonly directory: string }[] = [];
let made: CreatedCgroups[] = [];
let directories: string[] = [];

afterEach(async () => {
  for (const { child, directory } of children) {
    child.kill('SIGKILL');
    await eventually(() => readFileSync(`${directory}/cgroup.procs`, 'utf8'), (pids) => pids === '');
  }
  for (const cgroups of made) driver.removeCgroups(cgroups);
  for (const directory of directories) if (existsSync(directory)) rmdirSync(directory);
  [children, made, directories] = [[], [], []];
  expect(await settledDifference(nothing, scope)).toEqual([]);
});

/** Makes cgroups that go with the test. */
function make(resources: LinuxResources, cgroupsPath = `${parent}/c`): CreatedCgroups {
  const placement = driver.resolvePlacement(facts, { cgroupsPath, id: 'x' });
  const spec = { ociVersion: '1.3.0', linux: { resources } };
  const created = driver.createCgroups(placement, planContents(spec, placement, { facts, annotations: {} }));
  made.push(created);
  return created;
}

function update(cgroups: CreatedCgroups, resources: LinuxResources): void {
  const settings = planSettings(resources, cgroups, { present: readPresentLimits(cgroups) });
  driver.updateCgroups(cgroups, { resources, settings });
}

function directoryOf({ cgroupsPath }: CreatedCgroups, controller: Controller): string {
  return `${hierarchyOf(controller)?.mountpoint}${cgroupsPath}`;
}

function read(cgroups: CreatedCgroups, controller: Controller, ...files: readonly string[]): string[] {
  return files.map((file) => readFileSync(`${directoryOf(cgroups, controller)}/${file}`, 'utf8').trim());
}

const MEMORY = hasV1 ? ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'] : ['memory.max', 'memory.swap.max'];
const countsSwap = filesOf('memory').includes(MEMORY[1] ?? '');

/** The limit of memory, and that of both or of swap alone, as the version has it. */
function memoryOf(cgroups: CreatedCgroups): string[] {
  return read(cgroups, 'memory', ...MEMORY.slice(0, countsSwap ? 2 : 1));
}

const limits = (limit: number, swap: number): string[] => {
  return [limit, hasV1 ? swap : swap - limit].slice(0, countsSwap ? 2 : 1).map(String);
};

/** A process that has used some memory, in a cgroup. */
async function useMemory(cgroups: CreatedCgroups, megabytes: number): Promise<void> {
  const directory = directoryOf(cgroups, 'memory');
  const script = `echo $$ >${directory}/cgroup.procs; x=$(head -c ${megabytes * MB} /dev/zero | tr '\\0' x)
    echo ready; read end`;
  await runIn(directory, script);
}

/** Runs a script that says `ready`. */
async function runIn(directory: string, script: string): Promise<void> {
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push({ child, directory });
  await new Promise((ready) => child.stdout.once('data', ready));
}

describe('updates', () => {
  test('a limit and its total are raised and lowered together', () => {
    const cgroups = make({ memory: { limit: 64 * MB, swap: (countsSwap ? 80 : 64) * MB } });
    const sizes: [number, number][] = countsSwap
      ? [[96, 128], [32, 40], [128, 128], [64, 80]]
      : [[96, 96], [32, 32]];
    for (const [limit, swap] of sizes) {
      update(cgroups, { memory: { limit: limit * MB, swap: swap * MB } });
      expect(memoryOf(cgroups)).toEqual(limits(limit * MB, swap * MB));
    }
    update(cgroups, { memory: { limit: -1 } });
    expect(memoryOf(cgroups)[0]).toBe(hasV1 ? '9223372036854771712' : 'max');
  });

  test('what is not named stays, zeros too', () => {
    const cgroups = make({ memory: { limit: 64 * MB }, cpu: { shares: 512, quota: 20_000, period: 50_000 } });
    update(cgroups, { memory: { limit: 0, reservation: 16 * MB }, cpu: { shares: 0, quota: 0, period: 0 } });
    expect(memoryOf(cgroups)[0]).toBe(String(64 * MB));
    const files = hasV1 ? ['cpu.shares', 'cpu.cfs_quota_us', 'cpu.cfs_period_us'] : ['cpu.weight', 'cpu.max'];
    expect(read(cgroups, 'cpu', ...files)).toEqual(hasV1 ? ['512', '20000', '50000'] : ['59', '20000 50000']);
  });

  test('quota without period, period without quota, and -1', () => {
    const cgroups = make({ cpu: { quota: 20_000, period: 50_000 } });
    const bandwidth = (): string => {
      return read(cgroups, 'cpu', ...(hasV1 ? ['cpu.cfs_quota_us', 'cpu.cfs_period_us'] : ['cpu.max'])).join(' ');
    };
    update(cgroups, { cpu: { quota: 30_000 } });
    expect(bandwidth()).toBe('30000 50000');
    update(cgroups, { cpu: { period: 40_000 } });
    expect(bandwidth()).toBe('30000 40000');
    update(cgroups, { cpu: { quota: -1 } });
    expect(bandwidth()).toBe(hasV1 ? '-1 40000' : 'max 40000');
  });

  test('a burst and its quota change together, whichever has to come first', () => {
    const file = hasV1 ? 'cpu.cfs_burst_us' : 'cpu.max.burst';
    if (!filesOf('cpu').includes(file)) return;
    const cgroups = make({ cpu: { quota: 20_000, burst: 10_000 } });
    for (const [quota, burst] of [[80_000, 70_000], [5000, 1000], [20_000, 20_000]] as const) {
      update(cgroups, { cpu: { quota, burst } });
      expect(read(cgroups, 'cpu', file)).toEqual([String(burst)]);
    }
    update(cgroups, { cpu: { burst: 0 } });
    expect(read(cgroups, 'cpu', file)).toEqual(['0']);
    expect(() => update(cgroups, { cpu: { burst: 30_000 } })).toThrow(expect.objectContaining({
      errno: { name: 'EINVAL', number: 22 },
      origin: '/linux/resources/cpu/burst',
      hint: 'it must not be above the quota',
    }));
  });

  test('shares of an idle cgroup are refused with a reason; idle and shares together are fine', () => {
    if (!filesOf('cpu').includes('cpu.idle')) return;
    const cgroups = make({ cpu: { idle: 1, shares: 512 } });
    const withShares = (): void => update(cgroups, { cpu: { shares: 1024 } });
    expect(withShares).toThrow(expect.objectContaining({
      origin: '/linux/resources/cpu/shares', hint: 'a cgroup with cpu.idle 1 has none',
    }));
    update(cgroups, { cpu: { idle: 0, shares: 512 } });
    expect(read(cgroups, 'cpu', 'cpu.idle', hasV1 ? 'cpu.shares' : 'cpu.weight')).toEqual(['0', hasV1 ? '512' : '59']);
  });

  test('pids: a limit below what is there is taken, and taken back', () => {
    const cgroups = make({ pids: { limit: 10 } });
    for (const [limit, content] of [[0, '1'], [1, '1'], [-1, 'max'], [5, '5']] as const) {
      update(cgroups, { pids: { limit } });
      expect(read(cgroups, 'pids', 'pids.max')).toEqual([content]);
    }
  });

  test('checkBeforeUpdate refuses a limit below what is in use, and leaves everything', async () => {
    const cgroups = make({ memory: { limit: 64 * MB }, pids: { limit: 10 } });
    await useMemory(cgroups, 8);
    const resources = { memory: { limit: 4 * MB, checkBeforeUpdate: true }, pids: { limit: 20 } };
    expect(() => update(cgroups, resources)).toThrow(hasV1
      ? /^cannot set \/linux\/resources\/memory\/limit: .*: device or resource busy$/
      : /^cannot set \/linux\/resources\/memory\/limit: 4194304 is less than the \d+ in use \(".*\/memory\.current"\)$/);
    expect(memoryOf(cgroups)[0]).toBe(String(64 * MB));
    if (!hasV1) expect(read(cgroups, 'pids', 'pids.max')).toEqual(['10']);
  }, 20_000);

  v1('realtime: the parents that a nunc made get what their children need, others keep theirs', () => {
    if (!filesOf('cpu').includes('cpu.rt_runtime_us')) return;
    const one = make({ cpu: { realtimeRuntime: 1000 } }, `${parent}/pod/one`);
    const two = make({ cpu: { realtimeRuntime: 2000, realtimePeriod: 500_000 } }, `${parent}/pod/two`);
    const above = `${hierarchyOf('cpu')?.mountpoint}${parent}`;
    const budgetOf = (path: string): string => readFileSync(`${path}/cpu.rt_runtime_us`, 'utf8').trim();
    expect([above, `${above}/pod`].map(budgetOf)).toEqual(['5000', '5000']);
    update(one, { cpu: { realtimeRuntime: 3000 } });
    expect(read(one, 'cpu', 'cpu.rt_runtime_us')).toEqual(['3000']);
    expect(budgetOf(above)).toBe('7000');
    // Without nunc's mark it is somebody else's.
    chmodSync(`${above}/pod`, 0o755);
    expect(() => update(two, { cpu: { realtimeRuntime: 50_000 } })).toThrow(
      expect.objectContaining({ hint: 'the cgroups above it have less realtime to give' }),
    );
    chmodSync(`${above}/pod`, 0o1755);
  });

  v1('cpuset: an empty parent is filled first; what is outside of the parent is refused with what that has', () => {
    const top = `${hierarchyOf('cpuset')?.mountpoint}${parent}`;
    mkdirSync(top, 0o1755);
    const cgroups = make({ cpu: { cpus: '0' } });
    expect(readFileSync(`${top}/cpuset.cpus`, 'utf8')).not.toBe('\n');
    update(cgroups, { cpu: { cpus: '0', mems: '0' } });
    expect(read(cgroups, 'cpuset', 'cpuset.cpus', 'cpuset.mems')).toEqual(['0', '0']);
    writeFileSync(`${top}/cpuset.cpus`, '0');
    expect(() => update(cgroups, { cpu: { cpus: '1' } })).toThrow(
      expect.objectContaining({ origin: '/linux/resources/cpu/cpus', hint: 'the cgroup above has "0"' }),
    );
  });

  v2('a controller that a cgroup above can not pass on is named, with that cgroup', async () => {
    const top = `/sys/fs/cgroup${parent}`;
    directories.push(top);
    mkdirSync(top);
    writeFileSync(`${top}/cgroup.subtree_control`, '');
    await runIn(top, `echo $$ >${top}/cgroup.procs; echo ready; read end`);
    const limited = { memory: { memory: { limit: MB } }, pids: { pids: { limit: 5 } } };
    for (const [name, resources] of Object.entries(limited)) {
      expect(() => make(resources)).toThrow(expect.objectContaining({
        message: `cannot set /linux/resources/${name}/limit: the cgroup "${top}" does not pass the controller ${name} `
          + 'on: device or resource busy',
        hint: 'it has processes of its own',
      }));
    }
    // Without limits it can be used all the same.
    expect(read(make({}), 'memory', 'cgroup.type')).toEqual(['domain']);
  });
});
