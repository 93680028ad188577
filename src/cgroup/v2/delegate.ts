// Hands a v2 cgroup to a user, who may then make cgroups in it and share out what it has (cgroups(7), "Cgroups
// delegation"). Its own limits stay its maker's.

import { chownSync, readFileSync } from 'node:fs';
import { codeOf } from '../../error.ts';
import { cgroupError } from '../directory.ts';

/** Names of the files that belong to it, one a line; since Linux 4.15. */
const LIST = '/sys/kernel/cgroup/delegate';

/** What config-linux.md names for kernels without the list. */
const FALLBACK = ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'];

/** Changes the owner of the directory and of the files that delegation consists of, and of nothing else.
 *
 * @throws NuncError of kind `syscall` */
export function delegateTo(owner: number, path: string, list: string = LIST): void {
  for (const file of ['', ...delegatedFiles(list).map((name) => `/${name}`)]) {
    try {
      // -1: the group stays.
      chownSync(path + file, owner, -1);
    } catch (cause) {
      const code = codeOf(cause);
      // Only the controllers that a cgroup has have files in it. An ordinary user can give nothing away: the cgroup is
      // the user's own then, and that of the container's root.
      if (code !== 'ENOENT' && code !== 'EPERM') throw cgroupError(`change the owner of "${path}${file}"`, cause);
    }
  }
}

/** The files of a cgroup that go to whom it is handed to. */
export function delegatedFiles(list: string = LIST): readonly string[] {
  try {
    return readFileSync(list, 'latin1').split('\n').filter((name) => /^[\w.]+$/.test(name));
  } catch {
    return FALLBACK;
  }
}
