// Which cgroup a process is in, from the text of /proc/<pid>/cgroup (cgroups(7)). Reads no file.

import type { Hierarchy } from '../host/facts.ts';

/** The path in a hierarchy, '' for its root and for what is outside the reader's cgroup namespace. */
export function ownCgroupPath(text: string, { version, controllers }: Omit<Hierarchy, 'mountpoint'>): string {
  for (const line of text.split('\n')) {
    const first = line.indexOf(':');
    const second = line.indexOf(':', first + 1);
    const names = line.slice(first + 1, second);
    const isThis = version === 2 ? names === '' : names.split(',').includes(controllers[0] ?? '');
    if (first < 0 || !isThis) continue;
    const path = line.slice(second + 1);
    return path === '/' || path.startsWith('/..') ? '' : path;
  }
  return '';
}
