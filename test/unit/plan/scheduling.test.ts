import { expect, test } from 'vitest';
import type { Process, Spec } from '../../../src/config/types.ts';
import { compileCreatePlan } from '../../../src/plan/create-plan.ts';
import { formatArguments } from '../../../src/plan/format-value.ts';
import type { Call, Operation } from '../../../src/plan/operation.ts';
import { createInput, smallSpec } from './create-input.ts';

const base: Process = { cwd: '/', args: ['/bin/true'] };

/** The calls of a kind, as they are printed. */
function printed(kind: Call['kind'], spec: Partial<Spec>): string[] {
  const { plan } = compileCreatePlan(createInput(spec));
  const isCall = (operation: Operation): operation is Call => operation.kind === kind;
  return plan.operations.filter(isCall).map(({ args }) => formatArguments(kind, args).join(', '));
}

test.each([
  [
    { policy: 'SCHED_OTHER' as const },
    'policy=SCHED_OTHER, flags=0, nice=0, priority=0, runtime=0, deadline=0, period=0',
  ],
  [
    { policy: 'SCHED_BATCH' as const, nice: -20, flags: ['SCHED_FLAG_RESET_ON_FORK' as const] },
    'policy=SCHED_BATCH, flags=SCHED_FLAG_RESET_ON_FORK, nice=-20, priority=0, runtime=0, deadline=0, period=0',
  ],
  [
    { policy: 'SCHED_DEADLINE' as const, runtime: 1e6, deadline: 2 ** 53, period: 2 ** 62 },
    'policy=SCHED_DEADLINE, flags=0, nice=0, priority=0, runtime=1000000, deadline=9007199254740992, '
      + 'period=4611686018427387904',
  ],
  [
    {
      policy: 'SCHED_RR' as const,
      priority: 99,
      flags: [
        'SCHED_FLAG_RECLAIM' as const, 'SCHED_FLAG_DL_OVERRUN' as const, 'SCHED_FLAG_KEEP_POLICY' as const,
        'SCHED_FLAG_KEEP_PARAMS' as const, 'SCHED_FLAG_UTIL_CLAMP_MIN' as const, 'SCHED_FLAG_UTIL_CLAMP_MAX' as const,
      ],
    },
    'policy=SCHED_RR, flags=SCHED_FLAG_RECLAIM|SCHED_FLAG_DL_OVERRUN|SCHED_FLAG_KEEP_POLICY|SCHED_FLAG_KEEP_PARAMS'
      + '|SCHED_FLAG_UTIL_CLAMP_MIN|SCHED_FLAG_UTIL_CLAMP_MAX, nice=0, priority=99, runtime=0, deadline=0, period=0',
  ],
])('compileCreatePlan() sets the scheduler %j', (scheduler, fields) => {
  expect(printed('sched_setattr', { process: { ...base, scheduler } })).toEqual([`0, {${fields}}, 0`]);
});

test('compileCreatePlan() sets the I/O priority of the process group', () => {
  const ioPriority = { class: 'IOPRIO_CLASS_BE' as const, priority: 5 };
  expect(printed('ioprio_set', { process: { ...base, ioPriority } })).toEqual(['IOPRIO_WHO_PGRP, 0, 0x4005']);
});

test.each([
  [{ mode: 'MPOL_DEFAULT' as const }, 'MPOL_DEFAULT, 0, 0'],
  [{ mode: 'MPOL_PREFERRED' as const, nodes: '' }, 'MPOL_PREFERRED, 0, 0'],
  [{ mode: 'MPOL_LOCAL' as const, flags: [] }, 'MPOL_LOCAL, 0, 0'],
  [
    { mode: 'MPOL_INTERLEAVE' as const, nodes: '0-1,3', flags: ['MPOL_F_STATIC_NODES' as const] },
    'MPOL_INTERLEAVE|MPOL_F_STATIC_NODES, 0x0b00000000000000, 65',
  ],
  [
    { mode: 'MPOL_WEIGHTED_INTERLEAVE' as const, nodes: '63,64', flags: ['MPOL_F_RELATIVE_NODES' as const] },
    'MPOL_WEIGHTED_INTERLEAVE|MPOL_F_RELATIVE_NODES, 0x00000000000000800100000000000000, 129',
  ],
  [
    { mode: 'MPOL_BIND' as const, nodes: '8', flags: ['MPOL_F_NUMA_BALANCING' as const] },
    'MPOL_BIND|MPOL_F_NUMA_BALANCING, 0x0001000000000000, 65',
  ],
])('compileCreatePlan() sets the memory policy %j', (memoryPolicy, line) => {
  expect(printed('set_mempolicy', { linux: { ...smallSpec.linux, memoryPolicy } })).toEqual([line]);
});

test('compileCreatePlan() tells set_mempolicy(2) of nodes however large their numbers', () => {
  const memoryPolicy = { mode: 'MPOL_PREFERRED_MANY' as const, nodes: '32767' };
  const { plan } = compileCreatePlan(createInput({ linux: { ...smallSpec.linux, memoryPolicy } }));
  const args = plan.operations.flatMap((operation) => (operation.kind === 'set_mempolicy' ? [operation.args] : []))[0];
  const { bytes } = args?.[1] as { bytes: Uint8Array };
  expect([bytes.length, bytes.at(-1), args?.[2]]).toEqual([4096, 0x80, 32769]);
});
