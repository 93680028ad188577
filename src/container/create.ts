// create: from a bundle to a container that waits to be started. Everything that can be refused is refused before
// anything is made (make-container.ts).

import { closeSync } from 'node:fs';
import type { CgroupDriver } from '../cgroup/driver.ts';
import { assemble } from '../elf/assemble.ts';
import type { Ffi } from '../ffi/port.ts';
import { lineOf } from '../finding.ts';
import { DanglingLinkError } from '../launch/failure.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import type { Resctrl } from '../resctrl/group.ts';
import { explained } from './causes/scene.ts';
import { checkTerminal, connectConsole } from './console-socket.ts';
import { type Compiled, makeContainer } from './make-container.ts';
import { compilePlan, findNullStreams, planContainer, type PlanRequest, prepareContainer } from './plan-container.ts';
import type { PreparedBundle } from './prepare.ts';
import { lap } from './stopwatch.ts';
import { type ContainerPlace, makeDirectory, newPlaceOf } from './store.ts';
import { planSurroundings, releaseSurroundings, resetSurroundings } from './surroundings.ts';
import { withUsualUmask } from './umask.ts';

export interface CreateRequest extends PlanRequest {
  readonly cgroupDriver: CgroupDriver;
  readonly pidFile?: string;
  /** Path of the socket that a pidfd of the init is sent to. */
  readonly pidfdSocket?: string;
  /** Path of the socket that the terminal's master is sent to: for whom stays behind when the runtime has ended. */
  readonly consoleSocket?: string;
  /** Takes the terminal's master, in place of a socket, and closes it: a foreground run has it. */
  readonly takeTerminal?: (master: number) => void;
  /** For fault injection: the plan that is run in place of the compiled one. */
  readonly alterPlan?: (compiled: CreatePlan) => CreatePlan;
  /** For hosts without one: what stands for the mounted resctrl file system. */
  readonly resctrl?: Resctrl;
}

/** Creates a container. @returns its place and its init's pid, a child of this process */
export function createContainer(
  ffi: Ffi,
  request: CreateRequest,
  prepared = prepareContainer(request),
): { place: ContainerPlace; pid: number } {
  const { stopwatch } = request;
  lap(stopwatch, 'read and check the bundle');
  const place = newPlaceOf(request.root, request.id);
  checkTerminal(prepared.spec, request);
  const nullStreams = prepared.spec.process?.terminal === true ? [] : findNullStreams();
  const planned = planContainer(request, prepared, { nullStreams });
  const { placement, contents, filter } = planned;
  lap(stopwatch, 'plan');
  const first = build(planned.compiled, request, prepared);
  lap(stopwatch, 'assemble the init');
  for (const warning of first.compiled.warnings) request.warn(lineOf(warning));
  const surroundings = planSurroundings(ffi, request, { place, spec: prepared.spec });
  let socket: number | undefined;
  const make = (built: Compiled): number => {
    makeDirectory(place);
    const work = { request, prepared, placement, contents, filter, ...built, socket, surroundings };
    return makeContainer(ffi, place, work);
  };
  try {
    socket = connectConsole(ffi, request);
    return { place, pid: withUsualUmask(() => make(first)) };
  } catch (error) {
    // Rare enough not to be prepared for: no hook has run, all else is undone (docs/decisions/dangling-targets.md).
    if (!(error instanceof DanglingLinkError)) throw error;
    resetSurroundings(surroundings);
    const again = compilePlan(request, planned, { nullStreams, runtimeMakesTargets: true });
    return { place, pid: withUsualUmask(() => make(build(again, request, prepared))) };
  } finally {
    if (socket !== undefined) closeSync(socket);
    releaseSurroundings(surroundings);
  }
}

/** The same, with what may be behind a failure. */
export async function createExplained(
  ffi: Ffi,
  request: CreateRequest,
  prepared = prepareContainer(request),
): Promise<{ place: ContainerPlace; pid: number }> {
  try {
    return createContainer(ffi, request, prepared);
  } catch (error) {
    throw await explained(ffi, error, () => ({ ...prepared, isLive: false }));
  }
}

function build(plan: CreatePlan, { alterPlan }: CreateRequest, { facts }: PreparedBundle): Compiled {
  const compiled = alterPlan === undefined ? plan : alterPlan(plan);
  return { compiled, image: assemble(compiled.plan, facts.architecture) };
}
