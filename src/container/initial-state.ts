// The state that create writes first: what of a config and of a plan the commands after it need.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import { specVersion } from '../version.ts';
import type { Work } from './make-container.ts';
import { startTimeOf } from './status.ts';
import type { ContainerPlace, LaterHooks, StartOperations, StateFile } from './store.ts';

/** What tells the init from a later process of its pid. */
export function identify(pid: number): Pick<StateFile, 'pid' | 'startTime'> {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? { pid } : { pid, startTime };
}

/** The state before there is an init. */
export function initialState(place: ContainerPlace, work: Work): StateFile {
  const { spec, bundle, rootfs } = work.prepared;
  const resctrl = work.surroundings.resctrl?.group.removed ?? [];
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
    cgroups: work.placement,
    ...(resctrl.length === 0 ? {} : { resctrl }),
    startOperations: startOperationsOf(work.compiled),
    newKeyring: work.request.newKeyring,
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
  const first = operations.findIndex((operation) => operation.stage === 'start');
  const stories = operations.slice(first).map((operation) => ({
    kind: operation.kind,
    origin: operation.origin,
    action: operation.action,
    ...(operation.kind === 'fail' && operation.message !== undefined ? { message: operation.message } : {}),
  }));
  return { first, total: operations.length, stories };
}
