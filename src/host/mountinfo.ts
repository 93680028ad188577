// Finds the cgroup hierarchies in the text of /proc/self/mountinfo, see proc_pid_mountinfo(5). Reads no file and knows
// nothing of other filesystems. Every create of a v1 or hybrid host parses here: indexOf and slice, no patterns.

import type { Hierarchy } from './facts.ts';

/** Superblock options of a v1 mount that are not controllers, kernel/cgroup/cgroup-v1.c and cpuset.c. */
const notControllers = [
  'rw', 'ro', 'noprefix', 'xattr', 'clone_children', 'cpuset_v2_mode', 'favordynmods', 'nofavordynmods',
];

interface Found {
  /** Major and minor number of the superblock: the hierarchy's identity. */
  readonly device: string;
  readonly rank: number;
  readonly hierarchy: Hierarchy;
}

/** Puts back the blanks and backslashes that the kernel writes as three octal digits. */
export function unescapePath(path: string): string {
  if (!path.includes('\\')) return path;
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function controllersOf(superOptions: string): string[] {
  const options = superOptions.split(',');
  const controllers: string[] = [];
  for (let index = 0; index < options.length; index++) {
    const option = options[index] ?? '';
    if (option.startsWith('name=')) controllers.push(option);
    else if (!option.includes('=') && !notControllers.includes(option)) controllers.push(option);
  }
  return controllers;
}

/** How well a mount stands for its hierarchy: the whole of it is better than a part, /sys/fs/cgroup than elsewhere. */
function rank(root: string, mountpoint: string): number {
  const usual = mountpoint === '/sys/fs/cgroup' || mountpoint.startsWith('/sys/fs/cgroup/');
  return (root === '/' ? 2 : 0) + (usual ? 1 : 0);
}

/** `mount` is the line up to its " - ", `filesystem` what follows: type, source, superblock options. */
function foundMount(mount: string, filesystem: string): Found {
  const parentAt = mount.indexOf(' ') + 1;
  const deviceAt = mount.indexOf(' ', parentAt) + 1;
  const rootAt = mount.indexOf(' ', deviceAt) + 1;
  const pathAt = mount.indexOf(' ', rootAt) + 1;
  const mountpoint = unescapePath(mount.slice(pathAt, mount.indexOf(' ', pathAt)));
  const hierarchy: Hierarchy = filesystem.startsWith('cgroup2 ')
    ? { version: 2, mountpoint, controllers: [] }
    : { version: 1, mountpoint, controllers: controllersOf(filesystem.slice(filesystem.lastIndexOf(' ') + 1)) };
  return {
    device: mount.slice(deviceAt, rootAt - 1),
    rank: rank(mount.slice(rootAt, pathAt - 1), mountpoint),
    hierarchy,
  };
}

/** Adds a mount, or puts it in the place of a worse one of the same hierarchy. */
function add(found: Found[], candidate: Found): void {
  for (let index = 0; index < found.length; index++) {
    const known = found[index];
    if (known?.device !== candidate.device) continue;
    if (candidate.rank > known.rank) found[index] = candidate;
    return;
  }
  found.push(candidate);
}

/**
 * The mounted cgroup hierarchies, each once, in the order of the text.
 *
 * A hierarchy with several mounts (bind mounts for chroots, say) is reported at its best one, the first of equals. The
 * v2 hierarchy's controllers are not in mountinfo: they come back empty.
 */
export function parseMountinfoHierarchies(text: string): Hierarchy[] {
  const found: Found[] = [];
  // Hosts with thousands of mounts exist: jump from one candidate line to the next instead of splitting them all. The
  // words can't be part of a path or a source: blanks are escaped there.
  for (let at = text.indexOf(' - cgroup'); at >= 0; at = text.indexOf(' - cgroup', at + 1)) {
    const lineEnd = text.indexOf('\n', at);
    const filesystem = text.slice(at + 3, lineEnd < 0 ? text.length : lineEnd);
    if (!filesystem.startsWith('cgroup ') && !filesystem.startsWith('cgroup2 ')) continue;
    add(found, foundMount(text.slice(text.lastIndexOf('\n', at) + 1, at + 1), filesystem));
  }
  const hierarchies: Hierarchy[] = [];
  for (let index = 0; index < found.length; index++) {
    const mount = found[index];
    if (mount !== undefined) hierarchies.push(mount.hierarchy);
  }
  return hierarchies;
}
