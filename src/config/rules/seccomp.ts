// Rules for linux.seccomp: which actions carry an error number, what a listener needs.

import { problem, type Report } from '../report.ts';
import type { SeccompAction, Spec } from '../types.ts';

export function checkSeccomp({ linux }: Spec, report: Report): void {
  const seccomp = linux?.seccomp;
  if (seccomp === undefined) return;
  const { defaultAction, defaultErrnoRet, syscalls = [], listenerPath = '', listenerMetadata = '' } = seccomp;
  checkErrno(defaultAction, { errno: defaultErrnoRet, pointer: '/linux/seccomp/defaultErrnoRet' }, report);
  for (let i = 0; i < syscalls.length; i++) {
    const rule = syscalls[i];
    if (rule?.errnoRet === undefined) continue;
    checkErrno(rule.action, { errno: rule.errnoRet, pointer: `/linux/seccomp/syscalls/${i}/errnoRet` }, report);
  }
  if (listenerMetadata !== '' && listenerPath === '') {
    problem(report, '/linux/seccomp/listenerMetadata', 'allowed only with listenerPath');
  }
}

interface Errno {
  readonly errno: number | undefined;
  readonly pointer: string;
}

function checkErrno(action: SeccompAction, { errno, pointer }: Errno, report: Report): void {
  if (errno === undefined || action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE') return;
  problem(report, pointer, `${errno} can't be returned by ${action}, only by SCMP_ACT_ERRNO and SCMP_ACT_TRACE`);
}
