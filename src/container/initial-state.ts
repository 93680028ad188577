// The state that create writes first: what of a config and of a plan the commands after it need.

import type { CgroupPlacement } from '../cgroup/driver.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import { specVersion } from '../version.ts';
import type { PreparedBundle } from './prepare.ts';
import { startTimeOf } from './process-stat.ts';
import type { ContainerPlace, LaterHooks, StartOperations, StateFile } from './store.ts';
import type { Surroundings } from './surroundings.ts';

const NO_OPERATIONS: StartOperations = { first: 0, total: 0, stories: [] };

/** What tells the init from a later process of its pid. */
export function identify(pid: number): Pick<StateFile, 'pid' | 'startTime'> {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? { pid } : { pid, startTime };
}

interface Beginning {
  readonly prepared: PreparedBundle;
  readonly placement: CgroupPlacement;
  readonly surroundings?: Surroundings;
  /** What there is still to be started; nothing when the container is restored. */
  readonly compiled?: CreatePlan;
  readonly newKeyring: boolean;
}

/** The state before there is an init. */
export function initialState(place: ContainerPlace, beginning: Beginning): StateFile {
  const { prepared: { spec, bundle, rootfs }, placement, surroundings, compiled, newKeyring } = beginning;
  const resctrl = surroundings?.resctrl?.group.removed ?? [];
  return {
    // The state's, not the config's (runtime.md, "State").
    ociVersion: specVersion,
    id: place.id,
    bundle,
    rootfs,
    annotations: spec.annotations ?? {},
    created: new Date().toISOString(),
    owner: process.geteuid?.() ?? 0,
    complete: false,
    ownPidNamespace: namespaceSource(spec, 'pid') === 'new',
    cgroups: placement,
    ...(resctrl.length === 0 ? {} : { resctrl }),
    startOperations: JSON.stringify(compiled === undefined ? NO_OPERATIONS : startOperationsOf(compiled)),
    newKeyring,
    ...(spec.linux?.seccomp?.listenerPath ? { hasSeccompAgent: true } : {}),
    ...laterHooks(spec),
  };
}

/** The hooks that other commands than create run. */
function laterHooks({ hooks }: Spec): { hooks?: LaterHooks } {
  const { startContainer = [], poststart = [], poststop = [] } = hooks ?? {};
  const none = startContainer.length + poststart.length + poststop.length === 0;
  return none ? {} : { hooks: { startContainer, poststart, poststop } };
}

/** The operations that run when create has ended, to tell a failure of theirs. */
function startOperationsOf({ plan }: CreatePlan): StartOperations {
  const { operations } = plan;
  // They are the last ones.
  let first = operations.length;
  while (operations[first - 1]?.stage === 'start') first--;
  const stories = operations.slice(first).map((operation) => ({
    kind: operation.kind,
    origin: operation.origin,
    action: operation.action,
    ...(operation.kind === 'fail' && operation.message !== undefined ? { message: operation.message } : {}),
  }));
  return { first, total: operations.length, stories };
}
