// One case of fuzzing, by the way that explain, create and compile take: load, plan, check, assemble; each file that is
// assembled read back. Makes no container.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileContainer } from '../../../src/container/compile.ts';
import { completeFacts, placeElsewhere } from '../../../src/container/explain/other-host.ts';
import { planContainer, type PlannedContainer, prepareContainer } from '../../../src/container/plan-container.ts';
import { assemble } from '../../../src/elf/assemble.ts';
import { lineOf } from '../../../src/finding.ts';
import type { HostFacts } from '../../../src/host/facts.ts';
import { checkPlan } from '../../../src/plan/check.ts';
import type { Plan } from '../../../src/plan/operation.ts';
import { checkExecutable } from '../elf/check-executable.ts';
import { hostFor } from './hosts.ts';
import { acceptable, checkLine } from './outcome.ts';
import { randomFor } from './random.ts';

type Counted =
  'create' | 'exec' | 'compiled' | 'hook' | 'mounts' | 'resources' | 'host' | 'explained' | 'refused' | 'instructions'
  | 'bytes';

export interface Tally {
  readonly kinds: Map<string, number>;
  /** What was refused, with what is different each time taken out. */
  readonly messages: Map<string, number>;
  readonly count: Map<Counted, number>;
}

export function newTally(): Tally {
  return { kinds: new Map(), messages: new Map(), count: new Map() };
}

export function add<Key>(counts: Map<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** A case's bundle, and what of it is decided by chance. */
export interface Situation {
  readonly bundle: string;
  readonly seed: number;
  readonly index: number;
  readonly tally: Tally;
}

/** Plans a config's container. @returns undefined when it was refused. @throws what should never be */
export function runConfig(text: string, situation: Situation): PlannedContainer | undefined {
  const { bundle, tally } = situation;
  writeFileSync(join(bundle, 'config.json'), text);
  const planned = orRefused(tally, () => planFor(situation));
  if (planned === undefined) return undefined;
  return orRefused(tally, () => {
    checkPlanned(planned.compiled.plan, planned.prepared.facts, tally);
    planned.compiled.warnings.forEach((warning) => checkLine(lineOf(warning)));
    add(tally.count, 'create');
    return planned;
  });
}

/** The same as a file of its own. */
export function compileConfig(text: string, situation: Situation): void {
  const { tally, bundle } = situation;
  writeFileSync(join(bundle, 'config.json'), text);
  orRefused(tally, () => {
    const plans: Plan[] = [];
    const keep = (plan: Plan): Plan => {
      plans.push(plan);
      return plan;
    };
    const request = { ...requestFor(situation), alterInit: keep, alterSupervisor: keep };
    const { file } = compileContainer(request);
    const [, supervisor] = plans;
    if (supervisor === undefined) throw new Error('compile has made no supervisor');
    checkPlan(supervisor);
    readBack(file, supervisor, tally);
    for (const plan of plans) for (const { kind } of plan.operations) add(tally.kinds, kind);
    add(tally.count, 'compiled');
  });
}

export function orRefused<Result>(tally: Tally, work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    for (const message of acceptable(error)) add(tally.messages, patternOf(message));
    add(tally.count, 'refused');
    return undefined;
  }
}

/** A message without what it quotes. */
function patternOf(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"?/g, '…').replace(/-?\d[\d.e+]*/g, 'N').replace(/\/\S*/g, '/').slice(0, 70);
}

type PlanRequest = Parameters<typeof planContainer>[0] & { readonly facts: HostFacts };

export function requestFor({ bundle, seed, index }: Situation): PlanRequest {
  const random = randomFor(seed + 1, index);
  const facts = hostFor(random);
  const ignore = (): void => undefined;
  return {
    root: '/run/nunc-fuzz',
    id: 'fuzz',
    bundle,
    facts,
    noPivot: random.chance(10),
    newKeyring: random.chance(80),
    preserveFds: 0,
    rootless: random.chance(5) ? 'true' : random.pick(['auto', 'false']),
    cgroupDriver: placeElsewhere(random.pick(['cgroupfs', 'cgroupfs', 'systemd', 'disabled']), facts, ignore),
    place: { root: '/run/nunc-fuzz', id: 'fuzz', directory: '/run/nunc-fuzz/fuzz' } as never,
    warn: checkLine,
  };
}

function planFor(situation: Situation): PlannedContainer {
  const request = requestFor(situation);
  const random = randomFor(situation.seed + 2, situation.index);
  const prepared = prepareContainer(request);
  const facts = completeFacts(prepared, checkLine);
  return planContainer(request, { ...prepared, facts }, {
    nullStreams: random.chance(30) ? [0, 2] : [], runtimeMakesTargets: random.chance(30),
  });
}

/** That the same config on the same host gives the same bytes. */
export function checkSame(planned: PlannedContainer, situation: Situation): void {
  const again = planFor(situation);
  const files = [planned, again].map(({ compiled, prepared }) => assemble(compiled.plan, prepared.facts.architecture));
  const [one = Buffer.of(), other = Buffer.of()] = files;
  if (Buffer.compare(one, other) !== 0) throw new Error('two files of one config');
}

/** Checks a plan, assembles it twice and reads it back. */
export function checkPlanned(plan: Plan, facts: Pick<HostFacts, 'architecture'>, tally: Tally): void {
  checkPlan(plan);
  for (const { kind } of plan.operations) add(tally.kinds, kind);
  const file = assemble(plan, facts.architecture);
  if (Buffer.compare(file, assemble(plan, facts.architecture)) !== 0) throw new Error('two files of one plan');
  readBack(file, plan, tally);
}

function readBack(file: Uint8Array, plan: Plan, tally: Tally): void {
  add(tally.count, 'instructions', checkExecutable(file, plan));
  add(tally.count, 'bytes', file.length);
}
