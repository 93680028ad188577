// compile: from a bundle to a file that is the container. Everything that depends on the host is decided here, once;
// describe-compiled.ts tells what that was. Makes nothing but bytes.

import { oomCounterOf } from '../cgroup/oom.ts';
import { deviceContents, settingWrites } from '../cgroup/standalone.ts';
import { delegatedFiles } from '../cgroup/v2/delegate.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import { assemble } from '../elf/assemble.ts';
import { ConfigError, NuncError } from '../error.ts';
import { lineOf } from '../finding.ts';
import { directMaps } from '../launch/id-maps.ts';
import { OOM_SCORE_ADJ_MIN } from '../linux/constants.ts';
import type { Plan } from '../plan/operation.ts';
import type { IdMaps, SupervisorInput } from '../plan/standalone/input.ts';
import { compileSupervisor } from '../plan/standalone/supervisor.ts';
import { planProblems, specProblems } from './compile-problems.ts';
import { planContainer, type PlannedContainer, type PlanRequest, prepareContainer } from './plan-container.ts';
import { reasonOfShortage } from './shortage.ts';

export interface CompileRequest extends PlanRequest {
  /** For fault injection: the plans that are assembled in place of the compiled ones. */
  readonly alterInit?: (plan: Plan) => Plan;
  readonly alterSupervisor?: (plan: Plan) => Plan;
}

export interface CompiledContainer {
  readonly planned: PlannedContainer;
  /** An executable. */
  readonly file: Uint8Array;
}

/**
 * Compiles a container ahead of time. The same bundle on the same host gives the same bytes.
 *
 * @throws ConfigError for what needs a runtime; NuncError for what this host can't do
 */
export function compileContainer(request: CompileRequest): CompiledContainer {
  const prepared = prepareContainer(request);
  const problems = specProblems(prepared);
  if (problems.length > 0) throw new ConfigError(problems);
  const planned = planContainer(request, prepared, { standalone: true });
  const more = planProblems(prepared.spec, planned);
  if (more.length > 0) throw new ConfigError(more);
  if (planned.placement.manager === 'systemd') {
    throw new NuncError('usage', 'cannot compile a container for systemd: its cgroup would need nunc to be made');
  }
  for (const warning of planned.compiled.warnings) request.warn(lineOf(warning));
  const { alterInit = unaltered, alterSupervisor = unaltered } = request;
  const image = assemble(alterInit(planned.compiled.plan), prepared.facts.architecture);
  const supervisor = compileSupervisor({ name: request.id, image, ...supervisorInput(planned) });
  return { planned, file: assemble(alterSupervisor(supervisor), prepared.facts.architecture) };
}

function unaltered(plan: Plan): Plan {
  return plan;
}

function supervisorInput(planned: PlannedContainer): Omit<SupervisorInput, 'name' | 'image'> {
  const { prepared: { spec, facts }, placement, contents, compiled } = planned;
  const { writes, program } = deviceContents(placement, contents);
  const ready = contents.settings.filter(({ late }) => late !== true);
  const late = contents.settings.filter((setting) => setting.late === true);
  const counter = oomCounterOf(placement);
  return {
    plan: compiled.plan,
    descriptors: compiled.descriptors,
    uid: facts.effectiveUid,
    idMaps: compiled.waitsForMaps ? idMaps(planned) : undefined,
    cgroups: placement.cgroups,
    unifiedOnly: placement.mode === 'v2',
    writes: [...writes, ...settingWrites(placement, ready)],
    lateWrites: settingWrites(placement, late),
    devices: program,
    owner: contents.owner === undefined ? undefined : { uid: contents.owner, files: delegatedFiles() },
    outOfReach: spec.process?.oomScoreAdj === OOM_SCORE_ADJ_MIN,
    sharesPids: namespaceSource(spec, 'pid') !== 'new',
    killCounter: counter === undefined ? undefined : { path: counter },
    shortage: reasonOfShortage(contents),
  };
}

function idMaps({ prepared: { spec, facts } }: PlannedContainer): IdMaps {
  const maps = directMaps(spec.linux, facts);
  if (maps !== undefined) return maps;
  const text = 'more ids than the own one need newuidmap(1) and newgidmap(1), which a compiled container does without';
  throw new ConfigError([{ pointer: '/linux/uidMappings', text }]);
}
