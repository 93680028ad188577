// Decides where a container's cgroups are. Pure: touches no file.
//
// The container gets a cgroup in every hierarchy of the host, at the same place: in all v1 ones, named ones (systemd)
// included, and in the v2 tree, alone or beside v1. That is what runc does, except that runc puts a relative
// cgroupsPath below the caller's own cgroups, so that the place depends on who calls; here it depends on config.json.

import { ConfigError } from '../error.ts';
import type { HostFacts } from '../host/facts.ts';
import type { CgroupPlacement, JoinFiles, PlacedCgroup, PlacementRequest } from './driver.ts';

/** The cgroup that holds the containers without an absolute cgroupsPath. */
const ownParent = '/nunc';

function refuse(cgroupsPath: string, reason: string): never {
  throw new ConfigError([{ pointer: '/linux/cgroupsPath', text: `${JSON.stringify(cgroupsPath)} ${reason}` }]);
}

/** "slice:prefix:name", which only the systemd driver understands. */
export function isSystemdForm(cgroupsPath: string): boolean {
  return !cgroupsPath.startsWith('/') && cgroupsPath.split(':').length === 3;
}

/** The path without empty and "." components, starting with "/". */
function normalise(cgroupsPath: string): string {
  let path = '';
  for (const component of cgroupsPath.split('/')) {
    if (component === '..') refuse(cgroupsPath, 'must not contain ".."');
    if (component !== '' && component !== '.') path += `/${component}`;
  }
  return path;
}

function placeOf({ cgroupsPath, id }: PlacementRequest): string {
  if (cgroupsPath === undefined || cgroupsPath === '') return `${ownParent}/${id}`;
  if (isSystemdForm(cgroupsPath)) refuse(cgroupsPath, 'is for systemd: use --systemd-cgroup');
  // A newline is what the kernel refuses: it would make /proc/<pid>/cgroup unreadable.
  if (/[\0\n]/.test(cgroupsPath)) refuse(cgroupsPath, 'must not contain NUL or a newline');
  const path = normalise(cgroupsPath);
  if (path === '') refuse(cgroupsPath, 'must name a cgroup below the root');
  return cgroupsPath.startsWith('/') ? path : ownParent + path;
}

/**
 * Where the container's cgroups are to be: an absolute cgroupsPath is relative to each hierarchy's mountpoint, a
 * relative one to /nunc there, and without any it is /nunc/<id>.
 *
 * @throws ConfigError for a path with "..", NUL or newline, of the root cgroup, or in systemd's form.
 */
export function resolvePlacement(
  facts: Pick<HostFacts, 'cgroupMode' | 'hierarchies'>,
  request: PlacementRequest,
): CgroupPlacement {
  const cgroupsPath = placeOf(request);
  const cgroups: PlacedCgroup[] = [];
  for (const { version, controllers, mountpoint } of facts.hierarchies) {
    cgroups.push({ version, controllers, mountpoint, path: mountpoint + cgroupsPath });
  }
  return { manager: 'cgroupfs', mode: facts.cgroupMode, cgroupsPath, cgroups };
}

/** The container's cgroup for a controller: in v1's hierarchy of it, else in the v2 tree; undefined without either.
 * Cgroups that it shares with the runtime (`inherited`) are not its own. */
export function cgroupFor({ cgroups }: Pick<CgroupPlacement, 'cgroups'>, controller: string): PlacedCgroup | undefined {
  return cgroups.find(({ version, controllers }) => version === 1 && controllers.includes(controller))
    ?? cgroups.find(({ version }) => version === 2);
}

export function joinFiles(placement: CgroupPlacement): JoinFiles {
  const tasks: string[] = [];
  let unified: string | undefined;
  for (const { version, path } of placement.cgroups) {
    if (version === 1) tasks.push(`${path}/tasks`);
    else unified = path;
  }
  return { tasks, unified };
}
