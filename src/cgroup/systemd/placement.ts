// Which scope a container's cgroupsPath asks for, and where systemd puts its cgroup. Pure.

import { ConfigError } from '../../error.ts';
import type { HostFacts } from '../../host/facts.ts';
import type { CgroupPlacement, PlacedCgroup, PlacedUnit, PlacementRequest } from '../driver.ts';
import { escapeId, expandSlice, isSlice, isUnitName } from './slice.ts';

/** As runc's, which has `runc` there. */
const PREFIX = 'nunc';
const DEFAULT_SLICE = { system: 'system.slice', user: 'user.slice' } as const;

function refuse(problem: string): never {
  throw new ConfigError([{ pointer: '/linux/cgroupsPath', text: problem }]);
}

/**
 * The scope for `slice:prefix:name`, or for no cgroupsPath at all.
 *
 * @throws ConfigError, in runc's words, for another form and names that are none of systemd's
 */
export function unitOf({ cgroupsPath = '', id }: PlacementRequest, bus: PlacedUnit['bus']): PlacedUnit {
  const parts = cgroupsPath === '' ? ['', PREFIX, escapeId(id)] : cgroupsPath.split(':');
  const [slice = '', prefix = '', name = ''] = parts;
  if (parts.length !== 3) {
    refuse('expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, '
      + `got ${JSON.stringify(cgroupsPath)} instead`);
  }
  if (isSlice(name)) refuse(`${JSON.stringify(name)} is a slice, in which there can be no processes`);
  const unit = `${prefix}-${name}.scope`;
  if (!isUnitName(unit)) refuse(`invalid unit name: ${JSON.stringify(unit)}`);
  return { name: unit, slice: slice || DEFAULT_SLICE[bus], bus };
}

/** The cgroup that systemd makes itself, whatever the hierarchies. */
export function cgroupOfSystemd(placement: Pick<CgroupPlacement, 'cgroups'>): PlacedCgroup | undefined {
  return placement.cgroups.find(({ version, controllers }) => version === 2 || controllers.includes('name=systemd'));
}

/**
 * Where the scope's cgroups are: at the same place in every hierarchy, whether systemd makes it there or nunc does.
 *
 * @param root the cgroup of the systemd that is asked, '' for the root
 * @throws ConfigError for a slice that is none
 */
export function placeUnit(
  facts: Pick<HostFacts, 'cgroupMode' | 'hierarchies'>,
  { unit, root }: { unit: PlacedUnit; root: string },
): CgroupPlacement {
  const slice = expandSlice(unit.slice) ?? refuse(`invalid slice name: ${unit.slice}`);
  const cgroupsPath = `${root}${slice}/${unit.name}`;
  const cgroups = facts.hierarchies.map(({ version, controllers, mountpoint }) => (
    { version, controllers, mountpoint, path: mountpoint + cgroupsPath }));
  return { manager: 'systemd', mode: facts.cgroupMode, cgroupsPath, cgroups, unit };
}
