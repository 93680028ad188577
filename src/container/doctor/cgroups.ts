// Cgroups: what is mounted, which limits can be set, and whether by this caller; systemd, who may have to be asked.

import { ownDirectory } from '../../cgroup/delegation.ts';
import type { CgroupManager } from '../../cgroup/driver.ts';
import type { HostFacts } from '../../host/facts.ts';
import { type Diagnosis, fail, type Files, info, ok, warn } from './diagnosis.ts';

type Facts = Pick<HostFacts, 'cgroupMode' | 'hierarchies' | 'effectiveUid' | 'initialUserNamespace'>;

const MODES = {
  none: 'no cgroup file system is mounted',
  v1: 'version 1',
  hybrid: 'version 1, and a tree of version 2 beside it',
  v2: 'version 2',
} as const;

/** By the names of both versions, and what configs call it. */
const CONTROLLERS: readonly (readonly [v1: string, v2: string])[] = [
  ['cpu', 'cpu'], ['cpuset', 'cpuset'], ['memory', 'memory'], ['pids', 'pids'], ['blkio', 'io'],
];

export function diagnoseCgroups(facts: Facts, files: Files): Diagnosis[] {
  const { cgroupMode, hierarchies } = facts;
  if (cgroupMode === 'none') {
    return [warn('cgroups', `${MODES.none}: containers have no limits, and can't be paused`,
      'mount -t cgroup2 cgroup2 /sys/fs/cgroup, or --cgroup-manager disabled')];
  }
  const found: Diagnosis[] = [ok('cgroups', MODES[cgroupMode])];
  const all = hierarchies.flatMap(({ controllers }) => controllers);
  const missing = CONTROLLERS.filter(([v1, v2]) => !all.includes(v1) && !all.includes(v2)).map(([, v2]) => v2);
  if (missing.length > 0) {
    const present = [...new Set(all)].join(', ') || 'none';
    found.push(warn('controllers', `${present}; without ${missing.join(', ')}: configs with such limits are refused`,
      'the kernel\'s command line (cgroup_enable=), or who has delegated this tree'));
  } else {
    found.push(ok('controllers', [...new Set(all)].join(', ')));
  }
  found.push(isRoot(facts) ? diagnoseRoot(facts, files) : diagnoseDelegation(facts, files));
  return found;
}

function isRoot({ effectiveUid, initialUserNamespace }: Facts): boolean {
  return effectiveUid === 0 && initialUserNamespace;
}

function diagnoseRoot({ hierarchies }: Facts, files: Files): Diagnosis {
  const readOnly = hierarchies.map(({ mountpoint }) => mountpoint).filter((path) => !files.isWritable(path));
  if (readOnly.length === 0) return ok('cgroup-rights', 'cgroups can be made everywhere');
  return fail('cgroup-rights', `no cgroup can be made in ${readOnly.join(', ')}: mounted read-only, as in a container`,
    'mount it read-write, or use --rootless true or --cgroup-manager disabled');
}

/** What an ordinary user has been given: docs/decisions/rootless.md. */
function diagnoseDelegation({ hierarchies }: Facts, files: Files): Diagnosis {
  const memberships = files.read('/proc/self/cgroup') ?? '';
  const given = hierarchies.filter((hierarchy) => {
    const own = ownDirectory({ ...hierarchy, path: '' }, memberships);
    return files.isWritable(own) && files.isWritable(`${own}/${hierarchy.version === 1 ? 'tasks' : 'cgroup.procs'}`);
  });
  const controllers = given.flatMap(({ version, controllers: names, mountpoint }) => {
    if (version === 1) return names;
    const own = ownDirectory({ version, controllers: names, mountpoint, path: '' }, memberships);
    return files.read(`${own}/cgroup.controllers`)?.trim().split(' ').filter((name) => name !== '') ?? [];
  });
  if (controllers.length > 0) return ok('cgroup-rights', `delegated to you: ${controllers.join(', ')}`);
  return warn('cgroup-rights', 'nothing is delegated to you: a container is in your own cgroup, without limits',
    'a systemd user session and --systemd-cgroup, with Delegate=cpu cpuset io memory pids for user@.service');
}

interface SystemdHost {
  /** What systemd calls its version, over the bus. @throws NuncError */
  readonly askVersion: (bus: 'system' | 'user') => string;
  readonly manager: CgroupManager;
}

/** For --systemd-cgroup: whether there is one that answers. */
export function diagnoseSystemd(facts: Facts, files: Files, { askVersion, manager }: SystemdHost): Diagnosis[] {
  const report = manager === 'systemd' ? fail : info;
  if (!files.exists('/run/systemd/system')) {
    return [report('systemd', 'does not run this host: --systemd-cgroup can\'t be used', 'leave the option out')];
  }
  const bus = isRoot(facts) ? 'system' : 'user';
  if (bus === 'user' && facts.cgroupMode !== 'v2') {
    return [report('systemd', "the user's systemd has cgroups for containers only where all are of version 2",
      'boot with systemd.unified_cgroup_hierarchy=1')];
  }
  try {
    return [ok('systemd', `${bus === 'user' ? "the user's systemd" : 'systemd'} ${askVersion(bus)} answers`)];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const session = 'log in with a session (machinectl shell, ssh), or loginctl enable-linger';
    const remedy = bus === 'user' ? session : undefined;
    return [(manager === 'systemd' ? fail : warn)('systemd', reason, remedy)];
  }
}
