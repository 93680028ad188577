// Rules for process: cwd, args, env, rlimits, capabilities, scheduler.

import { CAPABILITIES } from '../../linux/capabilities.ts';
import { problem, type Report, show, warning } from '../report.ts';
import type { Capabilities, Spec } from '../types.ts';

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
  if (nice < -20 || nice > 19) problem(report, '/process/scheduler/nice', `${nice} is not in -20 to 19`);
  if (priority !== 0 && policy !== 'SCHED_FIFO' && policy !== 'SCHED_RR') {
    problem(report, '/process/scheduler/priority', `${priority} is allowed only with SCHED_FIFO and SCHED_RR`);
  }
  if (policy === 'SCHED_DEADLINE') return;
  for (const key of ['runtime', 'deadline', 'period'] as const) {
    const time = scheduler[key] ?? 0;
    if (time !== 0) problem(report, `/process/scheduler/${key}`, `${time} is allowed only with SCHED_DEADLINE`);
  }
}
