// Limits at work: a container goes past each of them, and the kernel's counters say what became of it. The same on v1,
// here, and on v2: scripts/test-vm.sh test/integration/limits.test.ts

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { ask, bundleFor, runBundle } from '../support/ask.ts';
import { type Bundle, type BundleSpec, writeConfig } from '../support/bundle.ts';
import { type Controller, type Disk, diskOf, hierarchyOf } from '../support/cgroup-files.ts';
import { createBundle, eventually, messageOf, startBundle, succeed, untilStatus } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { startRuntime } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'cgroups');
const v2 = requires('root', 'busybox', 'cgroup-v2', 'nunc', 'not-systemd-managed');
const io = requires('root', 'busybox', 'cgroups', 'disk');

const MIB = 1024 * 1024;

type Resources = NonNullable<BundleSpec['linux']['resources']>;

async function limited(script: string, resources: Resources, change?: (spec: BundleSpec) => void): Promise<Bundle> {
  return await bundleFor(script, (spec) => {
    spec.linux.resources = { ...spec.linux.resources, ...resources };
    change?.(spec);
  });
}

interface Files {
  readonly controller: Controller;
  readonly v1: string;
  readonly v2: string;
}

function isV1(controller: Controller): boolean {
  return hierarchyOf(controller)?.version === 1;
}

/** The path of a file of a bundle's cgroup on this host. */
function fileOf({ spec }: Bundle, { controller, v1, v2 }: Files): string {
  const directory = `${hierarchyOf(controller)?.mountpoint ?? ''}${spec.linux.cgroupsPath ?? ''}`;
  return join(directory, isV1(controller) ? v1 : v2);
}

/** The number behind a word in a file of lines such as `oom_kill 1`, or the only number in it. */
function count(bundle: Bundle, files: Files, word = ''): number {
  const text = readFileSync(fileOf(bundle, files), 'utf8');
  return Number(word === '' ? text : (new RegExp(`^${word} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN));
}

const FORKS = { controller: 'pids', v1: 'pids.events', v2: 'pids.events' } as const;
const TASKS = { controller: 'pids', v1: 'pids.current', v2: 'pids.current' } as const;

test('pids.limit: a fork bomb gets no further, and the kernel counts what it has refused', async () => {
  const bundle = await limited('while :; do sleep 1000 & done', { pids: { limit: 20 } });
  await startBundle(bundle);
  await eventually(() => count(bundle, FORKS, 'max'), (refused) => refused > 0);
  expect(count(bundle, TASKS)).toBeLessThanOrEqual(20);
  await succeed(['delete', '--force', bundle.id]);
  expect(existsSync(fileOf(bundle, TASKS))).toBe(false);
});

test('pids.limit 1 is enough for a program that starts no others', async () => {
  const bundle = await limited('(true) || true; echo first', { pids: { limit: 1 } });
  const { stdout, stderr } = await runBundle(bundle);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/can't fork/);
  expect(await ask('echo alone', (spec) => { spec.linux.resources = { pids: { limit: 1 } }; })).toBe('alone');
});

v2('pids.max of a cgroup above the container is what its error tells of when it lets no process in', async () => {
  const bundle = await bundleFor('echo it runs');
  const path = bundle.spec.linux.cgroupsPath ?? '';
  const above = join('/sys/fs/cgroup', path);
  mkdirSync(above, { recursive: true });
  onTestFinished(() => { rmdirSync(above); });
  for (const one of ['/sys/fs/cgroup', dirname(above)]) writeFileSync(`${one}/cgroup.subtree_control`, '+pids');
  writeFileSync(`${above}/pids.max`, '0');
  bundle.spec.linux.cgroupsPath = `${path}/below`;
  writeConfig(bundle);
  const { status, stdout, stderr } = await runBundle(bundle);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(messageOf(stderr)).toMatch(/^cannot make .*: resource temporarily unavailable: too many processes \(pids\.max/);
});

const KILLS = { controller: 'memory', v1: 'memory.oom_control', v2: 'memory.events' } as const;
const MEMORY_PEAK = { controller: 'memory', v1: 'memory.max_usage_in_bytes', v2: 'memory.peak' } as const;

test('memory.limit: who takes more is killed, which is counted', async () => {
  const memory = { limit: 8 * MIB, swap: 8 * MIB };
  const bundle = await limited('tail -c 64m /dev/zero; exec sleep 1000', { memory });
  await startBundle(bundle);
  await eventually(() => count(bundle, KILLS, 'oom_kill'), (kills) => kills === 1);
  if (existsSync(fileOf(bundle, MEMORY_PEAK))) expect(count(bundle, MEMORY_PEAK)).toBeLessThanOrEqual(8 * MIB);
  // Only the one that took it.
  expect(await untilStatus(bundle.id, 'running')).toMatchObject({ id: bundle.id });
});

test('memory.limit: when that is the first process the container ends with 137', async () => {
  const memory = { limit: 8 * MIB, swap: 8 * MIB };
  expect(await runBundle(await limited('exec tail -c 64m /dev/zero', { memory }))).toMatchObject({ status: 137 });
});

const CPU = { controller: 'cpu', v1: 'cpu.stat', v2: 'cpu.stat' } as const;
const QUOTA = 20_000;

/** Microseconds of CPU that the container has had. */
function cpuUsage(bundle: Bundle): number {
  if (!isV1('cpu')) return count(bundle, CPU, 'usage_usec');
  const directory = /^\S+ (\S*)/m.exec(accountingMountpoint())?.[1] ?? '';
  return Number(readFileSync(`${directory}${bundle.spec.linux.cgroupsPath ?? ''}/cpuacct.usage`, 'utf8')) / 1000;
}

function accountingMountpoint(): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts.find((line) => / cgroup \S*\bcpuacct\b/.test(line)) ?? '';
}

test('cpu.quota: two that never rest are throttled, and get what the quota allows', async () => {
  const burn = 'while :; do :; done';
  const bundle = await limited(`${burn} & ${burn}`, { cpu: { quota: QUOTA, period: 100_000 } });
  await startBundle(bundle);
  await eventually(() => count(bundle, CPU, 'nr_throttled'), (throttled) => throttled >= 3, 30_000);
  // In this order: periods that end in between only allow more. What is overdrawn in one period is paid in the next.
  const usage = cpuUsage(bundle);
  expect(usage).toBeLessThanOrEqual((count(bundle, CPU, 'nr_periods') + 3) * QUOTA);
  expect(usage).toBeGreaterThan(0);
  expect(count(bundle, CPU, isV1('cpu') ? 'throttled_time' : 'throttled_usec')).toBeGreaterThan(0);
});

const WRITTEN = { controller: 'blkio', v1: 'blkio.throttle.io_service_bytes', v2: 'io.stat' } as const;

/** Bytes that the container has written to a disk. */
function bytesWritten(bundle: Bundle, { major, minor }: Disk): number {
  const text = readFileSync(fileOf(bundle, WRITTEN), 'utf8');
  const pattern = isV1('blkio') ? ' Write (\\d+)$' : ' .*wbytes=(\\d+)';
  return Number(new RegExp(`^${major}:${minor}${pattern}`, 'm').exec(text)?.[1] ?? 0);
}

io('blockIO.throttleWriteBpsDevice: no more is written than the rate allows for the time', async () => {
  const bundle = await limited('exec dd if=/dev/zero of=/written bs=64k count=1024 oflag=direct 2>/dev/null', {});
  const disk = diskOf(bundle.rootfs);
  bundle.spec.linux.resources = { blockIO: { throttleWriteBpsDevice: [{ ...disk, rate: MIB }] } };
  writeConfig(bundle);
  await createBundle(bundle);
  const begin = performance.now();
  await succeed(['start', bundle.id]);
  await eventually(() => bytesWritten(bundle, disk), (bytes) => bytes >= 2 * MIB, 30_000);
  const bytes = bytesWritten(bundle, disk);
  const seconds = (performance.now() - begin) / 1000;
  // A slow disk only makes it less. The kernel hands out some of a rate in advance.
  expect(bytes).toBeLessThanOrEqual((seconds + 1) * MIB);
  // The process has not got through.
  expect(await untilStatus(bundle.id, 'running')).toMatchObject({ id: bundle.id });
});

const LIMITS: Resources = { memory: { limit: 64 * MIB }, pids: { limit: 77 }, cpu: { quota: 60_000, period: 100_000 } };

const LIMIT_FILES: readonly (Files & { readonly values: readonly [v1: string, v2: string] })[] = [
  { controller: 'memory', v1: 'memory.limit_in_bytes', v2: 'memory.max', values: ['67108864', '67108864'] },
  { controller: 'pids', v1: 'pids.max', v2: 'pids.max', values: ['77', '77'] },
  { controller: 'cpu', v1: 'cpu.cfs_quota_us', v2: 'cpu.max', values: ['60000', '60000 100000'] },
];

const expected = LIMIT_FILES.map(({ controller, values }) => values[isV1(controller) ? 0 : 1]).join('\n');

test('limits are in force when the first program of the container runs', async () => {
  // No shell in between: what it reads is its own.
  const inside = LIMIT_FILES.map(({ controller, v1, v2 }) =>
    isV1(controller) ? `/sys/fs/cgroup/${controllerDirectory(controller)}/${v1}` : `/sys/fs/cgroup/${v2}`);
  expect(await ask('', (spec) => {
    spec.linux.resources = LIMITS;
    const others = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
    spec.linux.namespaces = [...others, { type: 'cgroup' }];
  }, { args: ['cat', ...inside] })).toBe(expected);
});

function controllerDirectory(controller: Controller): string {
  return (hierarchyOf(controller)?.mountpoint ?? '').replace(/^.*\//, '');
}

test('limits are in force, and the container\'s process is under them, when its first hooks run', async () => {
  const names = ['prestart', 'createRuntime', 'createContainer'] as const;
  const bundle = await limited('true', LIMITS);
  const files = LIMIT_FILES.map((one) => fileOf(bundle, one));
  const log = join(bundle.directory, 'log');
  const pid = 'pid=$(sed \'s/.*"pid": *\\([0-9]*\\).*/\\1/\')';
  const procs = files.map((file) => join(file, '../cgroup.procs')).join(' ');
  const script = `exec >>${log}; ${pid}; cat ${files.join(' ')}; cat ${procs} | grep -c "^$pid$"`;
  const hook = { path: '/bin/sh', args: ['sh', '-c', script] };
  bundle.spec.hooks = Object.fromEntries(names.map((name) => [name, [hook]]));
  writeConfig(bundle);
  await createBundle(bundle);
  expect(readFileSync(log, 'utf8').trim()).toBe(names.map(() => `${expected}\n3`).join('\n'));
});

test('a limit that can not be kept is refused before anything runs', async () => {
  const bundle = await limited('echo it runs', { cpu: { quota: 1 } });
  const { ended } = startRuntime(['run', '--bundle', bundle.directory, bundle.id]);
  expect(await ended).toMatchObject({ status: 1, stdout: '' });
});
