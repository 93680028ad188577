// What a filter returns for each action: the upper half says what the kernel does, the lower half goes with it
// (<linux/seccomp.h>). Knows nothing of which call gets which.

import type { SeccompAction } from '../config/types.ts';
import { errno } from '../linux/errno.ts';

const RETURN: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  // By libseccomp's definition, and so runc's: the thread alone.
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

export const KILL_THREAD = RETURN.SCMP_ACT_KILL_THREAD;
export const NO_SUCH_CALL = RETURN.SCMP_ACT_ERRNO + errno.ENOSYS;

/** The value for an action; EPERM goes with those that carry a number when none is given (config-linux.md). */
export function returnValue(action: SeccompAction, errnoRet: number = errno.EPERM): number {
  return carriesErrno(action) ? RETURN[action] + errnoRet : RETURN[action];
}

export function carriesErrno(action: SeccompAction): boolean {
  return action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
}

/** Whether calls that no rule names run: a tracer decides for itself what it does not know. */
export function permits(action: SeccompAction): boolean {
  return action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG' || action === 'SCMP_ACT_TRACE';
}
