// Rules for mounts[].options, which only who knows their meaning can check. The words are runc's or crun's where they
// have the rule.

import { newReport, problem, type Report, show, warning } from '../config/report.ts';
import type { Mount, Spec } from '../config/types.ts';
import { needsMountByPath } from './file-systems.ts';
import type { MountOptions } from './mount-options.ts';
import { pathInRoot } from './paths.ts';

interface Place {
  readonly pointer: string;
  readonly report: Report;
}

/** What is wrong with the options of all mounts. */
export function checkMountOptions(mounts: readonly Mount[], parsed: readonly MountOptions[]): Report {
  const report = newReport();
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const options = parsed[i] as MountOptions;
    if (options.bind) checkBind(mount, options, { pointer: `/mounts/${i}/options`, report });
    if (options.copyUp) checkCopyUp(mount, options, { pointer: `/mounts/${i}/options`, report });
    if (isIdMapped(mount, options)) checkIdMapped(mount, options, { pointer: `/mounts/${i}`, report });
  }
  return report;
}

// Of these a mount has none of its own, and a bind mount must not change the file system's.
const RECURSIVE_SUPERBLOCK_OPTIONS: readonly string[] = ['rsync', 'rasync', 'rdirsync', 'rmand', 'rnomand'];

function checkBind(mount: Mount, options: MountOptions, { pointer, report }: Place): void {
  if (options.data.length > 0) {
    const names = options.data.map((option) => JSON.stringify(option)).join(', ');
    problem(report, pointer, `${names}: bind mounts cannot have any filesystem-specific options applied`);
  }
  if (options.copySymlink && (options.sourceNofollow || options.destinationNofollow)) {
    problem(report, pointer, '"copy-symlink" is mutually exclusive with "src-nofollow" and "dest-nofollow"');
  }
  if (options.superblock.length === 0) return;
  for (const option of mount.options ?? []) {
    if (!RECURSIVE_SUPERBLOCK_OPTIONS.includes(option)) continue;
    warning(report, pointer, `${JSON.stringify(option)} has no effect on a bind mount`);
  }
}

function checkCopyUp(mount: Mount, options: MountOptions, { pointer, report }: Place): void {
  if (options.bind || options.remount || mount.type !== 'tmpfs') {
    problem(report, pointer, '"tmpcopyup" can be used only with tmpfs');
  } else if (needsMountByPath(options)) {
    problem(report, pointer, '"tmpcopyup" can\'t be used with "iversion" or an option of more than 255 bytes');
  }
}

function isIdMapped(mount: Mount, options: MountOptions): boolean {
  return options.idMapped !== 'no' || (mount.uidMappings !== undefined && mount.uidMappings.length > 0);
}

function checkIdMapped(mount: Mount, options: MountOptions, { pointer, report }: Place): void {
  const isCgroup = mount.type === 'cgroup' || mount.type === 'cgroup2';
  if (options.remount) problem(report, pointer, 'the ids of a mount that exists can\'t be mapped');
  else if (!options.bind && isCgroup) problem(report, pointer, `the ids of a ${mount.type} mount can't be mapped`);
  else if (options.copyUp) problem(report, pointer, '"tmpcopyup" can\'t be used with mapped ids');
  else if (options.copySymlink) problem(report, pointer, '"copy-symlink" can\'t be used with mapped ids');
  else if (!options.bind && needsMountByPath(options)) {
    problem(report, pointer, 'ids can\'t be mapped with "iversion" or an option of more than 255 bytes');
  }
}

/** They show what the process that mounts them sees, and have parts that are masked when a container is made. */
const KERNEL_TYPES: readonly string[] = ['proc', 'sysfs', 'cgroup', 'cgroup2'];

/** What can't be added to a container that is running already. */
export function checkLiveMounts(spec: Spec, parsed: readonly MountOptions[]): Report {
  const report = newReport();
  const { mounts = [] } = spec;
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const options = parsed[i] as MountOptions;
    const place = { pointer: `/mounts/${i}`, report };
    if (options.remount) problem(report, `${place.pointer}/options`, '"remount" could not be taken back');
    else if (options.bind) checkUncovered(spec, mount, place);
    else if (KERNEL_TYPES.includes(mount.type ?? '')) {
      problem(report, `${place.pointer}/type`, `a ${mount.type} mount can't be added to a running container`);
    } else if (needsMountByPath(options)) {
      const text = '"iversion" or an option of more than 255 bytes can\'t be used in a running container';
      problem(report, `${place.pointer}/options`, text);
    }
  }
  return report;
}

/** What is masked would show again in a bind mount over a directory above it. */
function checkUncovered({ linux }: Spec, { destination }: Mount, { pointer, report }: Place): void {
  const above = `${pathInRoot(destination)}/`;
  for (const path of [...(linux?.maskedPaths ?? []), ...(linux?.readonlyPaths ?? [])]) {
    if (!pathInRoot(path).startsWith(above)) continue;
    const text = `a mount at ${show(destination)} would cover what protects ${show(path)}`;
    problem(report, `${pointer}/destination`, text);
    return;
  }
}
