// linux.resources → settings. Pure.
//
// Each property belongs to a controller, and where that is decides which files it becomes: v1's, v2's, or none, which
// is an error if something is asked for. docs/decisions/resources.md says what is.

import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { LinuxResources } from '../config/types.ts';
import { ConfigError } from '../error.ts';
import type { Finding } from '../finding.ts';
import type { Draft, Planner } from './draft.ts';
import type { CgroupPlacement } from './driver.ts';
import { planHugepagesV1, planHugepagesV2 } from './hugepages.ts';
import type { PresentLimits } from './present.ts';
import { planCpuset, planPids, planRdma } from './same.ts';
import type { Setting } from './setting.ts';
import { planBlockIo as planBlockIoV1 } from './v1/block-io.ts';
import { planCpu as planCpuV1 } from './v1/cpu.ts';
import { planMemory as planMemoryV1 } from './v1/memory.ts';
import { planClass, planPriorities } from './v1/network.ts';
import { planBlockIo as planBlockIoV2 } from './v2/block-io.ts';
import { planCpu as planCpuV2 } from './v2/cpu.ts';
import { planMemory as planMemoryV2 } from './v2/memory.ts';
import { refuseClass, refusePriorities } from './v2/network.ts';
import { planUnified } from './v2/unified.ts';

export interface PlanContext {
  /** Numbers of the resources that a double can't hold, by their pointers in config.json. */
  readonly exact?: ExactNumbers;
  /** For an update, whose resources are partial: what is in force (present.ts). What they do not have stays. */
  readonly present?: PresentLimits;
}

interface Part {
  /** The names of the controller. */
  readonly v1: string;
  /** Absent: v2 has none. */
  readonly v2?: string;
  readonly planV1: Planner;
  readonly planV2: Planner;
}

const PARTS: readonly Part[] = [
  { v1: 'cpuset', v2: 'cpuset', planV1: planCpuset, planV2: planCpuset },
  { v1: 'memory', v2: 'memory', planV1: planMemoryV1, planV2: planMemoryV2 },
  { v1: 'cpu', v2: 'cpu', planV1: planCpuV1, planV2: planCpuV2 },
  { v1: 'blkio', v2: 'io', planV1: planBlockIoV1, planV2: planBlockIoV2 },
  { v1: 'hugetlb', v2: 'hugetlb', planV1: planHugepagesV1, planV2: planHugepagesV2 },
  { v1: 'net_cls', planV1: planClass, planV2: refuseClass },
  { v1: 'net_prio', planV1: planPriorities, planV2: refusePriorities },
  { v1: 'pids', v2: 'pids', planV1: planPids, planV2: planPids },
  { v1: 'rdma', v2: 'rdma', planV1: planRdma, planV2: planRdma },
];

/**
 * The settings that resources ask for, in the order in which they are best written.
 *
 * @throws ConfigError naming all fields that these cgroups can't do
 */
export function planSettings(
  resources: LinuxResources,
  placement: CgroupPlacement,
  { exact = new Map(), present }: PlanContext = {},
): Setting[] {
  // Most containers ask for nothing but devices, which are another matter (devices/plan.ts).
  if (Object.keys(resources).every((key) => key === 'devices')) return [];
  const problems: Finding[] = [];
  const settings: Setting[] = [];
  const newDraft = (): Draft => ({ wishes: [], problems, exact, present });
  for (const part of PARTS) {
    const draft = newDraft();
    const cgroup = planPart(resources, draft, { part, placement });
    for (const wish of draft.wishes) settings.push({ ...wish, cgroup });
  }
  // Last: what it says is to stay.
  const draft = newDraft();
  const unified = placement.cgroups.findIndex(({ version }) => version === 2);
  planUnified(resources, draft, placement.cgroups[unified]);
  for (const wish of draft.wishes) settings.push({ ...wish, cgroup: unified });
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/** @returns the index of the cgroup that has the controller */
function planPart(
  resources: LinuxResources,
  draft: Draft,
  { part, placement }: { part: Part; placement: CgroupPlacement },
): number {
  const { v1, v2, planV1, planV2 } = part;
  const index = placement.cgroups.findIndex(({ version, controllers }) => {
    const name = version === 1 ? v1 : v2;
    return name !== undefined && controllers.includes(name);
  });
  const cgroup = placement.cgroups[index];
  if (cgroup !== undefined) (cgroup.version === 1 ? planV1 : planV2)(resources, draft);
  else if (v2 === undefined && placement.mode === 'v2') planV2(resources, draft);
  else refuseAll(resources, draft, { part, placement });
  return index;
}

/** v1's planner knows every property, and what asks for nothing. */
function refuseAll(
  resources: LinuxResources,
  { problems, ...rest }: Draft,
  { part: { v1, v2 = v1, planV1 }, placement }: { part: Part; placement: CgroupPlacement },
): void {
  const draft: Draft = { ...rest, wishes: [], problems: [] };
  planV1(resources, draft);
  const text = whyMissing(placement, placement.mode === 'v2' ? v2 : v1);
  const pointers = new Set(draft.wishes.filter(({ isDefault }) => isDefault !== true).map(({ origin }) => origin));
  for (const pointer of pointers) problems.push({ pointer, text });
}

function whyMissing({ manager, inherited = [] }: CgroupPlacement, controller: string): string {
  if (manager === 'disabled') return 'there are no limits without cgroups';
  if (inherited.some(({ controllers }) => controllers.includes(controller))) {
    return `the container has no cgroup of its own for the controller ${controller}`;
  }
  return `this host does not have the cgroup controller ${controller}`;
}
