// events --stats: every number against the kernel's own files, and the whole against runc's of the same container.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { resolvePlacement } from '../../src/cgroup/placement.ts';
import { readStatistics } from '../../src/cgroup/stats/statistics.ts';
import { statsEvent } from '../../src/container/event-text.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { createBundle, eventually, startBundle, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, stateRoot } from '../support/runtime.ts';
import {
  at, controllers, directoryOf, type Event, kernelFile, onV1, parseEvent, writeKernelFile,
} from '../support/statistics.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const runcTest = requires('root', 'cgroups', 'busybox', 'runc', 'nunc');

const MIB = 1024 * 1024;

/** Uses what is counted, more than one period's CPU time too, and then only waits. */
const program = `dd if=/dev/zero of=/file bs=64k count=8 conv=fsync 2>/dev/null
i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done
exec sleep 1000`;

/** Waits until the container only waits. */
async function settled(bundle: Bundle): Promise<void> {
  await eventually(() => kernelFile(bundle, 'pids', 'cgroup.procs') ?? '', (pids) => {
    return /^\d+$/.test(pids) && readFileSync(`/proc/${pids}/cmdline`, 'latin1').startsWith('sleep\0');
  }, 60_000);
}

async function statistics(id: string): Promise<string> {
  return await succeed(['events', '--stats', id]);
}

/** A field of the statistics and where the kernel has it: a file, and the key in it if it has several. */
type Source = readonly [file: string, key?: string, factor?: bigint];
type Field = readonly [path: string, controller: string, v1: Source | undefined, v2: Source | undefined];

const memoryFields: readonly Field[] = [
  ['memory.usage.limit', 'memory', ['memory.limit_in_bytes'], ['memory.max']],
  ['memory.usage.usage', 'memory', ['memory.usage_in_bytes'], ['memory.current']],
  ['memory.usage.max', 'memory', ['memory.max_usage_in_bytes'], ['memory.peak']],
  ['memory.usage.failcnt', 'memory', ['memory.failcnt'], undefined],
  ['memory.swap.limit', 'memory', ['memory.memsw.limit_in_bytes'], undefined],
  ['memory.swap.usage', 'memory', ['memory.memsw.usage_in_bytes'], undefined],
  ['memory.swap.max', 'memory', ['memory.memsw.max_usage_in_bytes'], undefined],
  ['memory.swap.failcnt', 'memory', ['memory.memsw.failcnt'], undefined],
  ['memory.kernel.limit', 'memory', ['memory.kmem.limit_in_bytes'], undefined],
  ['memory.kernel.usage', 'memory', ['memory.kmem.usage_in_bytes'], undefined],
  ['memory.kernel.max', 'memory', ['memory.kmem.max_usage_in_bytes'], undefined],
  ['memory.kernelTCP.limit', 'memory', ['memory.kmem.tcp.limit_in_bytes'], undefined],
  ['memory.kernelTCP.usage', 'memory', ['memory.kmem.tcp.usage_in_bytes'], undefined],
  ['memory.cache', 'memory', ['memory.stat', 'cache'], ['memory.stat', 'file']],
  ['memory.raw.pgfault', 'memory', ['memory.stat', 'pgfault'], ['memory.stat', 'pgfault']],
];

const otherFields: readonly Field[] = [
  ['pids.current', 'pids', ['pids.current'], ['pids.current']],
  ['pids.limit', 'pids', ['pids.max'], ['pids.max']],
  ['cpu.usage.total', 'cpuacct', ['cpuacct.usage'], ['cpu.stat', 'usage_usec', 1000n]],
  ['cpu.usage.user', 'cpuacct', ['cpuacct.stat', 'user', 10_000_000n], ['cpu.stat', 'user_usec', 1000n]],
  ['cpu.usage.kernel', 'cpuacct', ['cpuacct.stat', 'system', 10_000_000n], ['cpu.stat', 'system_usec', 1000n]],
  ['cpu.throttling.periods', 'cpu', ['cpu.stat', 'nr_periods'], ['cpu.stat', 'nr_periods']],
  ['cpu.throttling.throttledPeriods', 'cpu', ['cpu.stat', 'nr_throttled'], ['cpu.stat', 'nr_throttled']],
  ['cpu.throttling.throttledTime', 'cpu', ['cpu.stat', 'throttled_time'], ['cpu.stat', 'throttled_usec', 1000n]],
  ['cpuset.cpu_exclusive', 'cpuset', ['cpuset.cpu_exclusive'], undefined],
  ['cpuset.mem_exclusive', 'cpuset', ['cpuset.mem_exclusive'], undefined],
  ['cpuset.mem_hardwall', 'cpuset', ['cpuset.mem_hardwall'], undefined],
  ['cpuset.memory_migrate', 'cpuset', ['cpuset.memory_migrate'], undefined],
  ['cpuset.memory_pressure', 'cpuset', ['cpuset.memory_pressure'], undefined],
  ['cpuset.memory_spread_page', 'cpuset', ['cpuset.memory_spread_page'], undefined],
  ['cpuset.memory_spread_slab', 'cpuset', ['cpuset.memory_spread_slab'], undefined],
  ['cpuset.sched_load_balance', 'cpuset', ['cpuset.sched_load_balance'], undefined],
  ['cpuset.sched_relax_domain_level', 'cpuset', ['cpuset.sched_relax_domain_level'], undefined],
];

const fields = [...memoryFields, ...otherFields];
/** Those that are printed even when they are zero. */
const always = /failcnt$|limit$|^cpuset|^cpu\.usage\.(user|kernel)|raw/;

/** What a field is to be; undefined when it is left out. */
function expectedOf(bundle: Bundle, [path, controller, v1, v2]: Field): string | undefined {
  const [file, key, factor = 1n] = (onV1 ? v1 : v2) ?? [];
  const text = file === undefined ? undefined : kernelFile(bundle, controller, file);
  if (text === undefined) return undefined;
  const line = key === undefined ? text : text.split('\n').find((entry) => entry.startsWith(`${key} `));
  const value = (line ?? '0').split(' ').at(-1) ?? '';
  // No limit of pids is none at all.
  if (value === 'max') return path === 'pids.limit' ? undefined : '18446744073709551615';
  const number = BigInt(value) * factor;
  return number === 0n && (!always.test(path) || path === 'pids.limit') ? undefined : number.toString();
}

/** What the kernel has and what the runtime prints, of a moment in which nothing of it has changed. */
async function atOnce<T>(bundle: Bundle, kernel: () => T): Promise<{ expected: T; actual: Event; text: string }> {
  const { before, text } = await eventually(
    async () => ({ before: kernel(), text: await statistics(bundle.id), after: kernel() }),
    ({ before: first, after }) => JSON.stringify(first) === JSON.stringify(after),
  );
  return { expected: before, actual: parseEvent(text), text };
}

function numbersOf(bundle: Bundle): (string | undefined)[] {
  return fields.map((field) => expectedOf(bundle, field));
}

/** Fields that v1 or v2 does not have, as the table says, are not looked at. */
function pick(event: Event): unknown[] {
  return fields.map(([path, , v1, v2]) => ((onV1 ? v1 : v2) === undefined ? undefined : at(event, path)));
}

/** As Go's omitempty. */
function omitZeros(entry: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== '0'));
}

/** As the kernel writes lists: "0-2,7". */
function joinRanges(list: unknown): string {
  let text = '';
  let last = -2;
  for (const number of (list as string[]).map(Number)) {
    const follows = number === last + 1;
    if (follows) text = `${text.replace(/-\d+$/, '')}-${number}`;
    else text += `${text === '' ? '' : ','}${number}`;
    last = number;
  }
  return text;
}

describe('events --stats', () => {
  test('has the numbers of the kernel, with limits', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', program] });
    await createBundle(bundle);
    const quotaV1 = { 'cpu.cfs_period_us': 10_000, 'cpu.cfs_quota_us': 5000 };
    const limits = onV1
      ? { 'memory.limit_in_bytes': 64 * MIB, 'memory.memsw.limit_in_bytes': 96 * MIB, ...quotaV1 }
      : { 'memory.max': 64 * MIB, 'memory.swap.max': 32 * MIB, 'cpu.max': '5000 10000' };
    for (const [file, value] of Object.entries({ ...limits, 'pids.max': 20 })) writeKernelFile(bundle, file, value);
    await succeed(['start', bundle.id]);
    await settled(bundle);
    const { expected, actual } = await atOnce(bundle, () => numbersOf(bundle));
    expect(pick(actual)).toEqual(expected);
    expect(at(actual, 'memory.usage.limit')).toBe(String(64 * MIB));
    expect(at(actual, 'memory.swap.limit')).toBe(String(96 * MIB));
    expect(at(actual, 'pids')).toEqual({ current: '1', limit: '20' });
    expect(at(actual, 'cpu.throttling.periods')).toMatch(/^[1-9]/);
    expect(actual).toMatchObject({ type: 'stats', id: bundle.id });
  });

  test('has exact numbers where there is no limit', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', program] });
    await startBundle(bundle);
    await settled(bundle);
    const { expected, actual, text } = await atOnce(bundle, () => numbersOf(bundle));
    expect(pick(actual)).toEqual(expected);
    const none = onV1 ? '9223372036854771712' : '18446744073709551615';
    expect(text).toContain('"memory":{');
    expect(text).toContain(`"usage":{"limit":${none},`);
    expect(text).toContain(`"swap":{"limit":${none},`);
    expect(text).not.toContain('"limit":1.8');
    expect(at(actual, 'pids')).toEqual({ current: '1' });
  });

  test('has what was written to block devices', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', program] });
    await startBundle(bundle);
    await settled(bundle);
    const file = onV1 ? 'blkio.throttle.io_service_bytes_recursive' : 'io.stat';
    const { expected, actual } = await atOnce(bundle, () => kernelFile(bundle, 'blkio', file) ?? '');
    const written = [...expected.matchAll(/^(\d+):(\d+) .*(?:Write |wbytes=)(\d+)/gm)];
    // A temporary directory on a tmpfs has no device.
    for (const [, major, minor, value] of written) {
      const entry = omitZeros({ major, minor, op: 'Write', value });
      expect(at(actual, 'blkio.ioServiceBytesRecursive')).toContainEqual(entry);
    }
    if (written.length === 0) expect(at(actual, 'blkio')).not.toHaveProperty('ioServiceBytesRecursive');
  });

  nuncTest('has lists by CPU, CPUs and memory nodes, huge pages', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', program] });
    await startBundle(bundle);
    await settled(bundle);
    const actual = parseEvent(await statistics(bundle.id));
    const file = (controller: string, name: string): string => kernelFile(bundle, controller, name) ?? '';
    if (onV1) {
      expect(at(actual, 'cpu.usage.percpu')).toEqual(file('cpuacct', 'cpuacct.usage_percpu').split(' '));
      const lines = file('cpuacct', 'cpuacct.usage_all').split('\n').slice(1).map((line) => line.split(' '));
      expect(at(actual, 'cpu.usage.percpu_user')).toEqual(lines.map((line) => line[1]));
      expect(at(actual, 'cpu.usage.percpu_kernel')).toEqual(lines.map((line) => line[2]));
      expect(joinRanges(at(actual, 'cpuset.cpus'))).toBe(file('cpuset', 'cpuset.cpus'));
      expect(joinRanges(at(actual, 'cpuset.mems'))).toBe(file('cpuset', 'cpuset.mems'));
    }
    const names = readdirSync(directoryOf(bundle, 'hugetlb')).filter((name) => /^hugetlb.*events$/.test(name));
    expect(Object.keys(at(actual, 'hugetlb') as object)).toEqual(names.map((name) => name.split('.')[1]).sort());
  });

  nuncTest('has the stalls of the v2 tree, where the kernel counts them', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', program] });
    await startBundle(bundle);
    await settled(bundle);
    for (const [controller, field] of [['cpu', 'cpu'], ['memory', 'memory'], ['io', 'blkio']] as const) {
      const { expected, actual } = await atOnce(bundle, () => kernelFile(bundle, '', `${controller}.pressure`));
      // A number without zeros at its end: 0.50 is 0.5, 0.00 is 0.
      const lines = expected?.split('\n').map((line) => line.replace(/=(\d+\.\d+)/g, (_, number) => `=${Number(number)}`));
      const psi = at(actual, `${field}.psi`) as Record<string, Record<string, unknown>> | undefined;
      expect(psi && Object.entries(psi).map(([kind, stall]) => {
        return `${kind} ${Object.entries(stall).map(([key, value]) => `${key}=${String(value)}`).join(' ')}`;
      })).toEqual(lines);
    }
  });

  test('works for a created container, and ends on one line', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    const text = await statistics(bundle.id);
    expect(text.endsWith('}\n')).toBe(true);
    expect(text.trimEnd()).not.toContain('\n');
    expect(at(parseEvent(text), 'pids.current')).toBe(kernelFile(bundle, 'pids', 'pids.current'));
  });

  runcTest("is runc's of the same container, but for what runc does not have", async () => {
    const cpus = controllers.includes('cpuset') ? { cpus: '0' } : {};
    const bundle = makeBundle({
      args: ['sh', '-c', program],
      mutate: ({ linux }) => {
        linux.resources = {
          ...linux.resources,
          memory: { limit: 64 * MIB, reservation: 32 * MIB, swap: 96 * MIB },
          cpu: { shares: 512, quota: 50_000, period: 100_000, ...cpus },
          pids: { limit: 20 },
        };
      },
    });
    await withRunc(bundle, async (root) => {
      const runc = async (): Promise<string> => {
        return (await runtime(['events', '--stats', bundle.id], { program: 'runc', root })).stdout;
      };
      const placement = resolvePlacement(probeHost(), { cgroupsPath: bundle.spec.linux.cgroupsPath, id: bundle.id });
      const { before, own } = await eventually(
        async () => ({ before: await runc(), own: readStatistics(placement), after: await runc() }),
        (taken) => taken.before !== '' && taken.before === taken.after,
      );
      const line = statsEvent(bundle.id, { cgroups: own, resctrl: undefined });
      // The order of fields is the same too.
      expect(JSON.stringify(comparable(parseEvent(line)))).toBe(JSON.stringify(comparable(parseEvent(before))));
    });
  });
});

/** Runs a bundle with runc; the test's own --root is the other runtime's. */
async function withRunc(bundle: Bundle, use: (root: string) => Promise<void>): Promise<void> {
  const root = `${stateRoot()}/runc`;
  const options = { program: 'runc', root, output: `${bundle.directory}/output` };
  try {
    await runtime(['run', '--detach', '--bundle', bundle.directory, bundle.id], options);
    await settled(bundle);
    await use(root);
  } finally {
    await runtime(['delete', '--force', bundle.id], options);
  }
}

/** Without what newer kernels and runcs than 1.1.5 have (docs/decisions/statistics.md). runc's devices come in any
 * order. */
function comparable(event: Event): unknown {
  const { data, ...others } = structuredClone(event) as { data: Record<string, Record<string, unknown>> };
  for (const controller of ['cpu', 'memory', 'blkio']) delete data[controller]?.['psi'];
  if (!onV1) delete (data['memory']?.['usage'] as Record<string, unknown>)['max'];
  for (const entries of Object.values(data['blkio'] ?? {})) {
    (entries as object[]).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return { ...others, data };
}
