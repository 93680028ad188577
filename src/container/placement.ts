// Where a container's cgroups are to be, and whether it may do without some. Makes none.

import type { CgroupDriver, CgroupPlacement } from '../cgroup/driver.ts';
import { askedLimits } from '../config/limits.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { HostFacts } from '../host/facts.ts';
import type { PreparedBundle } from './prepare.ts';

export type RootlessChoice = 'true' | 'false' | 'auto';

interface PlaceRequest {
  readonly id: string;
  readonly rootless: RootlessChoice;
  readonly cgroupDriver: Pick<CgroupDriver, 'resolvePlacement'>;
  readonly warn: (message: string) => void;
}

/** Whether cgroups are to be done without where they are not permitted, as runc decides it. */
export function isRootless(choice: RootlessChoice, facts: HostFacts): boolean {
  return choice === 'true' || (choice === 'auto' && (facts.effectiveUid !== 0 || !facts.initialUserNamespace));
}

/** @throws NuncError for a cgroupsPath that can't be, and limits that there is no cgroup for */
export function placeCgroups(
  request: PlaceRequest,
  { spec, facts }: Pick<PreparedBundle, 'spec' | 'facts'>,
): CgroupPlacement {
  const rootless = isRootless(request.rootless, facts);
  const placement = request.cgroupDriver.resolvePlacement(facts, {
    id: request.id,
    cgroupsPath: spec.linux?.cgroupsPath,
    rootless,
    limits: rootless ? askedLimits(spec.linux?.resources) : [],
  });
  if (placement.manager === 'disabled') warnOfLimits(request, spec);
  if (placement.cgroups.length === 0 && namespaceSource(spec, 'pid') !== 'new') {
    request.warn('the container has neither a cgroup nor a pid namespace: what outlives its first process is lost');
  }
  return placement;
}

/** Who does without cgroups has asked for it, but is to know what of the config is not done. */
function warnOfLimits({ warn }: PlaceRequest, { linux }: Spec): void {
  const ignored = askedLimits(linux?.resources);
  if ((linux?.resources?.devices ?? []).length > 0) ignored.push('/linux/resources/devices');
  if (linux?.cgroupsPath) ignored.push('/linux/cgroupsPath');
  if (ignored.length > 0) warn(`the cgroup manager is disabled: ignored ${ignored.join(', ')}`);
}
