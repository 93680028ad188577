// Explaining for a host that is not this one: what its facts do not tell is taken for granted, and said.

import { refuseLimits } from '../../cgroup/delegation.ts';
import type { CgroupDriver, CgroupManager, CgroupPlacement, PlacementRequest } from '../../cgroup/driver.ts';
import { resolvePlacement } from '../../cgroup/placement.ts';
import { placeUnit, unitOf } from '../../cgroup/systemd/placement.ts';
import { printable } from '../../finding.ts';
import type { HostFacts } from '../../host/facts.ts';
import { linkContents, sourceKinds } from '../../host/sources.ts';
import { bindSources, type PreparedBundle } from '../prepare.ts';

type Assume = (assumption: string) => void;
type Placer = Pick<CgroupDriver, 'resolvePlacement'>;

/** The facts, completed with what is known of the bundle's bind mounts: from here where they do not tell. */
export function completeFacts({ facts, spec, mountOptions, bundle }: PreparedBundle, assume: Assume): HostFacts {
  const { sources, links } = bindSources(spec, mountOptions, bundle);
  const untold = [...new Set(sources)].filter((source) => facts.sources[source] === undefined);
  const here = sourceKinds(untold);
  const known = untold.filter((source) => here[source] !== 'missing');
  const unknown = untold.filter((source) => here[source] === 'missing');
  if (known.length > 0) assume(`sources of bind mounts are there what they are here: ${list(known)}`);
  if (unknown.length > 0) assume(`sources of bind mounts that are not here are directories: ${list(unknown)}`);
  const guessed = Object.fromEntries(unknown.map((source) => [source, 'directory' as const]));
  const untoldLinks = links.filter((link) => facts.links[link] === undefined);
  if (untoldLinks.length > 0) assume(`symbolic links are there what they are here: ${list(untoldLinks)}`);
  return {
    ...facts,
    sources: { ...here, ...guessed, ...facts.sources },
    links: { ...linkContents(untoldLinks), ...facts.links },
  };
}

/** The config names them. */
function list(paths: readonly string[]): string {
  return paths.map(printable).join(' ');
}

/** Places cgroups without a look at this host's. */
export function placeElsewhere(manager: CgroupManager, facts: HostFacts, assume: Assume): Placer {
  switch (manager) {
    case 'cgroupfs':
      return {
        resolvePlacement: (host, request) => placeDirectories(resolvePlacement(host, request), request, assume),
      };
    case 'systemd':
      return { resolvePlacement: (host, request) => placeScope(host, request, { uid: facts.effectiveUid, assume }) };
    case 'disabled':
      return { resolvePlacement: (host) => placeNowhere(host, assume) };
  }
}

function placeNowhere(
  { cgroupMode, hierarchies }: Pick<HostFacts, 'cgroupMode' | 'hierarchies'>,
  assume: Assume,
): CgroupPlacement {
  assume('the runtime is in the root of every cgroup hierarchy');
  const inherited = hierarchies.map((hierarchy) => ({ ...hierarchy, path: hierarchy.mountpoint }));
  return { manager: 'disabled', mode: cgroupMode, cgroupsPath: '', cgroups: [], inherited };
}

/** Who is not root may make the cgroups that somebody has delegated, which facts do not tell. */
function placeDirectories(placement: CgroupPlacement, request: PlacementRequest, assume: Assume): CgroupPlacement {
  if (request.rootless !== true || (request.cgroupsPath ?? '') !== '') return placement;
  assume('no cgroup is delegated to the user, and the runtime is in the root of every hierarchy');
  const inherited = placement.cgroups.map((cgroup) => ({ ...cgroup, path: cgroup.mountpoint }));
  const resolved = { ...placement, cgroups: [], inherited };
  refuseLimits(resolved, request);
  return resolved;
}

/** Where systemd puts a scope is told by its unit; a user's systemd is itself in a cgroup. */
function placeScope(
  host: Pick<HostFacts, 'cgroupMode' | 'hierarchies'>,
  request: PlacementRequest,
  { uid, assume }: { uid: number; assume: Assume },
): CgroupPlacement {
  const bus = request.rootless === true ? 'user' : 'system';
  const root = bus === 'user' ? `/user.slice/user-${uid}.slice/user@${uid}.service` : '';
  assume(bus === 'user' ? `the user's systemd is in the cgroup ${root}` : 'the host is run by systemd');
  return placeUnit(host, { unit: unitOf(request, bus), root });
}
