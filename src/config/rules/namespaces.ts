// Rules for linux.namespaces and timeOffsets. Whether a path is a namespace of its type is checked when it is opened.

import { problem, type Report, show, token } from '../report.ts';
import type { NamespaceType, Spec } from '../types.ts';

/** How the container comes by a namespace of this type. An empty path is an absent one: Go can't tell them apart. */
export function namespaceSource(spec: Spec, type: NamespaceType): 'new' | 'joined' | 'inherited' {
  const namespaces = spec.linux?.namespaces;
  if (namespaces === undefined) return 'inherited';
  for (let i = 0; i < namespaces.length; i++) {
    const namespace = namespaces[i];
    if (namespace?.type === type) return namespace.path === undefined || namespace.path === '' ? 'new' : 'joined';
  }
  return 'inherited';
}

export function checkNamespaces({ linux }: Spec, report: Report): void {
  const seen = new Map<string, number>();
  for (const [i, { type, path }] of (linux?.namespaces ?? []).entries()) {
    const first = seen.get(type);
    if (first !== undefined) {
      problem(report, `/linux/namespaces/${i}/type`, `${show(type)} is given already by /linux/namespaces/${first}`);
    } else {
      seen.set(type, i);
    }
    if (path !== undefined && path !== '' && !path.startsWith('/')) {
      problem(report, `/linux/namespaces/${i}/path`, `${show(path)} is not an absolute path`);
    }
  }
}

const CLOCKS = ['monotonic', 'boottime'];

export function checkTimeOffsets(spec: Spec, report: Report): void {
  const clocks = Object.keys(spec.linux?.timeOffsets ?? {});
  if (clocks.length === 0) return;
  if (namespaceSource(spec, 'time') !== 'new') {
    // The offsets of a namespace can't change once a process is in it: time_namespaces(7).
    problem(report, '/linux/timeOffsets', 'allowed only with a new time namespace in /linux/namespaces');
  }
  for (const clock of clocks) {
    if (CLOCKS.includes(clock)) continue;
    problem(report, `/linux/timeOffsets/${token(clock)}`, `${show(clock)} is not one of ${CLOCKS.join(', ')}`);
  }
}
