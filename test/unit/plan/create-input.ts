// Inputs for the planner on hosts that are made up: what is tested must not depend on the machine that tests.

import { parseContainerId } from '../../../src/config/container-id.ts';
import type { Spec } from '../../../src/config/types.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import { CAPABILITIES } from '../../../src/linux/capabilities.ts';
import type { CgroupHierarchy, CreateInput } from '../../../src/plan/create-draft.ts';
import { parseAllMountOptions } from '../../../src/plan/mount-options.ts';

export const facts: HostFacts = {
  architecture: 'x86_64',
  kernel: { major: 6, minor: 12 },
  effectiveUid: 0,
  effectiveGid: 0,
  initialUserNamespace: true,
  capabilities: Object.keys(CAPABILITIES),
  lastCapability: 40,
  limits: { RLIMIT_NOFILE: { soft: 1024, hard: 524288 } },
  cgroupMode: 'v2',
  hierarchies: [],
  sources: {},
  links: {},
};

export const unified: CgroupHierarchy[] = [
  { version: 2, controllers: ['cpu', 'memory', 'pids'], mountpoint: '/sys/fs/cgroup', path: '/sys/fs/cgroup/nunc/c1' },
];

export const hybrid: CgroupHierarchy[] = [
  {
    version: 1,
    controllers: ['cpu', 'cpuacct'],
    mountpoint: '/sys/fs/cgroup/cpu,cpuacct',
    path: '/sys/fs/cgroup/cpu,cpuacct/nunc/c1',
  },
  { version: 1, controllers: ['memory'], mountpoint: '/sys/fs/cgroup/memory', path: '/sys/fs/cgroup/memory/nunc/c1' },
  { version: 2, controllers: [], mountpoint: '/sys/fs/cgroup/unified', path: '/sys/fs/cgroup/unified/nunc/c1' },
];

export const smallSpec: Spec = {
  ociVersion: '1.3.0',
  root: { path: 'rootfs' },
  process: { cwd: '/', args: ['/bin/true'], env: ['PATH=/bin', 'HOME=/root'], user: { uid: 0, gid: 0 } },
  linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
};

/** An input with `spec`'s top-level properties in the place of smallSpec's. */
export function createInput(spec: Partial<Spec> = {}, other: Partial<CreateInput> = {}): CreateInput {
  return {
    id: parseContainerId('c1'),
    bundle: '/bundle',
    rootfs: '/bundle/rootfs',
    spec: { ...smallSpec, ...spec },
    mountOptions: parseAllMountOptions(spec.mounts ?? []),
    facts,
    cgroups: unified,
    inheritedCgroups: [],
    kernelFileSystems: [],
    noPivot: false,
    newKeyring: true,
    preserveFds: 0,
    runtimeMakesTargets: false,
    ...other,
  };
}
