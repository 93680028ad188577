// The init's own beginning and its waits: what it does for itself, before the container is set up and when it is.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { IdMapping } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { planCgroupJoin } from './cgroup-join.ts';
import type { CreateDraft, ProcessDraft, ProgramDraft } from './create-draft.ts';
import { call, close, mark, newLabel, newSlot, tell } from './draft.ts';
import { planKeyLabel } from './labels.ts';
import { makesOwnIpc } from './namespaces.ts';
import { RECORD_CREATED, RECORD_SIZE } from './report.ts';
import { planGate, planRequest } from './request.ts';
import { inUserNamespace } from './rights.ts';
import { stamp, stampGo, type StartStamps } from './stamps.ts';

/** Closes all descriptors but the container's and those that lead to the runtime. */
export function planCloseSetUp(draft: ProgramDraft): void {
  tell(draft, '', 'close what only the set-up needed');
  call(draft, 'close_range', [draft.descriptors.gate + 1, L.CLOSE_RANGE_LAST, 0]);
}

/** Tells the runtime that the container is created, then waits to be started. @returns as ProgramOptions.ready */
export function planCreated(draft: CreateDraft, filtered: boolean): StartStamps | undefined {
  tell(draft, '', 'report that the container is created');
  reportReady(draft);
  tell(draft, '', 'wait to be started');
  const byte = planGate(draft);
  return filtered ? undefined : stampGo(draft, byte);
}

/** Tells the runtime that all is set up: from here on the runtime's end is no accident any more. */
export function reportReady(draft: ProgramDraft): void {
  // Who supervises a container to its end takes it along; execve(2) lets that stand.
  if (draft.input.standalone === true) endWithRuntime(draft);
  else call(draft, 'prctl', [L.PR_SET_PDEATHSIG, 0, 0, 0, 0]);
  call(draft, 'write', [draft.descriptors.report, { words: [RECORD_CREATED, 0] }, RECORD_SIZE]);
}

/** The first steps of the init: it dies with the runtime, joins its cgroups, and in a new user namespace it waits for
 * its id maps. */
export function planInitStart(draft: CreateDraft): void {
  const { spec } = draft.input;
  tell(draft, '', 'set up the init process');
  endWithRuntime(draft);
  planCgroupJoin(draft);
  if (namespaceSource(spec, 'user') === 'new') {
    tell(draft, '/linux/uidMappings', 'wait for the id maps');
    planGate(draft);
    stamp(draft, 'wait for the id maps');
  }
}

/** In a user namespace a process becomes root, or the container's user where root has no id. */
export function planBecomeRoot(draft: ProcessDraft, { traceable }: { readonly traceable: boolean }): void {
  const { spec } = draft.input;
  if (!inUserNamespace(spec)) return;
  tell(draft, '/linux/uidMappings', 'become root of the user namespace');
  const maps = namespaceSource(spec, 'user') === 'new' ? spec.linux : undefined;
  const gid = rootOr(spec.process?.user?.gid, maps?.gidMappings);
  const uid = rootOr(spec.process?.user?.uid, maps?.uidMappings);
  call(draft, 'setresgid', [gid, gid, gid]);
  call(draft, 'setresuid', [uid, uid, uid]);
  if (traceable) keepTraceable(draft);
  endWithRuntime(draft);
}

/** Behind every change of ids, which takes it back (PR_SET_PDEATHSIG(2const)). */
export function endWithRuntime(draft: ProcessDraft): void {
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
}

/** Or what is in the container's user namespace already, root there, could take over a process before it is confined
 * (CVE-2016-9962). */
export function forbidTracing(draft: ProcessDraft): void {
  tell(draft, '', 'forbid other processes to trace this one');
  call(draft, 'prctl', [L.PR_SET_DUMPABLE, 0, 0, 0, 0]);
}

/** A change of ids makes a process untraceable for all but the host's root: an ordinary user could not look at its own
 * init any more, nor hooks at its namespaces. Nobody else is in the new user namespace yet. */
export function keepTraceable(draft: ProcessDraft): void {
  const { spec, facts } = draft.input;
  if (facts.effectiveUid === 0 || namespaceSource(spec, 'user') !== 'new') return;
  call(draft, 'prctl', [L.PR_SET_DUMPABLE, 1, 0, 0, 0]);
}

/** 0 where it is mapped or where the maps are not known, else `id` if there is one, else what is mapped. */
function rootOr(id: number | undefined, mappings: readonly IdMapping[] = []): number {
  const [first] = mappings;
  if (first === undefined || mappings.some(({ containerID }) => containerID === 0)) return 0;
  return id ?? first.containerID;
}

/** The init's own session, and the namespaces that it makes for itself. */
export function planSession(draft: CreateDraft): void {
  const { spec } = draft.input;
  tell(draft, '', 'set up the init process');
  call(draft, 'setsid', []);
  call(draft, 'umask', [0]);
  if (draft.input.newKeyring) planKeyring(draft);
  if (namespaceSource(spec, 'network') === 'new') planLoopback(draft);
  if (Object.keys(spec.linux?.netDevices ?? {}).length > 0) {
    // Before the sysctls, which can be about them, and the hooks, which expect them.
    tell(draft, '/linux/netDevices', 'wait for the network devices');
    planRequest(draft, 'network-devices');
  }
  if (makesOwnIpc(draft)) {
    tell(draft, '/linux/namespaces', 'make the ipc namespace');
    call(draft, 'unshare', [L.CLONE_NEWIPC]);
  }
  if (namespaceSource(spec, 'cgroup') !== 'new') return;
  tell(draft, '/linux/namespaces', 'make the cgroup namespace');
  call(draft, 'unshare', [L.CLONE_NEWCGROUP]);
}

/** Brings `lo` up in a new network namespace, as runc and crun do; the kernel then gives it its addresses. */
function planLoopback(draft: CreateDraft): void {
  const socket = newSlot(draft);
  // struct ifreq of netdevice(7): a name of 16 bytes, then the flags.
  const request = new Uint8Array(40);
  new TextEncoder().encodeInto('lo', request);
  request[16] = L.IFF_UP | L.IFF_RUNNING;
  tell(draft, '/linux/namespaces', 'bring the network device "lo" up');
  call(draft, 'socket', [L.AF_UNIX, L.SOCK_DGRAM | L.SOCK_CLOEXEC, 0], { result: socket });
  call(draft, 'ioctl', [{ slot: socket }, L.SIOCSIFFLAGS, { bytes: request }]);
  close(draft, { slot: socket });
}

/** A session keyring of the container's own, in place of the one that the caller's keys are in. Under the name that
 * runc gives it, and with leave for its user to search it, it can be found and joined again. */
export function planKeyring(draft: ProcessDraft): void {
  planKeyLabel(draft);
  const keyring = newSlot(draft);
  const none = newLabel(draft, 'no-keyrings');
  tell(draft, '', 'make a session keyring');
  const name = { text: `_ses.${draft.input.id}` };
  const on = [{ errno: errno.ENOSYS, to: none }];
  call(draft, 'keyctl', [L.KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0], { result: keyring, on });
  call(draft, 'keyctl', [L.KEYCTL_SETPERM, { slot: keyring }, L.SESSION_KEYRING_PERMISSIONS, 0, 0]);
  mark(draft, none);
}
