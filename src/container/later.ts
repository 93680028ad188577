// What of a config and of a plan the commands after create need: it is kept in the state file.

import type { Spec } from '../config/types.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import type { LaterHooks, StartOperations } from './store.ts';

/** The hooks that other commands than create run. */
export function laterHooks({ hooks }: Spec): { hooks?: LaterHooks } {
  const { startContainer = [], poststart = [], poststop = [] } = hooks ?? {};
  const none = startContainer.length + poststart.length + poststop.length === 0;
  return none ? {} : { hooks: { startContainer, poststart, poststop } };
}

/** The operations that run when create has ended, to tell a failure of theirs. */
export function startOperationsOf({ plan }: CreatePlan): StartOperations {
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
