// Rules for linux.seccomp: which actions carry an error number, what a listener needs.

import { problem, type Report } from '../report.ts';
import type { SeccompAction, Spec, SyscallRule } from '../types.ts';

/** What the kernel takes it for: MAX_ERRNO, and the 16 bits of SECCOMP_RET_DATA. */
const LARGEST_ERRNO: Readonly<Partial<Record<SeccompAction, number>>> = {
  SCMP_ACT_ERRNO: 4095, SCMP_ACT_TRACE: 0xffff,
};

const TOO_EARLY = 'would stop the container before its agent is there';

export function checkSeccomp({ linux }: Spec, report: Report): void {
  const seccomp = linux?.seccomp;
  if (seccomp === undefined) return;
  const { defaultAction, defaultErrnoRet, syscalls = [], listenerPath = '', listenerMetadata = '' } = seccomp;
  if (defaultAction === 'SCMP_ACT_NOTIFY') {
    problem(report, '/linux/seccomp/defaultAction', `SCMP_ACT_NOTIFY ${TOO_EARLY}`);
  }
  checkErrno(defaultAction, { errno: defaultErrnoRet, pointer: '/linux/seccomp/defaultErrnoRet' }, report);
  for (let i = 0; i < syscalls.length; i++) {
    const rule = syscalls[i];
    if (rule === undefined) continue;
    const pointer = `/linux/seccomp/syscalls/${i}`;
    if (rule.action === 'SCMP_ACT_NOTIFY') checkNotify(rule, { listenerPath, pointer }, report);
    const empty = rule.names.indexOf('');
    if (empty >= 0) problem(report, `${pointer}/names/${empty}`, 'is empty');
    checkErrno(rule.action, { errno: rule.errnoRet, pointer: `${pointer}/errnoRet` }, report);
  }
  if (listenerMetadata !== '' && listenerPath === '') {
    problem(report, '/linux/seccomp/listenerMetadata', 'allowed only with listenerPath');
  }
}

/** An agent hears of the container by its init's write(2). */
function checkNotify(rule: SyscallRule, { listenerPath, pointer }: Listener, report: Report): void {
  if (listenerPath === '') problem(report, `${pointer}/action`, 'SCMP_ACT_NOTIFY needs a listenerPath');
  const write = rule.names.indexOf('write');
  if (write < 0) return;
  problem(report, `${pointer}/names/${write}`, `write with SCMP_ACT_NOTIFY ${TOO_EARLY}`);
}

interface Listener {
  readonly listenerPath: string;
  readonly pointer: string;
}

interface Errno {
  readonly errno: number | undefined;
  readonly pointer: string;
}

function checkErrno(action: SeccompAction, { errno, pointer }: Errno, report: Report): void {
  if (errno === undefined) return;
  const limit = LARGEST_ERRNO[action];
  if (limit !== undefined && errno > limit) {
    problem(report, pointer, `${errno} is more than ${limit}, the largest that ${action} can return`);
  }
  if (limit !== undefined) return;
  problem(report, pointer, `${errno} can't be returned by ${action}, only by SCMP_ACT_ERRNO and SCMP_ACT_TRACE`);
}
