// Rules for mounts. What the options mean is the planner's.

import { problem, type Report, show, warning } from '../report.ts';
import type { Mount, Spec } from '../types.ts';
import { checkMappings } from './id-mappings.ts';
import { isIdMapOption, mountIdMaps } from './mount-id-maps.ts';

/** Ten times what anybody has; planning ten thousand takes seconds. Linux lets a namespace have 100,000 (fs.mount-max).
 */
const MOST_MOUNTS = 10_000;

export function checkMounts(spec: Spec, report: Report): void {
  const { mounts } = spec;
  if (mounts === undefined) return;
  if (mounts.length > MOST_MOUNTS) {
    problem(report, '/mounts', `${mounts.length} entries, at most ${MOST_MOUNTS} are allowed`);
    return;
  }
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    checkDestination(mount, `/mounts/${i}/destination`, report);
    checkSource(mount, `/mounts/${i}`, report);
    checkMountMappings(mount, `/mounts/${i}`, report);
    if (mount.options?.some(isIdMapOption) === true) checkIdMapOption(spec, mount, { i, report });
  }
}

/** What lxcfs and the like put in the place of the host's numbers, as normalised paths. All else below /proc is the
 * kernel's own (CVE-2019-16884). */
export const COVERABLE_PROC_FILES: ReadonlySet<string> = new Set([
  'proc/cpuinfo', 'proc/diskstats', 'proc/meminfo', 'proc/stat', 'proc/swaps', 'proc/uptime', 'proc/loadavg',
  'proc/slabinfo', 'proc/sys/kernel/ns_last_pid', 'proc/sys/crypto/fips_enabled',
]);

// '.' sorts before it, what names start with after it.
const SLASH = 0x2f;

/** config.md: relative destinations are deprecated and start at `/`. */
function checkDestination(mount: Mount, pointer: string, report: Report): void {
  const { destination } = mount;
  if (destination === '') {
    problem(report, pointer, '"" is not a path');
    return;
  }
  const path = isPlain(destination) ? destination.slice(1) : normalise(destination);
  if (path === '') {
    problem(report, pointer, `${show(destination)} is the container's root, which nothing can be mounted on`);
    return;
  }
  if (!destination.startsWith('/')) {
    warning(report, pointer, `${show(destination)} is not an absolute path, taken as relative to "/"`);
  }
  if (path.startsWith('proc')) checkProc(mount, path, { pointer, report });
}

/** Nearly every path: not worth splitting it. */
function isPlain(path: string): boolean {
  return path.charCodeAt(0) === SLASH && path.charCodeAt(1) > SLASH && !path.includes('/.') && !path.includes('//')
    && !path.endsWith('/');
}

/** Whether nothing is left of an absolute path but its slash. */
export function isRoot(path: string): boolean {
  return !isPlain(path) && normalise(path) === '';
}

function normalise(path: string): string {
  const components: string[] = [];
  for (const component of path.split('/')) {
    if (component === '..') components.pop();
    else if (component !== '' && component !== '.') components.push(component);
  }
  return components.join('/');
}

/** Whether something else than a procfs is to cover one. That a bind mount at /proc has one for its source, the kernel
 * is asked (plan/mount-targets.ts). The words are runc's. */
function checkProc(mount: Mount, path: string, place: { pointer: string; report: Report }): void {
  const { pointer, report } = place;
  const options = mount.options ?? [];
  if (path === 'proc') {
    const binds = mount.type === 'bind' || options.includes('bind') || options.includes('rbind');
    if (mount.type === 'proc' || binds || options.includes('remount')) return;
    problem(report, pointer, `${show(mount.destination)} cannot be mounted because it is not of type proc`);
  } else if (path.startsWith('proc/') && !COVERABLE_PROC_FILES.has(path)) {
    problem(report, pointer, `${show(mount.destination)} cannot be mounted because it is inside /proc`);
  }
}

function checkSource({ type = '', source = '', options }: Mount, pointer: string, report: Report): void {
  let bind = false;
  let remount = false;
  for (const option of options ?? []) {
    if (option === 'bind' || option === 'rbind') bind = true;
    else if (option === 'remount') remount = true;
  }
  if (remount) return;
  if (bind) {
    if (source === '') problem(report, `${pointer}/source`, 'missing, but a bind mount requires it');
  } else if (type === '') {
    problem(report, `${pointer}/type`, 'missing, but required unless the options have bind, rbind or remount');
  }
}

function checkMountMappings({ uidMappings, gidMappings }: Mount, pointer: string, report: Report): void {
  if (uidMappings === undefined && gidMappings === undefined) return;
  const uids = uidMappings ?? [];
  const gids = gidMappings ?? [];
  if (uids.length === 0 && gids.length > 0) {
    problem(report, `${pointer}/uidMappings`, 'missing, but required with gidMappings');
  }
  if (gids.length === 0 && uids.length > 0) {
    problem(report, `${pointer}/gidMappings`, 'missing, but required with uidMappings');
  }
  checkMappings(uids, `${pointer}/uidMappings`, report);
  checkMappings(gids, `${pointer}/gidMappings`, report);
}

function checkIdMapOption(spec: Spec, mount: Mount, place: { i: number; report: Report }): void {
  const { i, report } = place;
  const index = (mount.options ?? []).findLastIndex(isIdMapOption);
  const pointer = `/mounts/${i}/options/${index}`;
  try {
    const maps = mountIdMaps(spec, mount);
    if (maps === undefined || maps === 'joined' || (mount.uidMappings ?? []).length > 0) return;
    checkMappings(maps.uids, pointer, report);
    checkMappings(maps.gids, pointer, report);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problem(report, pointer, `${show(mount.options?.[index])} ${error.message}`);
  }
}
