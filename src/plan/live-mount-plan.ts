// The plan that adds mounts to a running container: a process that makes them detached, joins the init's mount
// namespace and attaches them. It is no process of the container: it stays in the host's pid namespace and in no cgroup
// of the container's, so that a paused one is no obstacle and nothing in it can get hold of this process and of what is
// open here (CVE-2016-9962).
//
//   runtime                                  process
//     │ posix_spawn ──────────────────────────▶│ clones of the sources, new file systems
//     │                                        │ setns to the mount namespace
//     │◀───────── report: REQUEST attaching ───│ a mount is attached; its descriptor comes over the channel
//     │◀──────────────────────── end of file ──│
//     │ wait4                                 exit
//
// Only the descriptor of the container's root leads into it. The other requests that mounts have (plan/report.ts) are
// answered as the init's are.

import { namespaceSource } from '../config/rules/namespaces.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { type CreateDraft, type CreateInput, newCreateDraft } from './create-draft.ts';
import { type Descriptors, layDescriptors } from './descriptors.ts';
import { branch, call, mark, newLabel, newSlot, set, tell } from './draft.ts';
import { layMappings, wantedMappings } from './id-mapped-mounts.ts';
import { planBecomeRoot } from './init.ts';
import { makeEarlyFileSystems, makeEarlyMounts, planMounts, recloneEarlyMounts } from './mounts.ts';
import type { Plan } from './operation.ts';
import type { WantedTarget } from './paths.ts';
import { planReadonlyMounts } from './protected-paths.ts';
import { clonesInInit } from './rights.ts';

interface LiveDescriptors extends Descriptors {
  /** A pidfd of the container's init. */
  readonly init: number;
  /** The init's root directory, O_PATH. */
  readonly root: number;
}

export interface LiveMountPlan {
  readonly plan: Plan;
  readonly descriptors: LiveDescriptors;
  /** The targets that the runtime is asked for. */
  readonly targets: readonly WantedTarget[];
}

/**
 * Compiles the plan that makes the mounts of `input.spec`, which is otherwise the container's.
 *
 * @param namespaces CLONE_NEW… flags of those in which the init differs from the runtime
 */
export function compileLiveMountPlan(input: CreateInput, namespaces: number): LiveMountPlan {
  const mappings = wantedMappings(input.spec, input.mountOptions);
  // What maps ids by the user namespace that the container has joined finds the init's there.
  const isJoined = namespaceSource(input.spec, 'user') === 'joined';
  const laid = layDescriptors({
    preserveFds: 0,
    channel: true,
    unified: false,
    joined: isJoined ? [{ type: 'user', path: '', origin: '/linux/namespaces' }] : [],
    idMaps: mappings.namespaces,
  });
  const descriptors = { ...laid, init: laid.end, root: laid.end + 1, end: laid.end + 2 };
  const draft = newCreateDraft({ ...input, live: true }, descriptors, layMappings(mappings, descriptors));
  planSources(draft, descriptors, namespaces);
  planMounts(draft);
  planReadonlyMounts(draft);
  tell(draft, '', 'end');
  call(draft, 'exit_group', [0]);
  const { operations, memory } = draft;
  const plan: Plan = { operations, memory, report: descriptors.report, logs: true };
  return { plan, descriptors, targets: draft.targets };
}

/** Makes all that is to be mounted: in the host's mount namespace, or in copies of it, because no path of the host
 * leads anywhere afterwards. At the end in the container's namespaces. */
function planSources(draft: CreateDraft, descriptors: LiveDescriptors, namespaces: number): void {
  const { facts } = draft.input;
  const joinsUser = (namespaces & L.CLONE_NEWUSER) !== 0;
  tell(draft, '', 'set up the process that mounts');
  call(draft, 'close_range', [descriptors.end, L.CLOSE_RANGE_LAST, 0]);
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
  // The modes of targets are as asked for, as in the init.
  call(draft, 'umask', [0]);
  set(draft, draft.root, descriptors.root);
  const joinDenied = joinsIpc(draft, namespaces) ? planIpc(draft, descriptors.init) : undefined;
  // An ordinary user has the right to clone mounts in the container's user namespace only.
  if (!clonesInInit(draft)) {
    // Root of a user namespace may do nothing to the mount namespace that it was started in, which is the host's.
    if (!facts.initialUserNamespace) planMountNamespace(draft);
    makeEarlyMounts(draft);
  }
  if (joinsUser) planUser(draft, descriptors.init);
  joinDenied?.();
  makeEarlyFileSystems(draft);
  tellJoin(draft);
  call(draft, 'setns', [descriptors.init, L.CLONE_NEWNS]);
}

/** Joins the user namespace, as its root. */
function planUser(draft: CreateDraft, init: number): void {
  tellJoin(draft);
  call(draft, 'setns', [init, L.CLONE_NEWUSER]);
  planMountNamespace(draft);
  if (clonesInInit(draft)) makeEarlyMounts(draft);
  else recloneEarlyMounts(draft);
  // A user namespace can forbid setgroups(2) (user_namespaces(7)).
  call(draft, 'setgroups', [0, 0], { tolerate: [errno.EPERM] });
  planBecomeRoot(draft, { traceable: false });
  tell(draft, '', 'forbid other processes to trace this one');
  call(draft, 'prctl', [L.PR_SET_DUMPABLE, 0, 0, 0, 0]);
}

/** A new mqueue shows the queues of its maker's ipc namespace. */
function joinsIpc({ input: { spec } }: CreateDraft, namespaces: number): boolean {
  const isWanted = (spec.mounts ?? []).some(({ type }) => type === 'mqueue');
  return isWanted && (namespaces & L.CLONE_NEWIPC) !== 0;
}

/** Joins the ipc namespace with the host's rights where it is the host's. @returns what does it later where not */
function planIpc(draft: CreateDraft, init: number): () => void {
  const denied = newSlot(draft);
  tellJoin(draft);
  set(draft, denied, 1);
  call(draft, 'setns', [init, L.CLONE_NEWIPC], { result: denied, tolerate: [errno.EPERM] });
  return () => {
    const joined = newLabel(draft, 'joined');
    tellJoin(draft);
    branch(draft, { slot: denied }, { test: 'equal', operand: 0, to: joined });
    call(draft, 'setns', [init, L.CLONE_NEWIPC]);
    mark(draft, joined);
  };
}

function planMountNamespace(draft: CreateDraft): void {
  tell(draft, '/linux/namespaces', 'make a mount namespace to clone from');
  call(draft, 'unshare', [L.CLONE_NEWNS]);
}

function tellJoin(draft: CreateDraft): void {
  tell(draft, '/linux/namespaces', "join the container's namespaces");
}
