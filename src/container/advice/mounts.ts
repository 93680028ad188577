// Advice on mounts: what covers what, what is not there, what is misspelt.

import { type Report, show } from '../../config/report.ts';
import { COVERABLE_PROC_FILES } from '../../config/rules/mounts.ts';
import { editDistance, nearestWords } from '../../config/spelling.ts';
import type { Mount } from '../../config/types.ts';
import { MOST_FINDINGS } from '../../finding.ts';
import { knownMountOptions, type MountOptions } from '../../plan/mount-options.ts';
import { bindSource } from '../../plan/mounts.ts';
import { advise, type Advised, didYouMean, isWithin, normalPath } from './advised.ts';

interface Placed {
  readonly i: number;
  readonly mount: Mount;
  readonly options: MountOptions;
  readonly path: string;
}

function placedMounts({ spec, mountOptions }: Advised): Placed[] {
  return (spec.mounts ?? []).map((mount, i) => (
    { i, mount, options: mountOptions[i] as MountOptions, path: normalPath(mount.destination) }));
}

/** A mount at a place where there is one already. */
export function checkDuplicates(advised: Advised, report: Report): void {
  const seen = new Map<string, number>();
  for (const { i, options, path } of placedMounts(advised)) {
    if (options.remount) continue;
    const first = seen.get(path);
    if (first !== undefined) {
      advise(report, `/mounts/${i}/destination`, [`${show(path)} covers what /mounts/${first} has mounted there`]);
    }
    seen.set(path, i);
  }
}

/** As the kernel's: no mount can have a longer one. */
const PATH_MAX = 4096;
/** Of what one mount hides. */
const MOST_SHOWN = 10;

/** A mount over a directory above one that is mounted before it. */
export function checkOrder(advised: Advised, report: Report): void {
  const placed = placedMounts(advised).filter(({ options, path }) => !options.remount && path.length < PATH_MAX);
  const targets = new Set(placed.map(({ path }) => path));
  const below = new Map<string, Placed[]>();
  for (const one of placed) {
    const { i, path } = one;
    const hidden = below.get(path);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end);
      if (targets.has(above)) below.set(above, [...below.get(above) ?? [], one].slice(0, MOST_SHOWN));
    }
    if (hidden === undefined) continue;
    const names = hidden.map((other) => `${show(other.path)} (/mounts/${other.i})`).join(', ');
    const hint = 'mounts are made in the order of the list: put the one of the upper directory first';
    advise(report, `/mounts/${i}/destination`, [`${show(path)} hides ${names}, mounted before it`, hint]);
  }
}

/** What belongs in /sys: the kernel's own, and what stands for a part of it. */
const SYS_TYPES: readonly string[] = [
  'sysfs', 'cgroup', 'cgroup2', 'bpf', 'debugfs', 'tracefs', 'securityfs', 'pstore', 'efivarfs', 'configfs', 'fusectl',
  'selinuxfs', 'resctrl', 'none',
];

/** Something else over what the kernel shows. What must not be over /proc is an error. */
export function checkKernelPlaces(advised: Advised, report: Report): void {
  for (const { i, mount, options, path } of placedMounts(advised)) {
    if (options.remount) continue;
    const source = normalPath(bindSource(mount, advised.bundle));
    const pointer = `/mounts/${i}`;
    if (isWithin(path, '/sys')) {
      const fits = options.bind ? isWithin(source, '/sys') : SYS_TYPES.includes(mount.type ?? '');
      if (fits || path === '/sys/fs/cgroup') continue;
      advise(report, pointer, [`hides what the kernel shows in ${show(path)}`,
        'to hide a part of /sys there is /linux/maskedPaths']);
    } else if (options.bind && path === '/proc' && source !== '/proc') {
      advise(report, pointer, [`${show(source)} in the place of /proc: only a procfs can be there`]);
    } else if (options.bind && path === '/proc') {
      advise(report, pointer, ["shows the host's processes in the container",
        'mount a new one: "type": "proc" without "bind"']);
    } else if (COVERABLE_PROC_FILES.has(path.slice(1)) && !options.bind) {
      advise(report, pointer, [`a file system at ${show(path)}, which is a file`]);
    }
  }
}

/** Bind mounts of what is not there: create fails when it comes to them. */
export function checkSources(advised: Advised, report: Report): void {
  for (const { i, mount, options } of placedMounts(advised)) {
    if (!options.bind || options.remount || (mount.source ?? '') === '') continue;
    const source = bindSource(mount, advised.bundle);
    if (advised.facts.sources[source] !== 'missing' || advised.facts.links[source] !== undefined) continue;
    const text = `${show(source)} does not exist on this host, or can't be reached: create would fail`;
    advise(report, `/mounts/${i}/source`, [text, 'make it, or take the mount out']);
  }
}

/** Options of file systems that are often mounted; of all others nothing is known. */
const FILE_SYSTEM_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  tmpfs: [
    'size', 'nr_blocks', 'nr_inodes', 'mode', 'uid', 'gid', 'huge', 'mpol', 'inode32', 'inode64', 'noswap', 'quota',
    'usrquota', 'grpquota', 'casefold', 'strict_encoding', 'context', 'fscontext', 'defcontext', 'rootcontext',
    'usrquota_block_hardlimit', 'usrquota_inode_hardlimit', 'grpquota_block_hardlimit', 'grpquota_inode_hardlimit',
  ],
  devpts: ['newinstance', 'ptmxmode', 'mode', 'uid', 'gid', 'max', 'context', 'fscontext', 'defcontext', 'rootcontext'],
  proc: ['hidepid', 'gid', 'subset', 'pidns'],
  sysfs: [],
  mqueue: [],
  cgroup2: ['nsdelegate', 'favordynmods', 'memory_localevents', 'memory_recursiveprot', 'memory_hugetlb_accounting'],
};

function isNear(name: string, other: string | undefined): boolean {
  return other !== undefined && editDistance(name, other) === 1;
}

/** Options that have no meaning of their own go to the file system, which refuses what it does not know. */
export function checkOptionSpelling(advised: Advised, report: Report): void {
  for (const { i, mount, options } of placedMounts(advised)) {
    for (const option of options.data) {
      if (report.warnings.length > MOST_FINDINGS) return;
      const name = option.split('=', 1)[0] ?? '';
      const { type = '' } = mount;
      const own = Object.hasOwn(FILE_SYSTEM_OPTIONS, type) ? FILE_SYSTEM_OPTIONS[type] : undefined;
      if (own?.includes(name) === true) continue;
      const near = nearestWords(name, [...knownMountOptions(), ...(own ?? [])]);
      // Of a file system that nothing is known of: only what can hardly be meant otherwise.
      if (own === undefined && !(name.length > 4 && option === name && isNear(name, near[0]))) continue;
      const index = mount.options?.indexOf(option) ?? 0;
      const text = own === undefined
        ? `${show(name)} is no general option: the file system gets it`
        : `${show(name)} is neither a general option nor one of ${type}: the mount would fail`;
      advise(report, `/mounts/${i}/options/${index}`, [text, didYouMean(near)]);
    }
  }
}
