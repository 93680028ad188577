// Rules for linux.namespaces and timeOffsets. Whether a path is a namespace of its type is checked when it is opened.

import { type Report, problem, show, token } from '../report.ts';
import type { Spec } from '../types.ts';

export function checkNamespaces({ linux }: Spec, report: Report): void {
  const seen = new Map<string, number>();
  for (const [i, { type, path }] of (linux?.namespaces ?? []).entries()) {
    const first = seen.get(type);
    if (first !== undefined) {
      problem(report, `/linux/namespaces/${i}/type`, `${show(type)} is given already by /linux/namespaces/${first}`);
    } else {
      seen.set(type, i);
    }
    // An empty path is an absent one: Go programs can't tell them apart.
    if (path !== undefined && path !== '' && !path.startsWith('/')) {
      problem(report, `/linux/namespaces/${i}/path`, `${show(path)} is not an absolute path`);
    }
  }
}

const CLOCKS = ['monotonic', 'boottime'];

export function checkTimeOffsets({ linux }: Spec, report: Report): void {
  const offsets = Object.entries(linux?.timeOffsets ?? {});
  if (offsets.length === 0) return;
  const time = linux?.namespaces?.find((namespace) => namespace.type === 'time');
  if (time === undefined || (time.path !== undefined && time.path !== '')) {
    // The offsets of a namespace can't change once a process is in it: time_namespaces(7).
    problem(report, '/linux/timeOffsets', 'allowed only with a new time namespace in /linux/namespaces');
  }
  for (const [clock, { nanosecs = 0 }] of offsets) {
    const pointer = `/linux/timeOffsets/${token(clock)}`;
    if (!CLOCKS.includes(clock)) problem(report, pointer, `${show(clock)} is not one of ${CLOCKS.join(', ')}`);
    if (nanosecs > 999_999_999) problem(report, `${pointer}/nanosecs`, `${nanosecs} is more than 999999999`);
  }
}
