// Learns what the planner and the cgroup driver must know of this host, once a command. Reads only: a probe changes
// nothing. It is on the path of every create, so it opens as few files as it can (0.6 ms in all, cold).

import { readFileSync, statfsSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import type { Architecture, CgroupMode, Hierarchy, HostFacts, Limit } from './facts.ts';
import { parseMountinfoHierarchies } from './mountinfo.ts';
import { parseProcessLimit, parseProcessLimits, parseProcessStatus } from './process-status.ts';
import { isAppArmorOn, isSelinuxOn } from './security-modules.ts';
import { linkContents, sourceKinds } from './sources.ts';
import { isInitialUidMap } from './user-namespace.ts';

/** statfs(2)'s f_type. */
const CGROUP_SUPER_MAGIC = 0x27e0eb;
const CGROUP2_SUPER_MAGIC = 0x63677270;

const cgroupRoot = '/sys/fs/cgroup';

/** Of an entry of process.rlimits. */
interface LimitName {
  readonly type: string;
}

interface ProbeOptions {
  /** Absolute paths of bind mounts' sources to look at. */
  readonly sources?: readonly string[];
  /** Security modules to look for. */
  readonly modules?: readonly ('apparmor' | 'selinux')[];
  /** Those of them that are not followed when they are symbolic links. */
  readonly links?: readonly string[];
  /** Whether to look at the cgroup hierarchies; yes if not given. */
  readonly cgroups?: boolean;
  /** What the process sets itself; without it all limits are learnt. */
  readonly rlimits?: readonly LimitName[] | undefined;
}

function readFact(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new NuncError('host', `cannot read "${path}": is procfs mounted at /proc?`, { cause });
  }
}

/** This machine's. @throws NuncError of kind `host` for one that is not supported */
export function architecture(): Architecture {
  if (process.arch === 'x64') return 'x86_64';
  if (process.arch === 'arm64') return 'aarch64';
  throw new NuncError('host', `cannot run on "${process.arch}": nunc knows x86_64 and aarch64`);
}

/** Major and minor number of a release such as "6.1.0-18-amd64". */
export function parseKernelRelease(release: string): HostFacts['kernel'] {
  const major = Number.parseInt(release, 10);
  const minor = Number.parseInt(release.slice(release.indexOf('.') + 1), 10);
  if (Number.isNaN(major) || Number.isNaN(minor)) {
    throw new NuncError('host', `cannot understand the kernel release "${release.trim()}"`);
  }
  return { major, minor };
}

/** The limits that a container inherits. Node has raised its own soft RLIMIT_NOFILE to the hard one by the time this
 * runs; the parent process still has the value that the runtime was called with.
 *
 * @param rlimits those that the process sets: of the others it inherits, the plan needs RLIMIT_NOFILE alone */
export function inheritedLimits(parentPid: number, rlimits?: readonly LimitName[]): Record<string, Limit> {
  const set = rlimits?.map(({ type }) => type);
  const limits = parseProcessLimits(readFact('/proc/self/limits'), set && [...set, 'RLIMIT_NOFILE']);
  const own = limits['RLIMIT_NOFILE'];
  if (own === undefined || own.soft !== own.hard || parentPid === 0) return limits;
  // Replaced by what is set, so that nobody asks for its soft value.
  if (set?.includes('RLIMIT_NOFILE') === true) return limits;
  let parent: Limit | undefined;
  try {
    parent = parseProcessLimit(readFileSync(`/proc/${parentPid}/limits`, 'utf8'), 'Max open files');
  } catch {
    // The parent is gone, or is not ours to look at: the own value is the best that is known.
  }
  if (parent !== undefined) limits['RLIMIT_NOFILE'] = { soft: lesser(parent.soft, own.hard), hard: own.hard };
  return limits;
}

const lesser = (a: number, b: number): number => (a === -1 ? b : b === -1 ? a : Math.min(a, b));

function filesystemType(path: string): number {
  try {
    return statfsSync(path).type;
  } catch {
    return 0;
  }
}

function v2Hierarchy(mountpoint: string): Hierarchy {
  const controllers = readFact(`${mountpoint}/cgroup.controllers`).trim();
  return { version: 2, mountpoint, controllers: controllers === '' ? [] : controllers.split(' ') };
}

/** All hierarchies that can be reached. mountinfo also lists mounts that another one covers; the filesystem at the
 * mountpoint tells. */
function probeHierarchies(): Hierarchy[] {
  // On a pure v2 host mountinfo, which may be very long, need not be read.
  if (filesystemType(cgroupRoot) === CGROUP2_SUPER_MAGIC) return [v2Hierarchy(cgroupRoot)];
  const hierarchies: Hierarchy[] = [];
  for (const hierarchy of parseMountinfoHierarchies(readFact('/proc/self/mountinfo'))) {
    const type = filesystemType(hierarchy.mountpoint);
    if (hierarchy.version === 1 && type === CGROUP_SUPER_MAGIC) hierarchies.push(hierarchy);
    if (hierarchy.version === 2 && type === CGROUP2_SUPER_MAGIC) hierarchies.push(v2Hierarchy(hierarchy.mountpoint));
  }
  return hierarchies;
}

export function cgroupModeOf(hierarchies: readonly Hierarchy[]): CgroupMode {
  const v1 = hierarchies.some(({ version }) => version === 1);
  const v2 = hierarchies.some(({ version }) => version === 2);
  if (v1) return v2 ? 'hybrid' : 'v1';
  return v2 ? 'v2' : 'none';
}

/**
 * Probes this host.
 *
 * @throws NuncError of kind `host` when procfs is not mounted or the architecture is not supported.
 */
export function probeHost(
  { sources = [], links = [], modules = [], cgroups = true, rlimits }: ProbeOptions = {},
): HostFacts {
  const status = parseProcessStatus(readFact('/proc/self/status'), Object.keys(CAPABILITIES));
  const hierarchies = cgroups ? probeHierarchies() : [];
  return {
    architecture: architecture(),
    kernel: parseKernelRelease(readFact('/proc/sys/kernel/osrelease')),
    effectiveUid: status.effectiveUid,
    effectiveGid: status.effectiveGid,
    initialUserNamespace: isInitialUidMap(readFact('/proc/self/uid_map')),
    capabilities: status.capabilities,
    lastCapability: Number(readFact('/proc/sys/kernel/cap_last_cap')),
    limits: inheritedLimits(status.parentPid, rlimits),
    cgroupMode: cgroupModeOf(hierarchies),
    hierarchies,
    sources: sourceKinds(sources),
    ...(modules.includes('apparmor') ? { apparmor: isAppArmorOn() } : {}),
    ...(modules.includes('selinux') ? { selinux: isSelinuxOn() } : {}),
    links: linkContents(links),
  };
}
