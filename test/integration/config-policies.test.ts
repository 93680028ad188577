// process.scheduler, process.ioPriority, linux.memoryPolicy: asked of the kernel from outside. runc 1.1.5 and crun
// 1.8.1 have none of them.

import { expect } from 'vitest';
import type { MemoryPolicy, Scheduler } from '../../src/config/types.ts';
import { ask, bundleFor, proc, refusal, startedPid } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');
const numaTest = requires('root', 'busybox', 'nunc', 'numa');

type Change = (spec: BundleSpec) => void;

/** A container whose process waits, as that of SCHED_DEADLINE, which can't fork, can. */
async function waiting(change: Change): Promise<number> {
  return startedPid(await bundleFor('exec sleep 1000', change));
}

/** What chrt(1) says of a process, without its pid. */
async function schedulerOf(pid: number): Promise<string[]> {
  const { stdout } = await runProgram(['chrt', '--pid', String(pid)]);
  return stdout.trimEnd().split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
}

/** Field 19 of proc_pid_stat(5). */
function niceOf(pid: number): number {
  const stat = proc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

const withScheduler = (scheduler: Scheduler): Change => (spec) => {
  spec.process.scheduler = { ...scheduler, flags: [...(scheduler.flags ?? [])] };
};

test('scheduler: policies that are not realtime, nice values, and a flag', async () => {
  const seen = async (scheduler: Scheduler): Promise<unknown[]> => {
    const pid = await waiting(withScheduler(scheduler));
    return [...await schedulerOf(pid), niceOf(pid)];
  };
  expect(await seen({ policy: 'SCHED_OTHER', nice: -7 })).toEqual(['SCHED_OTHER', '0', -7]);
  expect(await seen({ policy: 'SCHED_BATCH', nice: 19 })).toEqual(['SCHED_BATCH', '0', 19]);
  expect(await seen({ policy: 'SCHED_IDLE' })).toEqual(['SCHED_IDLE', '0', 0]);
  expect(await seen({ policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_RESET_ON_FORK'] }))
    .toEqual(['SCHED_OTHER|SCHED_RESET_ON_FORK', '0', 0]);
});

test('scheduler: an absent nice value is 0, whatever the caller\'s', async () => {
  const read = 'cut -d " " -f 19 /proc/$$/stat';
  const prefix = ['nice', '-n', '5'];
  expect(await ask(read, withScheduler({ policy: 'SCHED_OTHER' }), { prefix })).toBe('0');
  expect(await ask(read, undefined, { prefix })).toBe('5');
});

test('scheduler: SCHED_DEADLINE with its three times', async () => {
  const times = { runtime: 1_000_000, deadline: 10_000_000, period: 20_000_000 };
  const pid = await waiting(withScheduler({ policy: 'SCHED_DEADLINE', ...times }));
  expect(await schedulerOf(pid)).toEqual(['SCHED_DEADLINE', '0', '1000000/10000000/20000000']);
});

const REALTIME = [['SCHED_FIFO', 1], ['SCHED_RR', 99]] as const;

requires('root', 'busybox', 'nunc', 'realtime')('scheduler: realtime policies with their priority', async () => {
  for (const [policy, priority] of REALTIME) {
    expect((await schedulerOf(await waiting(withScheduler({ policy, priority })))).slice(0, 2))
      .toEqual([policy, String(priority)]);
  }
});

requires('root', 'busybox', 'nunc', 'no-realtime')('scheduler: realtime policies that cgroups rule out', async () => {
  for (const [policy, priority] of REALTIME) {
    const message = await refusal(withScheduler({ policy, priority }));
    expect(message).toMatch(new RegExp(`^cannot set the scheduler ${policy}: operation not permitted `
      + '.*: sched_setattr, /process/scheduler\\)$'));
  }
});

test('scheduler: what the kernel or nobody can do is refused', async () => {
  expect(await refusal(withScheduler({ policy: 'SCHED_ISO' })))
    .toBe('config.json: /process/scheduler/policy: SCHED_ISO is a name only: Linux has no such scheduler');
  // A deadline is needed.
  expect(await refusal(withScheduler({ policy: 'SCHED_DEADLINE' })))
    .toMatch(/^cannot set the scheduler SCHED_DEADLINE: invalid argument .*: sched_setattr, \/process\/scheduler\)$/);
});

test('ioPriority: every class, seen from inside and outside', async () => {
  const classes = [
    ['IOPRIO_CLASS_RT', 0, 'realtime: prio 0'], ['IOPRIO_CLASS_BE', 7, 'best-effort: prio 7'],
    ['IOPRIO_CLASS_IDLE', 3, 'idle'],
  ] as const;
  for (const [name, priority, text] of classes) {
    const change: Change = (spec) => void (spec.process.ioPriority = { class: name, priority });
    const { stdout } = await runProgram(['ionice', '-p', String(await waiting(change))]);
    expect(stdout.trim()).toBe(text);
    expect(await ask('ionice -p $$', change)).toContain(text.split(':')[0]);
  }
});

test('ioPriority: without a class of its own it is the caller\'s', async () => {
  const prefix = ['ionice', '-c', '2', '-n', '6'];
  expect(await ask('ionice -p $$', undefined, { prefix })).toBe('best-effort: prio 6');
});

const MODES: readonly (readonly [policy: MemoryPolicy, shown: string])[] = [
  [{ mode: 'MPOL_DEFAULT', nodes: '' }, 'default'],
  [{ mode: 'MPOL_LOCAL' }, 'local'],
  [{ mode: 'MPOL_BIND', nodes: '0' }, 'bind:0'],
  [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] }, 'bind=static:0'],
  [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_RELATIVE_NODES'] }, 'bind=relative:0'],
  [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] }, 'bind=balancing:0'],
  [{ mode: 'MPOL_INTERLEAVE', nodes: '0-0' }, 'interleave:0'],
  [{ mode: 'MPOL_WEIGHTED_INTERLEAVE', nodes: '0' }, 'weighted interleave:0'],
  [{ mode: 'MPOL_PREFERRED', nodes: '0' }, 'prefer:0'],
  [{ mode: 'MPOL_PREFERRED', nodes: '' }, 'local'],
  [{ mode: 'MPOL_PREFERRED_MANY', nodes: '0' }, 'prefer (many):0'],
];

const withMemory = ({ mode, nodes, flags }: MemoryPolicy): Change => (spec) => {
  spec.linux.memoryPolicy = {
    mode, ...(nodes === undefined ? {} : { nodes }), ...(flags === undefined ? {} : { flags: [...flags] }),
  };
};

numaTest('memoryPolicy: every mode and flag', async () => {
  const seen: string[] = [];
  for (const [policy] of MODES) {
    const maps = proc(await waiting(withMemory(policy)), 'numa_maps');
    seen.push(/^\S+ (.*?) (?:file|anon|heap|stack|mapped)/.exec(maps)?.[1] ?? maps);
  }
  expect(seen).toEqual(MODES.map(([, shown]) => shown));
});

numaTest('memoryPolicy: nodes that the machine lacks are refused by the kernel, however large', async () => {
  for (const nodes of ['1000', '0-5000', '32767']) {
    expect(await refusal(withMemory({ mode: 'MPOL_BIND', nodes }))).toMatch(new RegExp(
      `^cannot set the memory policy MPOL_BIND for the nodes ${nodes}: invalid argument .*: set_mempolicy, `
      + '/linux/memoryPolicy\\)$',
    ));
  }
});
