// Whether a container has failed for want of memory, or by a system call that is forbidden, and how to say so; sees to
// it that it can fail. Looks at its cgroups while they are still there.

import { writeFileSync } from 'node:fs';
import type { CgroupContents, CgroupPlacement, CreatedCgroups } from '../cgroup/driver.ts';
import { oomKills } from '../cgroup/oom.ts';
import type { Setting } from '../cgroup/setting.ts';
import type { Spec } from '../config/types.ts';
import { NuncError } from '../error.ts';
import { InitError } from '../launch/failure.ts';
import { OOM_SCORE_ADJ_MIN } from '../linux/constants.ts';

const LIMIT_FILES = ['memory.limit_in_bytes', 'memory.max'];

/** Kills so far: only a cgroup that was there before can have any when its container is about to be made. */
export function earlierKills(cgroups: CreatedCgroups): number {
  return cgroups.made.every(Boolean) ? 0 : oomKills(cgroups);
}

interface FailedCreate {
  readonly cgroups: CreatedCgroups;
  readonly contents: CgroupContents;
  readonly earlierKills: number;
}

/** @returns the error to report */
export function explainShortage(error: unknown, failed: FailedCreate): unknown {
  if (!(error instanceof InitError) || error.reason === 'other') return error;
  const { cgroups, contents, earlierKills: before } = failed;
  if (error.reason === 'killed' && oomKills(cgroups) <= before) return error;
  const limit = memoryLimit(contents);
  if (error.reason === 'memory') {
    if (limit === undefined) return error;
    const hint = `${describe(limit)} may be too low`;
    return new NuncError('syscall', error.message, { cause: error, code: 'E_MEMORY', hint });
  }
  const why = reasonOfShortage(contents);
  return new NuncError('syscall', `cannot create the container: its process was killed: ${why}`, {
    cause: error, code: 'E_MEMORY', ...(limit === undefined ? {} : { origin: limit.origin }),
  });
}

/** Why an init that the kernel has killed had too little memory. */
export function reasonOfShortage(contents: CgroupContents): string {
  const limit = memoryLimit(contents);
  if (limit !== undefined) return `${describe(limit)} is too low`;
  return 'its cgroup, or one above it, or the host has run out of memory';
}

function memoryLimit({ settings }: CgroupContents): Setting | undefined {
  const limit = settings.find(({ file }) => LIMIT_FILES.includes(file));
  return limit?.isDefault === true ? undefined : limit;
}

function describe({ value, origin }: Setting): string {
  return `the memory limit of ${value} bytes (${origin})`;
}

/** Takes a process that is set up out of the OOM killer's reach, if its config wants that: only now, see
 * plan/limits.ts. */
export function setLastOomScore(pid: number, { process }: Spec): void {
  if (process?.oomScoreAdj !== OOM_SCORE_ADJ_MIN) return;
  writeFileSync(`/proc/${pid}/oom_score_adj`, String(OOM_SCORE_ADJ_MIN));
}

/** What a person should know when SIGKILL has ended a container; undefined when it was not for want of memory. */
export function explainKill(cgroups: CgroupPlacement): string | undefined {
  const kills = oomKills(cgroups);
  return kills === 0 ? undefined : `out of memory: the kernel has killed ${kills} of the container's processes`;
}

/** What a person should know when SIGSYS has ended a process: the kernel tells of the call only in its log. */
export async function explainFilterKill({ linux }: Spec): Promise<string> {
  const seccomp = linux?.seccomp;
  const whose = seccomp === undefined ? 'a seccomp filter that is not its own' : 'the filter of /linux/seccomp';
  const { describeKill } = await import('./causes/seccomp.ts');
  const known = seccomp === undefined ? undefined : describeKill(seccomp);
  return `killed by SIGSYS: the process has made a system call that ${whose} forbids; ${
    known ?? "the kernel's log has its number: `dmesg | grep type=1326`, behind syscall="}`;
}
