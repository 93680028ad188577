// Whether the container's own filter is what has stopped its start. Knows a profile's rules by name, not its program.

import type { Seccomp, SeccompAction } from '../../config/types.ts';
import type { NuncError } from '../../error.ts';
import { errno } from '../../linux/errno.ts';
import { carriesErrno } from '../../seccomp/actions.ts';
import type { Scene } from './scene.ts';

/** What is called between the filter and the program. One with a listener is loaded before the container is created:
 * its agent has to have it by then (plan/program.ts). */
const NEEDED: readonly string[] = ['execve'];
const NEEDED_WITH_LISTENER: readonly string[] = ['write', 'read', 'close', 'prctl', 'close_range', 'execve'];

function neededBy({ defaultAction, syscalls = [] }: Seccomp): readonly string[] {
  const listens = [defaultAction, ...syscalls.map(({ action }) => action)].includes('SCMP_ACT_NOTIFY');
  return listens ? NEEDED_WITH_LISTENER : NEEDED;
}

export function hintForFilter(error: NuncError, { spec }: Scene): string | undefined {
  const seccomp = spec.linux?.seccomp;
  if (seccomp === undefined) return undefined;
  if (error.code === 'E_SECCOMP' && error.operation === undefined) return describeKill(seccomp);
  const call = error.operation?.kind;
  if (call === undefined || !neededBy(seccomp).includes(call) || !isBehindFilter(error)) return undefined;
  const verdict = verdictOn(seccomp, call);
  if (!carriesErrno(verdict.action) || verdict.number !== error.errno?.number) return undefined;
  return `the filter of /linux/seccomp answers ${call} so (${verdict.pointer})`;
}

/** What comes after it in every plan. */
function isBehindFilter({ origin = '' }: NuncError): boolean {
  return origin.startsWith('/process/args') || origin === '/process/cwd' || origin === '';
}

interface Verdict {
  readonly action: SeccompAction;
  readonly number: number;
  readonly pointer: string;
}

/** What the profile says to a call whatever its arguments. */
function verdictOn({ defaultAction, defaultErrnoRet = errno.EPERM, syscalls = [] }: Seccomp, call: string): Verdict {
  const index = syscalls.findIndex(({ names, args = [] }) => names.includes(call) && args.length === 0);
  const rule = syscalls[index];
  if (rule === undefined) {
    return { action: defaultAction, number: defaultErrnoRet, pointer: '/linux/seccomp/defaultAction' };
  }
  const { action, errnoRet = errno.EPERM } = rule;
  return { action, number: errnoRet, pointer: `/linux/seccomp/syscalls/${index}` };
}

/** @returns undefined when it lets a container start, as far as the names of calls tell */
export function describeKill(seccomp: Seccomp): string | undefined {
  const deadly = neededBy(seccomp).filter((call) => /KILL|TRAP/.test(verdictOn(seccomp, call).action));
  return deadly.length === 0 ? undefined : `every start needs ${deadly.join(', ')}, which it does not allow`;
}
