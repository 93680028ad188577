// What a filter returns, in words.

import type { SeccompAction } from '../config/types.ts';
import { errnoName } from '../linux/errno.ts';
import { carriesErrno, returnValue } from './actions.ts';

/** libseccomp's SCMP_ACT_KILL is another name of the second. */
const ACTIONS: readonly SeccompAction[] = [
  'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_TRAP', 'SCMP_ACT_ERRNO', 'SCMP_ACT_NOTIFY',
  'SCMP_ACT_TRACE', 'SCMP_ACT_LOG', 'SCMP_ACT_ALLOW',
];

/** `ALLOW`, `ERRNO(EPERM)`, `TRACE(1)`; a number for what the kernel would take for KILL_PROCESS. */
export function verdictName(value: number): string {
  const data = value & 0xffff;
  const action = ACTIONS.find((candidate) => returnValue(candidate, 0) === value - data);
  if (action === undefined) return `0x${value.toString(16)}`;
  const name = action.slice('SCMP_ACT_'.length);
  if (!carriesErrno(action) && data === 0) return name;
  return `${name}(${action === 'SCMP_ACT_ERRNO' ? errnoName(data) : data})`;
}
