// Hosts that a config is planned for: what real ones have told, and variations of it.

import type { HostFacts } from '../../../src/host/facts.ts';
import { factsOf } from '../explain.ts';
import type { Random } from './random.ts';

const REAL = [factsOf('hybrid'), factsOf('v2'), factsOf('v2-user')] as const;

const KERNELS = [{ major: 5, minor: 15 }, { major: 6, minor: 1 }, { major: 7, minor: 0 }];

/** Old kernels and other machines, without cgroups, privileges or security modules, or with them. */
export function hostFor(random: Random): HostFacts {
  // Nearly every config that has no user namespace is refused for an ordinary user.
  const real = random.chance(8) ? REAL[2] : random.pick([REAL[0], REAL[1]]);
  const some = real.capabilities.filter(() => random.chance(50));
  const version1 = real.hierarchies.filter(({ version }) => version === 1);
  const none = { cgroupMode: 'none', hierarchies: [] } as const;
  const cgroups = random.chance(5) ? none
    : random.chance(20) && version1.length > 0 ? { cgroupMode: 'v1', hierarchies: version1 } as const : {};
  return {
    ...real,
    ...cgroups,
    kernel: random.pick([real.kernel, real.kernel, ...KERNELS]),
    ...(random.chance(2) ? { kernel: { major: 5, minor: 10 } } : {}),
    ...(random.chance(2) ? { architecture: 'aarch64' } : {}),
    ...(random.chance(70) ? { apparmor: random.chance(70), selinux: random.chance(60) } : {}),
    ...(random.chance(10) ? { capabilities: some, lastCapability: 37 } : {}),
    ...(random.chance(10) ? { initialUserNamespace: !real.initialUserNamespace } : {}),
  };
}
