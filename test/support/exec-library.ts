// exec as a library in the test's own process, as library.ts has the rest of nunc: where its plan can be tampered with.

import type { Process } from '../../src/config/types.ts';
import { execInContainer, type ExecRequest } from '../../src/container/exec.ts';
import { placeOf } from '../../src/container/store.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { errno } from '../../src/linux/errno.ts';
import type { ExecPlan } from '../../src/plan/exec-plan.ts';
import type { Operation } from '../../src/plan/operation.ts';
import type { Bundle } from './bundle.ts';
import { kernel } from './library.ts';
import { stateRoot } from './runtime.ts';

export interface ExecTrial {
  readonly bundle: Bundle;
  readonly args: readonly string[];
  readonly process?: Partial<Process>;
  readonly ffi?: Ffi;
  readonly request?: Partial<ExecRequest>;
}

/** Executes a detached process, which becomes a child of the test. @returns exec's status */
export function execAsLibrary(trial: ExecTrial): Promise<number> {
  const { bundle, args, process = {}, ffi = kernel(), request = {} } = trial;
  return execInContainer(ffi, {
    place: placeOf(stateRoot(), bundle.id),
    ask: (own) => ({ process: { cwd: '/', ...own, ...process, args: [...args] }, exactLimits: undefined }),
    detach: true,
    ignorePaused: false,
    preserveFds: 0,
    cgroups: new Map(),
    warn: () => undefined,
    ...request,
  });
}

export type AlterExecPlan = NonNullable<ExecRequest['alterPlan']>;

/** Runs an altered copy of the plan's operations. */
export function altering(alter: (operations: readonly Operation[]) => Operation[]): AlterExecPlan {
  return (compiled: ExecPlan) => ({
    ...compiled,
    plan: { ...compiled.plan, operations: alter(compiled.plan.operations) },
  });
}

/** Has the process wait before each of its steps, from its birth on, so that all of them can be watched. */
export function slowed(milliseconds: number): AlterExecPlan {
  return altering((operations) => operations.flatMap((operation): Operation[] => {
    const { stage, origin, action } = operation;
    if (stage === 'stage0' || operation.kind === 'label') return [operation];
    const time = { words: [0, milliseconds * 1_000_000] };
    // A tracer interrupts it.
    const tolerate = [errno.EINTR];
    return [{ kind: 'ppoll', args: [0, 0, time, 0, 0], tolerate, stage, origin, action }, operation];
  }));
}
