// Rules for process: cwd, args, env, consoleSize, rlimits, capabilities, scheduler, execCPUAffinity.

import { CAPABILITIES } from '../../linux/capabilities.ts';
import { problem, type Report, show, warning } from '../report.ts';
import type { Capabilities, Scheduler, Spec } from '../types.ts';
import { parseNumberList } from './number-list.ts';

export function checkCwd({ process }: Spec, report: Report): void {
  if (process !== undefined && !process.cwd.startsWith('/')) {
    problem(report, '/process/cwd', `${show(process.cwd)} is not an absolute path`);
  }
}

export function checkArgs({ process }: Spec, report: Report): void {
  if (process === undefined) return;
  if (process.args === undefined) problem(report, '/process/args', 'missing, but required');
  else if (process.args.length === 0) problem(report, '/process/args', 'without entries, at least 1 is required');
}

/** As runc: whatever is not NAME=value can't have been meant. */
export function checkEnv({ process }: Spec, report: Report): void {
  const env = process?.env;
  if (env === undefined) return;
  for (let i = 0; i < env.length; i++) {
    const entry = env[i] ?? '';
    if (entry.indexOf('=') < 1) problem(report, `/process/env/${i}`, `${show(entry)} is not NAME=value`);
  }
}

/** MAX_ARG_STRLEN, and what execve(2) takes of arguments and environment in all: strings, and pointers to them. */
const LONGEST_STRING = 128 * 1024;
const MOST_STRINGS = 6 * 1024 * 1024;
const POINTER = 8;

/** What execve(2) would refuse with E2BIG, whatever the limits of the stack. Counts characters, of which each has at
 * least one byte. */
export function checkStringSpace({ process }: Spec, report: Report): void {
  let total = 0;
  for (const key of ['args', 'env'] as const) {
    const strings = process?.[key] ?? [];
    for (let i = 0; i < strings.length; i++) {
      const { length } = strings[i] ?? '';
      total += length + 1 + POINTER;
      if (length < LONGEST_STRING) continue;
      const text = `${length} characters, execve(2) takes less than ${LONGEST_STRING} bytes`;
      problem(report, `/process/${key}/${i}`, text);
    }
  }
  if (total <= MOST_STRINGS) return;
  problem(report, '/process', `args and env have ${total} bytes, execve(2) takes ${MOST_STRINGS} at most`);
}

/** struct winsize of ioctl_tty(2) has 16 bits for each side. Without a terminal the size has no meaning. */
export function checkConsoleSize({ process }: Spec, report: Report): void {
  const { consoleSize } = process ?? {};
  if (consoleSize === undefined || process?.terminal !== true) return;
  for (const side of ['height', 'width'] as const) {
    if (consoleSize[side] <= 0xffff) continue;
    problem(report, `/process/consoleSize/${side}`, `${consoleSize[side]} is more than 65535`);
  }
}

export function checkRlimits({ process }: Spec, report: Report): void {
  const rlimits = process?.rlimits;
  if (rlimits === undefined) return;
  const seen = new Map<string, number>();
  for (const [i, { type, soft, hard }] of rlimits.entries()) {
    const first = seen.get(type);
    if (first !== undefined) {
      problem(report, `/process/rlimits/${i}/type`, `${show(type)} is given already by /process/rlimits/${first}`);
    }
    seen.set(type, i);
    // prlimit(2) would say EINVAL.
    if (soft > hard) problem(report, `/process/rlimits/${i}/soft`, `${soft} is more than the hard limit ${hard}`);
  }
}

/** Unknown names are no error, though config.md once said so: a profile may have been written for a newer kernel, and a
 * capability that is not given can't do harm. */
export function checkCapabilities({ process }: Spec, report: Report): void {
  const capabilities = process?.capabilities;
  if (capabilities === undefined) return;
  const names = ['effective', 'bounding', 'inheritable', 'permitted', 'ambient'] as const;
  for (const name of names) checkCapabilitySet(capabilities, name, report);
}

function checkCapabilitySet(capabilities: Capabilities, name: keyof Capabilities, report: Report): void {
  const set = capabilities[name];
  if (set === undefined) return;
  for (let i = 0; i < set.length; i++) {
    const capability = set[i] ?? '';
    if (!Object.hasOwn(CAPABILITIES, capability)) {
      warning(report, `/process/capabilities/${name}/${i}`, `${show(capability)} is not a known capability, ignored`);
    }
  }
}

/** sched_setattr(2): which numbers go with which policy. */
export function checkScheduler({ process }: Spec, report: Report): void {
  const scheduler = process?.scheduler;
  if (scheduler === undefined) return;
  const { policy, nice = 0, priority = 0 } = scheduler;
  if (policy === 'SCHED_ISO') {
    problem(report, '/process/scheduler/policy', 'SCHED_ISO is a name only: Linux has no such scheduler');
  }
  if (nice < -20 || nice > 19) problem(report, '/process/scheduler/nice', `${nice} is not in -20 to 19`);
  if (priority !== 0 && policy !== 'SCHED_FIFO' && policy !== 'SCHED_RR') {
    problem(report, '/process/scheduler/priority', `${priority} is allowed only with SCHED_FIFO and SCHED_RR`);
  } else if (priority < 0 || priority > 99) {
    problem(report, '/process/scheduler/priority', `${priority} is not in 0 to 99`);
  }
  if (policy === 'SCHED_DEADLINE') checkDeadline(scheduler, report);
  else checkNoDeadline(scheduler, report);
}

/** The kernel takes no time with the topmost bit set. */
const LONGEST_TIME = 2 ** 63;

function checkDeadline({ runtime = 0, deadline = 0, period = 0 }: Scheduler, report: Report): void {
  if (Math.max(runtime, deadline, period) >= LONGEST_TIME) {
    problem(report, '/process/scheduler', 'runtime, deadline and period are at most 9223372036854775807');
  }
  if (runtime > deadline) {
    problem(report, '/process/scheduler/runtime', `${runtime} is more than the deadline ${deadline}`);
  }
  // 0 is the deadline's.
  if (period !== 0 && deadline > period) {
    problem(report, '/process/scheduler/deadline', `${deadline} is more than the period ${period}`);
  }
}

function checkNoDeadline(scheduler: Scheduler, report: Report): void {
  for (const key of ['runtime', 'deadline', 'period'] as const) {
    const time = scheduler[key] ?? 0;
    if (time !== 0) problem(report, `/process/scheduler/${key}`, `${time} is allowed only with SCHED_DEADLINE`);
  }
}

/** The most that the kernel can be built for, less one. */
export const LAST_CPU = 8191;

/** Nothing of it is for the container's first process: that the lists can be read is all that create has to say. */
export function checkExecAffinity({ process }: Spec, report: Report): void {
  const affinity = process?.execCPUAffinity;
  if (affinity === undefined) return;
  for (const key of ['initial', 'final'] as const) {
    const list = affinity[key] ?? '';
    const ranges = parseNumberList(list, LAST_CPU);
    if (list === '' || (ranges !== undefined && ranges.length > 0)) continue;
    problem(report, `/process/execCPUAffinity/${key}`, `${show(list)} is not a list of CPUs such as 0-3,7`);
  }
}
