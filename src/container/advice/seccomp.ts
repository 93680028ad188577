// Advice on seccomp profiles with which no program can be started, or none can end.

import type { Report } from '../../config/report.ts';
import type { Seccomp, SeccompAction } from '../../config/types.ts';
import { permits } from '../../seccomp/actions.ts';
import { advise, type Advised } from './advised.ts';

/** Whether a call is refused whatever its arguments are. */
function forbids({ defaultAction, syscalls = [] }: Seccomp, call: string): boolean {
  const rules = syscalls.filter(({ names }) => names.includes(call));
  const runs = (action: SeccompAction): boolean => permits(action) || action === 'SCMP_ACT_NOTIFY';
  const unconditional = rules.find(({ args }) => (args ?? []).length === 0);
  if (unconditional !== undefined) return !runs(unconditional.action);
  return !runs(defaultAction) && !rules.some(({ action }) => runs(action));
}

export function checkStart({ spec }: Advised, report: Report): void {
  const { seccomp } = spec.linux ?? {};
  if (seccomp === undefined) return;
  if (forbids(seccomp, 'execve')) {
    advise(report, '/linux/seccomp', ['forbids execve, with which the program is started: start would fail',
      'allow it in /linux/seccomp/syscalls']);
  }
  if (forbids(seccomp, 'exit_group') && forbids(seccomp, 'exit')) {
    advise(report, '/linux/seccomp', ['forbids exit_group and exit: a program can\'t end as it wants',
      'allow them in /linux/seccomp/syscalls']);
  }
}
