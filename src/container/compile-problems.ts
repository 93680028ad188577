// What of a config a file that is the container can't do by itself: hooks are other programs, and some wishes need a
// runtime that looks at the host when the container is made.

import type { CgroupContents, CgroupPlacement } from '../cgroup/driver.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import type { Finding } from '../finding.ts';
import type { CreatePlan } from '../plan/create-plan.ts';
import type { MountOptions } from '../plan/mount-options.ts';
import type { PreparedBundle } from './prepare.ts';

/** Begins every reason. */
const NEEDS = 'needs nunc when the container runs, which a compiled container does without';

/** What the config alone shows. */
export function specProblems({ spec, mountOptions }: PreparedBundle): Finding[] {
  const problems: Finding[] = [];
  const refuse = (pointer: string, text = NEEDS): void => void problems.push({ pointer, text });
  if (spec.process === undefined) refuse('/process', 'is missing: a compiled container runs it');
  if (spec.process?.terminal === true) {
    refuse('/process/terminal', "a compiled container has no terminal of its own: with false it has the caller's");
  }
  for (const [kind, hooks] of Object.entries(spec.hooks ?? {})) {
    if (Array.isArray(hooks) && hooks.length > 0) refuse(`/hooks/${kind}`, 'a compiled container runs no hooks');
  }
  if (Object.keys(spec.linux?.netDevices ?? {}).length > 0) refuse('/linux/netDevices');
  if (spec.linux?.intelRdt !== undefined) refuse('/linux/intelRdt');
  addListeners(spec, refuse);
  mountOptions.forEach(({ copyUp }: MountOptions, index) => {
    if (copyUp) refuse(`/mounts/${index}/options`, `tmpcopyup ${NEEDS}`);
  });
  return problems;
}

function addListeners({ linux }: Spec, refuse: (pointer: string, reason: string) => void): void {
  (linux?.seccomp?.syscalls ?? []).forEach(({ action }, index) => {
    if (action === 'SCMP_ACT_NOTIFY') refuse(`/linux/seccomp/syscalls/${index}/action`, `SCMP_ACT_NOTIFY ${NEEDS}`);
  });
}

interface Planned {
  readonly compiled: CreatePlan;
  readonly placement: CgroupPlacement;
  readonly contents: CgroupContents;
}

/** What only the plan and the cgroups show. */
export function planProblems(spec: Spec, { compiled, placement, contents }: Planned): Finding[] {
  const problems: Finding[] = [];
  const [idMap] = compiled.descriptors.idMaps;
  if (idMap !== undefined) problems.push({ pointer: idMap.origin, text: `an id-mapped mount ${NEEDS}` });
  for (const { origin, readBack } of contents.settings) {
    if (readBack === true) problems.push({ pointer: origin, text: NEEDS });
  }
  const { mode, cgroups } = placement;
  if (mode === 'v1' && cgroups.length > 0 && namespaceSource(spec, 'pid') !== 'new') {
    const text = 'without a pid namespace of its own, a compiled container needs a cgroup v2 tree, to end what '
      + 'outlives its first process';
    problems.push({ pointer: '/linux/namespaces', text });
  }
  return problems;
}
