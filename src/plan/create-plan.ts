// The plan of a container's first process, as a table of contents: each line is a stage in a file beside this one. The
// order is that of runc's init where both can be told apart from inside.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Finding } from '../finding.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { openCgroups } from './cgroup-join.ts';
import { planConsole } from './console.ts';
import { type CreateDraft, type CreateInput, newCreateDraft } from './create-draft.ts';
import { type Descriptors, layDescriptors } from './descriptors.ts';
import { cloneDevices, planDevices } from './devices.ts';
import { byteLength, call, close, fail, tell } from './draft.ts';
import { planHooks } from './hooks.ts';
import { layMappings, wantedMappings } from './id-mapped-mounts.ts';
import { forbidTracing, planBecomeRoot, planCloseSetUp, planCreated, planInitStart, planSession } from './init.ts';
import { planExecLabels } from './labels.ts';
import { planOomScore, planRaisedLimits } from './limits.ts';
import { makeEarlyMounts, planMounts } from './mounts.ts';
import { joinedNamespaces, planBirth, planJoins, planOwnTimeNamespace, planTimeNamespace } from './namespaces.ts';
import { planNullStreams } from './null-streams.ts';
import type { Plan } from './operation.ts';
import type { WantedTarget } from './paths.ts';
import { cloneRootfs, cutOff, inheritedPropagation, planPivot, planRootfs } from './pivot-root.ts';
import { planMakeWorkingDirectory } from './process.ts';
import { openHostProcfs, openProcfs } from './procfs.ts';
import { planProgram } from './program.ts';
import { planProtectedPaths, planReadonlyMounts, planReadonlyRootfs } from './protected-paths.ts';
import { clonesInInit, clonesInStageZero } from './rights.ts';
import { reportStamps, stamp } from './stamps.ts';
import { planSysctls } from './sysctl.ts';

export interface CreatePlan {
  readonly plan: Plan;
  readonly descriptors: Descriptors;
  /** The init waits for id maps before it goes on. */
  readonly waitsForMaps: boolean;
  /** The init sends descriptors to the runtime over descriptors.channel. */
  readonly hasChannel: boolean;
  /** The targets of mounts that the init asks the runtime for. */
  readonly targets: readonly WantedTarget[];
  readonly warnings: readonly Finding[];
  /** What the times say that it reports; none unless asked for. */
  readonly stamps?: readonly string[] | undefined;
}

/** Compiles a validated config into the plan that creates its container. */
export function compileCreatePlan(input: CreateInput): CreatePlan {
  const hasChannel = needsChannel(input);
  const mappings = wantedMappings(input.spec, input.mountOptions);
  const descriptors = layDescriptors({
    preserveFds: input.preserveFds,
    channel: hasChannel,
    unified: input.cgroups.some((cgroup) => cgroup.version === 2),
    joined: joinedNamespaces(input.spec),
    idMaps: mappings.namespaces,
  });
  const draft = newCreateDraft(input, descriptors, layMappings(mappings, descriptors));
  planStageZero(draft);
  planInit(draft);
  return {
    plan: planOf(draft),
    descriptors,
    waitsForMaps: namespaceSource(input.spec, 'user') === 'new',
    hasChannel,
    targets: draft.targets,
    warnings: draft.warnings,
    stamps: draft.stamps?.names,
  };
}

/** Who supervises a standalone container reads nothing but records. */
function planOf({ operations, memory, descriptors: { report }, input }: CreateDraft): Plan {
  return { operations, memory, report, ...(input.standalone === true ? {} : { logs: true }) };
}

/** Whether any stage of the plan hands a descriptor to the runtime. */
function needsChannel({ spec, mountOptions, runtimeMakesTargets }: CreateInput): boolean {
  if (spec.process?.terminal === true || runtimeMakesTargets) return true;
  for (let i = 0; i < mountOptions.length; i++) if (mountOptions[i]?.copyUp === true) return true;
  return false;
}

/** In the host's namespaces, with the runtime's privileges. */
function planStageZero(draft: CreateDraft): void {
  const { spec, facts } = draft.input;
  tell(draft, '', 'close inherited descriptors');
  stamp(draft, '');
  call(draft, 'close_range', [draft.descriptors.end, L.CLOSE_RANGE_LAST, 0]);
  // Without privileges the files in /proc of a process that can't be traced can't be written, its id maps among them.
  if (facts.effectiveUid === 0) forbidTracing(draft);
  if (spec.process !== undefined) {
    planOomScore(draft, spec.process);
    planRaisedLimits(draft, spec.process);
  }
  openCgroups(draft);
  openHostProcfs(draft);
  if (clonesInStageZero(draft)) planEarlyClones(draft);
  planJoins(draft);
  planTimeNamespace(draft);
  if (facts.effectiveUid !== 0 && namespaceSource(spec, 'user') === 'joined') forbidTracing(draft);
  stamp(draft, 'join cgroups and namespaces');
  planBirth(draft);
  stamp(draft, 'make the namespaces and the init');
}

/** What the container is made of, cloned while it can be reached: the container's root might not. */
function planClones(draft: CreateDraft): void {
  if (namespaceSource(draft.input.spec, 'mount') === 'new') cloneRootfs(draft);
  makeEarlyMounts(draft);
  cloneDevices(draft);
}

function planEarlyClones(draft: CreateDraft): void {
  if (namespaceSource(draft.input.spec, 'mount') === 'inherited') return;
  // Root of a user namespace may do nothing to the mount namespace that it was started in, which is the host's.
  if (!draft.input.facts.initialUserNamespace) {
    tell(draft, '/linux/namespaces', 'make a mount namespace to clone from');
    call(draft, 'unshare', [L.CLONE_NEWNS]);
  }
  planClones(draft);
}

/** What an ordinary user has the right to in its new namespaces only, done as that user still. */
function planOwnClones(draft: CreateDraft): void {
  planOwnTimeNamespace(draft);
  if (namespaceSource(draft.input.spec, 'mount') === 'inherited') return;
  if (namespaceSource(draft.input.spec, 'mount') === 'new') cutOff(draft);
  planClones(draft);
}

/** In the container's namespaces. */
function planInit(draft: CreateDraft): void {
  const { spec } = draft.input;
  planInitStart(draft);
  if (clonesInInit(draft)) planOwnClones(draft);
  planBecomeRoot(draft, { traceable: true });
  planSession(draft);
  stamp(draft, 'begin a session');
  planSeparation(draft);
  planRootfs(draft);
  stamp(draft, 'prepare the rootfs');
  planMounts(draft);
  stamp(draft, 'mount');
  if (namespaceSource(spec, 'mount') !== 'inherited') planDevices(draft);
  stamp(draft, 'make devices');
  planHooks(draft);
  stamp(draft, 'wait for hooks');
  planPivot(draft);
  stamp(draft, 'pivot_root');
  if (spec.process !== undefined) {
    if (namespaceSource(spec, 'mount') !== 'inherited') planNullStreams(draft);
    planConsole(draft, spec.process);
  }
  planHostname(draft);
  planProcfs(draft);
  if (spec.process !== undefined) planMakeWorkingDirectory(draft, spec.process);
  stamp(draft, 'open streams, write host names, sysctls and labels');
  planReadonlyMounts(draft);
  planReadonlyRootfs(draft);
  planProtectedPaths(draft);
  stamp(draft, 'protect paths');
  if (spec.process === undefined) planNoProcess(draft);
  else planProgram(draft, spec.process, { ready: (filtered) => planCreated(draft, filtered), joins: false });
}

/** Cuts the container's new mount namespace off from the host's. */
function planSeparation(draft: CreateDraft): void {
  if (namespaceSource(draft.input.spec, 'mount') !== 'new' || clonesInInit(draft)) return;
  cutOff(draft);
  // The rootfs takes the sharing from what is on the host's "/".
  if (inheritedPropagation(draft) === L.MS_SHARED && !clonesInStageZero(draft)) makeEarlyMounts(draft);
}

function planHostname(draft: CreateDraft): void {
  const { hostname, domainname } = draft.input.spec;
  if (hostname !== undefined && hostname !== '') {
    tell(draft, '/hostname', `set the host name to ${JSON.stringify(hostname)}`);
    call(draft, 'sethostname', [{ text: hostname }, byteLength(hostname)]);
  }
  if (domainname !== undefined && domainname !== '') {
    tell(draft, '/domainname', `set the domain name to ${JSON.stringify(domainname)}`);
    call(draft, 'setdomainname', [{ text: domainname }, byteLength(domainname)]);
  }
}

/** What is asked for by writing to procfs, while one can still be mounted: not in a user namespace when parts of the
 * container's own are masked. */
function planProcfs(draft: CreateDraft): void {
  const procfs = openProcfs(draft);
  if (procfs === undefined) return;
  planExecLabels(draft, procfs);
  planSysctls(draft, procfs);
  close(draft, procfs);
}

/** A container without a process can be created, and not be started (runtime-spec config.md, "Process"). */
function planNoProcess(draft: CreateDraft): void {
  planCloseSetUp(draft);
  reportStamps(draft);
  planCreated(draft, true);
  draft.stage = 'start';
  tell(draft, '/process', 'start the container');
  fail(draft, errno.EINVAL, 'cannot start a container whose config has no process');
}
