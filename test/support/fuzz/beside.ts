// What comes to a container that is there: processes, hooks, mounts, limits; and what explain says. Each from a fuzzed
// document, beside a container that was planned.

import { planContents } from '../../../src/cgroup/contents.ts';
import { parseHostFacts } from '../../../src/config/host-facts.ts';
import { parseLiveMounts } from '../../../src/config/live-mounts.ts';
import { checkProcess, parseProcess } from '../../../src/config/process.ts';
import { parseResources } from '../../../src/config/resources.ts';
import type { Spec } from '../../../src/config/types.ts';
import { explainContainer } from '../../../src/container/explain/explain.ts';
import { renderExplanation } from '../../../src/container/explain/text.ts';
import type { PlannedContainer } from '../../../src/container/plan-container.ts';
import * as L from '../../../src/linux/constants.ts';
import type { CreateInput } from '../../../src/plan/create-draft.ts';
import { compileExecPlan } from '../../../src/plan/exec-plan.ts';
import { compileHookPlan } from '../../../src/plan/hook-plan.ts';
import { compileLiveMountPlan } from '../../../src/plan/live-mount-plan.ts';
import { parseAllMountOptions } from '../../../src/plan/mount-options.ts';
import { checkMountOptions } from '../../../src/plan/mount-rules.ts';
import { pathInRoot } from '../../../src/plan/paths.ts';
import { compileUnmountPlan } from '../../../src/plan/unmount-plan.ts';
import { hostFor } from './hosts.ts';
import { mutate } from './mutate.ts';
import { checkLine } from './outcome.ts';
import { add, checkPlanned, orRefused, requestFor, type Situation } from './pipeline.ts';
import { type Random, randomFor } from './random.ts';
import { documentOf } from './schema-documents.ts';

const MOST_NAMESPACES = [
  L.CLONE_NEWNS, L.CLONE_NEWPID, L.CLONE_NEWNET, L.CLONE_NEWIPC, L.CLONE_NEWUTS, L.CLONE_NEWCGROUP, L.CLONE_NEWUSER,
];

function namespacesFor(random: Random): number {
  return MOST_NAMESPACES.reduce((flags, flag) => flags | (random.chance(60) ? flag : 0), 0);
}

/** A fuzzed document as bytes, in which few or no places are wrong. */
function bytesOf(document: unknown, random: Random): Uint8Array {
  const holder = { document };
  mutate(holder, document, { random, count: random.pick([0, 0, 0, 1, 1, 4]) });
  return Buffer.from(JSON.stringify(holder.document ?? null));
}

type Beside = (planned: PlannedContainer, random: Random, situation: Situation) => void;

const execute: Beside = ({ prepared, placement }, random, { tally }) => {
  const document = documentOf('process.schema.json#/definitions/Process', random, 'process');
  const plain = { cwd: '/', args: ['sh'], rlimits: [], scheduler: undefined, selinuxLabel: '' };
  if (random.chance(80)) Object.assign(document, plain);
  const { process, exactLimits: limits } = parseProcess(bytesOf(document, random));
  const spec = { ...prepared.spec, process };
  checkProcess(spec).forEach(checkLine);
  const { plan } = compileExecPlan({
    id: 'fuzz' as CreateInput['id'], spec, facts: prepared.facts, exactLimits: limits, exact: prepared.exact,
    newKeyring: random.chance(50), preserveFds: random.below(4), cgroups: placement.cgroups,
    hasOtherCgroup: placement.cgroups.some(({ version }) => version === 2) && random.chance(30),
    namespaces: namespacesFor(random), inForeground: random.chance(50), timings: random.chance(20),
  });
  checkPlanned(plan, prepared.facts, tally);
  add(tally.count, 'exec');
};

const runHooks: Beside = ({ prepared, placement }, random, { tally }) => {
  const { spec, facts } = prepared;
  for (const list of ['createContainer', 'startContainer'] as const) {
    for (const [index, hook] of (spec.hooks?.[list] ?? []).slice(0, 3).entries()) {
      const id = 'fuzz' as CreateInput['id'];
      const common = { id, spec, facts, exactLimits: prepared.exactLimits, cgroups: placement.cgroups };
      const namespaces = namespacesFor(random);
      const plan = compileHookPlan({ ...common, list, index, hook, namespaces, newKeyring: random.chance(50) });
      checkPlanned(plan, facts, tally);
      add(tally.count, 'hook');
    }
  }
};

const addMounts: Beside = ({ prepared, placement }, random, { tally }) => {
  const mounts = Array.from({ length: 1 + random.below(3) }, () => (
    { source: 'tmpfs', ...documentOf('config.schema.json#/definitions/Mount', random, 'mounts[]') }));
  const { spec, warnings } = parseLiveMounts(bytesOf(mounts, random), prepared.spec);
  warnings.forEach(checkLine);
  const mountOptions = parseAllMountOptions(spec.mounts ?? []);
  if (checkMountOptions(spec.mounts ?? [], mountOptions).problems.length > 0) return;
  const input = {
    ...prepared, id: 'fuzz' as CreateInput['id'], spec, mountOptions, cgroups: placement.cgroups, inheritedCgroups: [],
    noPivot: false, newKeyring: false, preserveFds: 0, runtimeMakesTargets: random.chance(50), live: true,
  };
  checkPlanned(compileLiveMountPlan(input, namespacesFor(random)).plan, prepared.facts, tally);
  const unmounts = (spec.mounts ?? []).map(({ destination }, i) => (
    { destination, path: pathInRoot(destination), origin: `/mounts/${i}` }));
  const namespaces = namespacesFor(random);
  checkPlanned(compileUnmountPlan({ unmounts, added: [17, 4], namespaces }), prepared.facts, tally);
  add(tally.count, 'mounts');
};

const limit: Beside = ({ prepared, placement }, random, { tally }) => {
  const document = documentOf('resources.schema.json#/definitions/LinuxResources', random, 'linux.resources');
  const { resources, exact } = parseResources(bytesOf(document, random));
  const spec: Spec = { ...prepared.spec, linux: { ...prepared.spec.linux, resources } };
  planContents(spec, placement, { facts: prepared.facts, exact, annotations: prepared.annotations });
  add(tally.count, 'resources');
};

const tellHost: Beside = (_, random, { tally }) => {
  const { sources: _sources, links: _links, ...facts } = hostFor(random);
  parseHostFacts(bytesOf(structuredClone(facts), random));
  add(tally.count, 'host');
};

const BESIDE: readonly Beside[] = [execute, execute, runHooks, addMounts, limit, tellHost];

/** Some of what comes to a container that was planned. */
export function runBeside(planned: PlannedContainer, situation: Situation): void {
  const random = randomFor(situation.seed + 3, situation.index);
  for (const [i, run] of BESIDE.entries()) {
    if (!random.chance(40)) continue;
    orRefused(situation.tally, () => run(planned, randomFor(situation.seed + 10 + i, situation.index), situation));
  }
}

/** What explain prints of the config that is in the bundle. */
export async function explainConfig(situation: Situation): Promise<void> {
  const request = requestFor(situation);
  const { tally } = situation;
  try {
    const host = { facts: request.facts, cgroupManager: 'cgroupfs' } as const;
    const explained = await explainContainer({ ...request, host });
    JSON.stringify(explained.document);
    for (const line of renderExplanation(explained).split('\n')) if (line !== '') checkLine(line);
    add(tally.count, 'explained');
  } catch (error) {
    orRefused(tally, () => { throw error; });
  }
}

