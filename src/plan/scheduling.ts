// How the kernel serves the process: CPU scheduler, I/O priority, placement of its memory. All are inherited by what it
// starts, and kept by execve(2).

import { LAST_MEMORY_NODE } from '../config/rules/memory-policy.ts';
import { type NumberRange, parseNumberList } from '../config/rules/number-list.ts';
import { LAST_CPU } from '../config/rules/process.ts';
import type { Process, Scheduler } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import {
  IO_PRIORITY_CLASSES, MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES, SCHEDULER_FLAGS, SCHEDULER_POLICIES,
} from '../linux/policies.ts';
import type { ProcessDraft } from './create-draft.ts';
import { call, tell } from './draft.ts';

/** With the bounds of utilisation, which config.json can't give, as SCHED_FLAG_UTIL_CLAMP_… need them. */
const SCHED_ATTR_SIZE = 56;

/** process.scheduler. Here and not in stage 0, though a user namespace has no rights over it: a process under
 * SCHED_DEADLINE can't clone. */
export function planScheduler(draft: ProcessDraft, { scheduler }: Process): void {
  if (scheduler === undefined) return;
  tell(draft, '/process/scheduler', `set the scheduler ${scheduler.policy}`);
  call(draft, 'sched_setattr', [0, { bytes: schedulerAttributes(scheduler) }, 0]);
}

/** struct sched_attr, see sched_setattr(2). */
function schedulerAttributes(scheduler: Scheduler): Uint8Array {
  const { policy, flags = [], nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = scheduler;
  const view = new DataView(new ArrayBuffer(SCHED_ATTR_SIZE));
  view.setUint32(0, SCHED_ATTR_SIZE, true);
  view.setUint32(4, SCHEDULER_POLICIES[policy], true);
  let bits = 0;
  for (const flag of flags) bits |= SCHEDULER_FLAGS[flag];
  view.setUint32(8, bits, true);
  view.setInt32(16, nice, true);
  view.setUint32(20, priority, true);
  view.setBigUint64(24, BigInt(runtime), true);
  view.setBigUint64(32, BigInt(deadline), true);
  view.setBigUint64(40, BigInt(period), true);
  return new Uint8Array(view.buffer);
}

/** process.ioPriority, of the process group as config.md says: the init leads its own, alone. */
export function planIoPriority(draft: ProcessDraft, { ioPriority }: Process): void {
  if (ioPriority === undefined) return;
  const { class: name, priority } = ioPriority;
  tell(draft, '/process/ioPriority', `set the I/O priority ${name} ${priority}`);
  const value = (IO_PRIORITY_CLASSES[name] << L.IOPRIO_CLASS_SHIFT) | priority;
  call(draft, 'ioprio_set', [L.IOPRIO_WHO_PGRP, 0, value]);
}

/**
 * process.execCPUAffinity: the CPUs for an exec on its way into the container's cgroup (`initial`), and behind it
 * (`final`). Without them the kernel decides, whose cgroups have CPUs of their own.
 */
export function planAffinity(draft: ProcessDraft, { execCPUAffinity }: Process, key: 'initial' | 'final'): void {
  const list = execCPUAffinity?.[key] ?? '';
  const ranges = parseNumberList(list, LAST_CPU) ?? [];
  if (ranges.length === 0) return;
  tell(draft, `/process/execCPUAffinity/${key}`, `set the CPU affinity to ${list}`);
  const mask = bitMask(ranges);
  call(draft, 'sched_setaffinity', [0, mask.length, { bytes: mask }]);
}

/** linux.memoryPolicy. */
export function planMemoryPolicy(draft: ProcessDraft): void {
  const policy = draft.input.spec.linux?.memoryPolicy;
  if (policy === undefined) return;
  const { mode, nodes = '', flags = [] } = policy;
  tell(draft, '/linux/memoryPolicy', `set the memory policy ${mode}${nodes === '' ? '' : ` for the nodes ${nodes}`}`);
  let value: number = MEMORY_POLICY_MODES[mode];
  for (const flag of flags) value |= MEMORY_POLICY_FLAGS[flag];
  const ranges = parseNumberList(nodes, LAST_MEMORY_NODE) ?? [];
  if (ranges.length === 0) {
    call(draft, 'set_mempolicy', [value, 0, 0]);
    return;
  }
  const mask = bitMask(ranges);
  // The kernel takes one off the number of bits that it is told.
  call(draft, 'set_mempolicy', [value, { bytes: mask }, mask.length * 8 + 1]);
}

/** A bit for each number, in 64-bit words. */
function bitMask(ranges: readonly NumberRange[]): Uint8Array {
  let highest = 0;
  for (const [, last] of ranges) if (last > highest) highest = last;
  const mask = new Uint8Array(((highest >>> 6) + 1) * 8);
  for (const [first, last] of ranges) {
    for (let bit = first; bit <= last; bit++) mask[bit >>> 3] = (mask[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
  return mask;
}
