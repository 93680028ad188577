// The plan that adds mounts to a running container: a process that takes the sources on the host, joins the init's
// namespaces and attaches. It is no process of the container: it stays in the host's pid namespace and in no cgroup of
// the container's, so that a paused one is no obstacle and nothing in it can see the host's directories that this
// process has open (CVE-2016-9962).
//
//   runtime                                  process
//     │ posix_spawn ──────────────────────────▶│ clones of the sources
//     │                                        │ setns, chroot to the host's root
//     │◀─────────── report: REQUEST mounted ───│ a mount attached; its descriptor comes over the channel
//     │◀──────────────────────── end of file ──│
//     │ wait4                                 exit
//
// As in the init, a path from "/" means the host's, and only the descriptor of the container's root leads into it. The
// other requests that mounts have (plan/report.ts) are answered as the init's are.

import { namespaceSource } from '../config/rules/namespaces.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { type CreateDraft, type CreateInput, newCreateDraft } from './create-draft.ts';
import { type Descriptors, layDescriptors } from './descriptors.ts';
import { call, HERE, newSlot, set, tell } from './draft.ts';
import { layMappings, wantedMappings } from './id-mapped-mounts.ts';
import { planBecomeRoot } from './init.ts';
import { makeEarlyMounts, planMounts } from './mounts.ts';
import type { Plan } from './operation.ts';
import type { WantedTarget } from './paths.ts';
import { planReadonlyMounts } from './protected-paths.ts';
import { clonesInInit } from './rights.ts';

/** Namespaces that file systems look at when they are made, and those that attaching needs. */
const JOINED = L.CLONE_NEWUSER | L.CLONE_NEWNS | L.CLONE_NEWNET | L.CLONE_NEWIPC;

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
  planSources(draft, descriptors, namespaces & JOINED);
  planMounts(draft);
  planReadonlyMounts(draft);
  tell(draft, '', 'end');
  call(draft, 'exit_group', [0]);
  const plan = { operations: draft.operations, memory: draft.memory, report: descriptors.report };
  return { plan, descriptors, targets: draft.targets };
}

/** On the host, with the runtime's privileges, and at the end in the container's namespaces. */
function planSources(draft: CreateDraft, descriptors: LiveDescriptors, namespaces: number): void {
  const { facts } = draft.input;
  const hostRoot = newSlot(draft);
  tell(draft, '', 'set up the process that mounts');
  call(draft, 'close_range', [descriptors.end, L.CLOSE_RANGE_LAST, 0]);
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
  call(draft, 'openat', [HERE, { text: '/' }, L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC], { result: hostRoot });
  set(draft, draft.root, descriptors.root);
  let remaining = namespaces;
  if (clonesInInit(draft)) {
    // An ordinary user has the right to clone mounts in the container's user namespace only.
    tellJoin(draft);
    call(draft, 'setns', [descriptors.init, L.CLONE_NEWUSER]);
    remaining &= ~L.CLONE_NEWUSER;
  }
  if (clonesInInit(draft) || !facts.initialUserNamespace) {
    tell(draft, '/linux/namespaces', 'make a mount namespace to clone from');
    call(draft, 'unshare', [L.CLONE_NEWNS]);
  }
  makeEarlyMounts(draft);
  tellJoin(draft);
  call(draft, 'setns', [descriptors.init, remaining]);
  call(draft, 'fchdir', [{ slot: hostRoot }]);
  call(draft, 'chroot', [{ text: '.' }]);
  // A user namespace can forbid setgroups(2) (user_namespaces(7)).
  if ((namespaces & L.CLONE_NEWUSER) !== 0) call(draft, 'setgroups', [0, 0], { tolerate: [errno.EPERM] });
  planBecomeRoot(draft, { traceable: false });
  tell(draft, '', 'forbid other processes to trace this one');
  call(draft, 'prctl', [L.PR_SET_DUMPABLE, 0, 0, 0, 0]);
}

function tellJoin(draft: CreateDraft): void {
  tell(draft, '/linux/namespaces', "join the container's namespaces");
}
