// What create would do with a bundle, as data. Needs no privileges, makes nothing and opens nothing for writing. Asks
// nobody, but for a user's systemd where in the cgroup tree it is.

import { resolve } from 'node:path';
import type { CgroupDriver, CgroupManager } from '../../cgroup/driver.ts';
import { joinFiles } from '../../cgroup/placement.ts';
import { parseNewContainerId } from '../../config/container-id.ts';
import { lineOf } from '../../finding.ts';
import type { HostFacts } from '../../host/facts.ts';
import type { Operation } from '../../plan/operation.ts';
import { findWaits } from '../../plan/waits.ts';
import { planContainer, type PlannedContainer, type PlanRequest, prepareContainer } from '../plan-container.ts';
import { devicesAbove, devicesAssumed, explainCgroups, explainDeviceProgram } from './cgroups.ts';
import { type Explanation, VERSION } from './document.ts';
import { explainFilter, explainStages } from './operations.ts';
import { completeFacts, placeElsewhere } from './other-host.ts';
import {
  explainDescriptors, explainHooks, explainIdMaps, explainNamespaces, explainNetworkDevices, explainResctrl,
} from './surroundings.ts';

/** This host, and who places cgroups on it; or what another one has said of itself (`nunc features --host`). */
type ExplainedHost =
  | { readonly here: Pick<CgroupDriver, 'resolvePlacement'> }
  | { readonly facts: HostFacts; readonly cgroupManager: CgroupManager };

export interface ExplainRequest extends Omit<PlanRequest, 'warn' | 'place' | 'facts' | 'cgroupDriver'> {
  readonly host: ExplainedHost;
  /** Those of the descriptors 0, 1 and 2 that are /dev/null. */
  readonly nullStreams?: readonly number[];
}

export interface Explained {
  readonly document: Explanation;
  readonly operations: readonly Operation[];
}

/** Explains a container. @throws NuncError as create would, for what can be told before anything is made */
export async function explainContainer(request: ExplainRequest): Promise<Explained> {
  const warnings: string[] = [];
  const assumptions: string[] = [];
  const planned = plan(request, { warn: (text) => warnings.push(text), assume: (text) => assumptions.push(text) });
  const { operations } = planned.compiled.plan;
  warnings.push(...planned.compiled.warnings.map((finding) => lineOf(finding)));
  const document = {
    version: VERSION,
    container: explainPlace(request, planned),
    host: withoutBundle(planned.prepared.facts),
    assumptions,
    warnings,
    ...await explainParts(planned, {
      id: request.id,
      elsewhere: 'facts' in request.host,
      assume: (text) => assumptions.push(text),
    }),
  } as const;
  return { document, operations };
}

interface Tell {
  readonly warn: (warning: string) => void;
  readonly assume: (assumption: string) => void;
}

function plan(request: ExplainRequest, { warn, assume }: Tell): PlannedContainer {
  const { host, root, id, nullStreams = [] } = request;
  const checked = parseNewContainerId(id);
  const place = { root, id: checked, directory: `${root}/${checked}` };
  const cgroupDriver = 'here' in host ? host.here : placeElsewhere(host.cgroupManager, host.facts, assume);
  const planRequest = { ...request, ...('facts' in host ? { facts: host.facts } : {}), place, cgroupDriver, warn };
  // That there are descriptors to hand on is for create to see.
  const prepared = prepareContainer({ ...planRequest, preserveFds: 0 });
  const isTerminal = prepared.spec.process?.terminal === true;
  const options = { nullStreams: isTerminal ? [] : nullStreams };
  if ('here' in host) return planContainer(planRequest, prepared, options);
  if (request.noPivot) assume('procfs and sysfs are mounted there where they are here');
  if (prepared.spec.linux?.intelRdt !== undefined) assume('resctrl is mounted at /sys/fs/resctrl, without groups');
  return planContainer(planRequest, { ...prepared, facts: completeFacts(prepared, assume) }, options);
}

function explainPlace({ root, id, config = 'config.json' }: ExplainRequest, { prepared }: PlannedContainer,
): Explanation['container'] {
  const { bundle, rootfs } = prepared;
  return { id, bundle, config: resolve(bundle, config), rootfs, state: `${root}/${id}` };
}

function withoutBundle({ sources: _, links: __, ...host }: HostFacts): Explanation['host'] {
  return host;
}

type Parts = Omit<Explanation, 'version' | 'container' | 'host' | 'assumptions' | 'warnings'>;

interface PartsRequest {
  readonly id: string;
  /** The host is not this one. */
  readonly elsewhere: boolean;
  readonly assume: Tell['assume'];
}

async function explainParts(planned: PlannedContainer, { id, elsewhere, assume }: PartsRequest): Promise<Parts> {
  const { prepared: { spec, facts }, placement, compiled } = planned;
  const { operations } = compiled.plan;
  const waits = findWaits(operations, compiled.descriptors.gate);
  const idMaps = explainIdMaps(spec, facts);
  const filter = await explainFilter(operations);
  const deviceProgram = explainDeviceProgram(planned);
  const intelRdt = spec.linux?.intelRdt;
  return {
    namespaces: explainNamespaces(spec),
    cgroups: await explainCgroups(planned, elsewhere ? devicesAssumed(placement, assume) : devicesAbove(placement)),
    ...(intelRdt === undefined ? {} : { resctrl: explainResctrl(id, intelRdt, elsewhere) }),
    descriptors: explainDescriptors(compiled, joinFiles(placement).unified),
    ...(idMaps === undefined ? {} : { idMaps }),
    networkDevices: explainNetworkDevices(spec),
    hooks: explainHooks(spec, waits),
    stages: explainStages(operations),
    waits,
    ...(filter === undefined ? {} : { seccomp: filter }),
    ...(deviceProgram === undefined ? {} : { deviceProgram }),
  };
}
