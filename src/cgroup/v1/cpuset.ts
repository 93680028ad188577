// v1's cpuset: a new cgroup has no CPUs and no memory nodes, and refuses processes until it has (cpusets(7)).

import { readFileSync, writeFileSync } from 'node:fs';
import { parentOf } from '../directory.ts';

const files = ['cpuset.cpus', 'cpuset.mems'];

/** The value of a cgroup's cpuset file, taken over from the nearest ancestor that has one where it is empty. */
function inherit(path: string, file: string, mountpoint: string): string {
  const value = readFileSync(`${path}/${file}`, 'latin1').trim();
  if (value !== '' || path === mountpoint) return value;
  // The parent may be another nunc's, made a moment ago and still empty.
  const inherited = inherit(parentOf(path), file, mountpoint);
  writeFileSync(`${path}/${file}`, inherited, { flag: 'r+' });
  return inherited;
}

/**
 * Makes a cpuset cgroup usable. A cgroup that has values (cgroup.clone_children of its parent copies them, or somebody
 * has set them) keeps them.
 *
 * @throws NodeJS.ErrnoException
 */
export function inheritCpuset(path: string, mountpoint: string): void {
  for (const file of files) inherit(path, file, mountpoint);
}
