// linux.resources on the kernel: a real container for each case of the table, its values read back from the kernel's
// files, on whatever versions of cgroups the host has; the same configs under runc and crun, with what differs and why.
// Pure v2: scripts/test-vm.sh test/integration/resources.test.ts; pure v1: scripts/vm-cgroup-v1.sh

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import type { LinuxResources } from '../../src/config/types.ts';
import { type Bundle, type Draft, makeBundle } from '../support/bundle.ts';
import { type Controller, hierarchyOf, keepSubtreeControl, readCgroup } from '../support/cgroup-files.ts';
import { createBundle, messageOf, outputOf, refusal, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { expectedOf, resourceCases } from '../support/resource-cases.ts';
import type { ResourceCase } from '../support/resources/case.ts';
import { isSystemdManaged, removeStateRoot, runtime } from '../support/runtime.ts';
import { defaultTasksMax } from '../support/systemd.ts';

const nunc = requires('root', 'busybox', 'cgroups', 'nunc');

const putBack = keepSubtreeControl();
afterAll(putBack);

function bundleWith(resources: LinuxResources): Bundle {
  return makeBundle({
    args: ['sleep', '1000'],
    mutate: ({ linux }) => { linux.resources = structuredClone(resources) as Draft<LinuxResources>; },
  });
}

/** The arguments of a create that is expected to fail. */
const createOf = ({ directory, id }: Bundle): string[] => ['create', '--bundle', directory, id];

/** Creates a container. @returns its init's pid */
async function created(resources: LinuxResources): Promise<number> {
  const bundle = bundleWith(resources);
  await createBundle(bundle);
  return (await stateOf(bundle.id)).pid;
}

function filesIn(pid: number, controller: Controller, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((file) => [file, readCgroup(pid, controller, file)]));
}

describe('each property', () => {
  for (const one of resourceCases) {
    const expected = expectedOf(one);
    nunc(`${one.name}: ${expected instanceof RegExp ? 'refused' : "the kernel's files have it"}`, async () => {
      if (expected instanceof RegExp) {
        const bundle = bundleWith(one.resources);
        const watch = watchHost(bundle);
        expect(await refusal(createOf(bundle))).toMatch(expected);
        await watch.nothingLeft();
        return;
      }
      const pid = await created(one.resources);
      for (const [file, value] of Object.entries(expected)) {
        const content = readCgroup(pid, one.controller, file);
        if (typeof value === 'string') expect([file, content]).toEqual([file, value]);
        else expect(content).toMatch(value);
      }
    });
  }
});

/** What runc 1.1.5 or crun 1.8.1 makes of a case: its values, or that it refuses. */
interface Difference {
  readonly runtime: 'runc' | 'crun' | 'both';
  readonly cases: RegExp;
  /** Where it is so, by the version of the controller; everywhere if not given. */
  readonly on?: 1 | 2;
  /** What it has in place of ours; a RegExp: its message. */
  readonly theirs: Readonly<Record<string, string>> | RegExp;
  readonly why: string;
}

/** Whether there is v1 on this host: other runtimes have one version or the other. */
const hasV1 = hierarchyOf('memory')?.version === 1;

const DIFFERENCES: readonly Difference[] = [
  {
    runtime: 'both', cases: /^cpu\.shares$/, on: 2,
    theirs: { 'cpu.weight': '20' },
    why: 'the straight line that was used before 2025: the default 1024 became 39 instead of 100',
  },
  {
    runtime: 'both', cases: /^cpu\.shares below/, on: 2,
    theirs: isSystemdManaged ? /CPUWeight is out of range/ : /numerical result out of range$/i,
    why: 'the straight line goes below 1; runc and crun of today make it 1',
  },
  {
    runtime: 'both', cases: /^cpu\.burst$/,
    theirs: { [hasV1 ? 'cpu.cfs_burst_us' : 'cpu.max.burst']: '0' },
    why: 'not known to these versions',
  },
  {
    runtime: 'runc', cases: /^cpu\.idle$/,
    theirs: { 'cpu.idle': '0' },
    why: 'not known to this version',
  },
  {
    runtime: 'both', cases: /^cpu\.realtime/,
    theirs: /cpu\.rt_runtime_us.*: invalid argument$/i,
    why: 'the parent that they make has no realtime to give; nunc gives its own parents what their children need',
  },
  {
    runtime: 'crun', cases: /^cpu\.quota -1$/, on: 1,
    theirs: /cpu\.cfs_quota_us.*: numerical result out of range$/i,
    why: 'it writes -1 as an unsigned number',
  },
  {
    runtime: 'runc', cases: /^memory\.kernelTCP$/,
    theirs: { 'memory.kmem.tcp.limit_in_bytes': '9223372036854771712' },
    why: 'it ignores kernel memory, with a warning',
  },
  {
    runtime: 'crun', cases: /^memory\.useHierarchy/, on: 2,
    theirs: /^cannot set useHierarchy memory with cgroupv2$/,
    why: 'true is what v2 always does',
  },
  {
    runtime: 'crun', cases: /^blockIO\.weight$/, on: 1,
    theirs: /blkio\.weight.*: no such file or directory$/i,
    why: "it does not know BFQ's file in v1",
  },
  {
    runtime: 'runc', cases: /^pids\.limit 0$/,
    theirs: { 'pids.max': isSystemdManaged ? defaultTasksMax() : 'max' },
    why: 'as crun; and systemd has a limit of its own',
  },
  {
    runtime: 'crun', cases: /^pids\.limit 0$/,
    theirs: { 'pids.max': 'max' },
    why: '0 was no limit before runtime-spec 1.3 said that it is one; runc of today makes it 1 too',
  },
  {
    runtime: 'crun', cases: /^pids\.limit -1$/, on: 1,
    theirs: /pids\.max.*: invalid argument$/i,
    why: 'it writes -1 as it is',
  },
  {
    runtime: 'both', cases: /^unified of two lines$/,
    theirs: /io\.max.*: invalid argument$/i,
    why: 'they write both lines at once, which the kernel does not take; runc of today writes line by line',
  },
  ...(hasV1 && hierarchyOf('hugetlb')?.version === 2 ? onlyOnHybrid() : onlyWithHugetlb()),
];

function onlyWithHugetlb(): readonly Difference[] {
  const why = 'they limit faults alone; runc of today limits reservations too';
  return [{ runtime: 'both', cases: /^hugepageLimits/, on: 2, theirs: { 'hugetlb.2MB.rsvd.max': 'max' }, why }];
}

/** With v1 beside v2 they use v2 for nothing but grouping. */
function onlyOnHybrid(): readonly Difference[] {
  const why = 'it does not look for controllers in the v2 tree beside v1';
  return [
    { runtime: 'runc', cases: /^hugepageLimits/, theirs: /cannot set hugetlb limit: container could not join/, why },
    { runtime: 'crun', cases: /^hugepageLimits/, theirs: /cgroup\/hugetlb.*: no such file or directory$/i, why },
    { runtime: 'both', cases: /^unified of hugetlb$/, theirs: /cannot use unified on cgroup v1$/, why },
  ];
}

/** Has another runtime create the container. @returns the values of the files, or its message */
async function asOther(one: ResourceCase, program: 'runc' | 'crun', files: readonly string[]): Promise<unknown> {
  const root = mkdtempSync(join(tmpdir(), 'nunc-root-'));
  const bundle = bundleWith(one.resources);
  onTestFinished(() => removeStateRoot(root, program));
  const pidFile = join(bundle.directory, 'pid');
  const args = ['create', '--pid-file', pidFile, '--bundle', bundle.directory, bundle.id];
  const { status } = await runtime(args, { root, program, output: outputOf(bundle) });
  try {
    if (status !== 0) return messageOf(readFileSync(outputOf(bundle), 'utf8'));
    return filesIn(Number(readFileSync(pidFile, 'utf8')), one.controller, files);
  } finally {
    await runtime(['delete', '--force', bundle.id], { root, program });
  }
}

describe('how settings are made', () => {
  nunc('zeros, as managers write them, ask for nothing, even of controllers that are not there', async () => {
    const pid = await created({
      memory: { limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, disableOOMKiller: false },
      cpu: { shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: '', mems: '' },
      blockIO: { weight: 0, leafWeight: 0, weightDevice: [], throttleReadBpsDevice: [] },
      network: { classID: 0, priorities: [] }, hugepageLimits: [], rdma: {}, unified: {},
    });
    const files = hasV1 ? ['memory.limit_in_bytes', 'memory.soft_limit_in_bytes'] : ['memory.max', 'memory.low'];
    expect(Object.values(filesIn(pid, 'memory', files))).toEqual(hasV1 ? [UNLIMITED, UNLIMITED] : ['max', '0']);
  });

  nunc('a cgroup that was there gets what a new one has anyway', async () => {
    const bundle = bundleWith({ memory: { limit: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } });
    makeOldCgroups(bundle);
    await createBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    expect(OLD_VALUES.map(([controller, file]) => readCgroup(pid, controller, file))).toEqual(
      hasV1 ? [UNLIMITED, 'max', '-1'] : ['max', 'max', 'max 100000'],
    );
    await succeed(['delete', '--force', bundle.id]);
  });

  nunc('all problems are told at once, each with its property', async () => {
    const { status, stderr } = await runtime(createOf(bundleWith({
      memory: { limit: 8192, swap: 4096 },
      unified: { 'nonsense.max': '1', 'other.max': '1' },
    })));
    expect(status).toBe(1);
    for (const property of ['memory/swap', 'unified/nonsense.max', 'unified/other.max']) {
      expect(stderr).toContain(`level=error msg="config.json: /linux/resources/${property}: `);
    }
  });

  nunc("the program's own limits are in force when it starts", async () => {
    const script = hasV1 ? 'cat /sys/fs/cgroup/pids/pids.max' : 'cat /sys/fs/cgroup/pids.max';
    const bundle = makeBundle({ args: script.split(' '), mutate: ({ linux, mounts }) => {
      linux.resources = { pids: { limit: 7 } };
      mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] });
    } });
    expect(await succeed(['run', '--bundle', bundle.directory, bundle.id])).toBe('7\n');
  });
});

const UNLIMITED = '9223372036854771712';

type OldValue = readonly [controller: Controller, file: string, value: string];

/** What somebody has set before. */
const OLD_VALUES: readonly OldValue[] = hasV1
  ? [['memory', 'memory.limit_in_bytes', '67108864'], ['pids', 'pids.max', '50'], ['cpu', 'cpu.cfs_quota_us', '50000']]
  : [['memory', 'memory.max', '67108864'], ['pids', 'pids.max', '50'], ['cpu', 'cpu.max', '50000']];

/** Makes a bundle's cgroups with other values before the runtime does. */
function makeOldCgroups({ spec }: Bundle): void {
  for (const [controller, file, value] of OLD_VALUES) {
    const directory = `${hierarchyOf(controller)?.mountpoint}${spec.linux.cgroupsPath}`;
    const parent = dirname(directory);
    mkdirSync(directory, { recursive: true });
    onTestFinished(() => {
      for (const path of [directory, parent]) if (existsSync(path)) rmdirSync(path);
    });
    if (!hasV1) {
      for (const above of [dirname(parent), parent]) writeFileSync(`${above}/cgroup.subtree_control`, `+${controller}`);
    }
    writeFileSync(`${directory}/${file}`, value);
  }
}

describe.each(['runc', 'crun'] as const)('the same files as %s has', (program) => {
  const compare = requires('root', 'busybox', 'cgroups', 'nunc', program);
  for (const one of resourceCases) {
    const expected = expectedOf(one);
    if (expected instanceof RegExp) continue;
    compare(one.name, async () => {
      const version = hierarchyOf(one.controller)?.version;
      const difference = DIFFERENCES.find(({ runtime: whose, cases, on = version }) => {
        return (whose === program || whose === 'both') && on === version && cases.test(one.name);
      });
      const files = Object.keys(expected);
      const ours = filesIn(await created(one.resources), one.controller, files);
      const theirs = await asOther(one, program, files);
      if (difference === undefined) expect(theirs).toEqual(ours);
      // An entry without its difference fails too.
      else if (difference.theirs instanceof RegExp) expect(theirs).toMatch(difference.theirs);
      else expect(theirs).toEqual({ ...ours, ...difference.theirs });
    });
  }
});
