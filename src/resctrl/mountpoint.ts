// Finds the mounted resctrl file system in the text of /proc/self/mountinfo, see proc_pid_mountinfo(5). Reads no file.

import { unescapePath } from '../host/mountinfo.ts';

/** Where resctrl is mounted, the whole of it; undefined when it is not. */
export function parseResctrlMountpoint(mountinfo: string): string | undefined {
  // A blank in a path or a source is escaped: the words can't be part of one.
  for (let at = mountinfo.indexOf(' - resctrl '); at >= 0; at = mountinfo.indexOf(' - resctrl ', at + 1)) {
    const fields = mountinfo.slice(mountinfo.lastIndexOf('\n', at) + 1, at).split(' ');
    if (fields[3] === '/') return unescapePath(fields[4] ?? '');
  }
  return undefined;
}
