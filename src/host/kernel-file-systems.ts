// Where procfs and sysfs are mounted, from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).

import { unescapePath } from './mountinfo.ts';

/** Mount points of every procfs and sysfs, innermost last in the text's order, turned round so that they can be
 * unmounted one after the other. */
export function parseKernelFileSystems(mountinfo: string): string[] {
  const paths: string[] = [];
  for (const line of mountinfo.split('\n')) {
    const [mount = '', fileSystem = ''] = line.split(' - ');
    const type = fileSystem.split(' ')[0];
    if (type === 'proc' || type === 'sysfs') paths.push(unescapePath(mount.split(' ')[4] ?? ''));
  }
  return paths.reverse();
}
