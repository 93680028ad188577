// Stage 0: joins namespaces, makes the new ones, and gives birth to the init in them. See launch/rendezvous.ts for who
// waits for whom.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Namespace, Spec } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import type { JoinedNamespace } from './descriptors.ts';
import { branch, byteLength, call, close, HERE, mark, newLabel, newSlot, reserve, set, tell } from './draft.ts';
import type { Slot } from './operation.ts';
import { RECORD_CREATED, RECORD_PID, RECORD_SIZE } from './report.ts';

const CLONE_FLAGS: Readonly<Record<Namespace['type'], number>> = {
  user: L.CLONE_NEWUSER,
  network: L.CLONE_NEWNET,
  ipc: L.CLONE_NEWIPC,
  uts: L.CLONE_NEWUTS,
  time: L.CLONE_NEWTIME,
  cgroup: L.CLONE_NEWCGROUP,
  pid: L.CLONE_NEWPID,
  mount: L.CLONE_NEWNS,
};

/** The CLONE_NEW… flag of a namespace type, which NS_GET_NSTYPE also answers. */
export function namespaceFlag(type: Namespace['type']): number {
  return CLONE_FLAGS[type];
}

// mount is last because joining it changes what paths mean; user comes before all of them, see joinNamespaces.
const JOIN_ORDER: readonly Namespace['type'][] = ['user', 'network', 'ipc', 'uts', 'time', 'cgroup', 'pid', 'mount'];

/** The namespaces to join, in the order in which stage 0 joins them. */
export function joinedNamespaces(spec: Spec): JoinedNamespace[] {
  const joined: JoinedNamespace[] = [];
  const namespaces = spec.linux?.namespaces ?? [];
  for (const type of JOIN_ORDER) {
    const index = namespaces.findIndex((namespace) => namespace.type === type);
    const path = namespaces[index]?.path;
    if (path !== undefined && path !== '') joined.push({ type, path, origin: `/linux/namespaces/${index}` });
  }
  return joined;
}

function tellJoin(draft: CreateDraft, joined: JoinedNamespace): void {
  tell(draft, joined.origin, `join the ${joined.type} namespace ${JSON.stringify(joined.path)}`);
}

/**
 * Joins every namespace that has a path. A user namespace takes away the rights over those that the host's owns and
 * gives them over its own, so the others are tried before it and, where that was not permitted, once more after it.
 */
export function planJoins(draft: CreateDraft): void {
  const { joined, firstNamespace } = draft.descriptors;
  const user = joined[0]?.type === 'user' ? joined[0] : undefined;
  const denied: { index: number; flag: Slot }[] = [];
  for (let i = user === undefined ? 0 : 1; i < joined.length; i++) {
    const namespace = joined[i] as JoinedNamespace;
    tellJoin(draft, namespace);
    const args = [firstNamespace + i, CLONE_FLAGS[namespace.type as Namespace['type']]];
    if (user === undefined) {
      call(draft, 'setns', args);
      continue;
    }
    const flag = newSlot(draft);
    set(draft, flag, 1);
    call(draft, 'setns', args, { result: flag, tolerate: [errno.EPERM] });
    denied.push({ index: i, flag });
  }
  if (user === undefined) return;
  tellJoin(draft, user);
  call(draft, 'setns', [firstNamespace, L.CLONE_NEWUSER]);
  for (const { index, flag } of denied) joinDenied(draft, index, flag);
}

function joinDenied(draft: CreateDraft, index: number, flag: Slot): void {
  const namespace = draft.descriptors.joined[index] as JoinedNamespace;
  const joined = newLabel(draft, 'joined');
  tellJoin(draft, namespace);
  branch(draft, { slot: flag }, { test: 'equal', operand: 0, to: joined });
  call(draft, 'setns', [draft.descriptors.firstNamespace + index, CLONE_FLAGS[namespace.type as Namespace['type']]]);
  mark(draft, joined);
}

/** A new time namespace is entered by children only, so that its offsets can be set while it is empty. */
export function planTimeNamespace(draft: CreateDraft): void {
  const { spec } = draft.input;
  if (namespaceSource(spec, 'time') !== 'new') return;
  tell(draft, '/linux/namespaces', 'make the time namespace');
  call(draft, 'unshare', [L.CLONE_NEWTIME]);
  const offsets = Object.entries(spec.linux?.timeOffsets ?? {});
  if (offsets.length === 0) return;
  const lines = offsets.map(([clock, { secs = 0, nanosecs = 0 }]) => `${clock} ${secs} ${nanosecs}\n`);
  tell(draft, '/linux/timeOffsets', 'set the time namespace\'s offsets');
  writeFile(draft, '/proc/self/timens_offsets', lines.join(''));
}

/** Writes a string to a file of the host in one write(2). */
export function writeFile(draft: CreateDraft, path: string, content: string): void {
  const descriptor = { slot: draft.target };
  call(draft, 'openat', [HERE, { text: path }, L.O_WRONLY | L.O_CLOEXEC], { result: draft.target });
  call(draft, 'write', [descriptor, { text: content }, byteLength(content)]);
  close(draft, descriptor);
}

/** clone3(2): the parent reports the init's pid and is done; the plan goes on in the child. */
export function planBirth(draft: CreateDraft): void {
  const record = reserve(draft, RECORD_SIZE);
  const pid = (record + 8) as Slot;
  const init = newLabel(draft, 'init');
  tell(draft, '/linux/namespaces', 'make the namespaces and the init process');
  set(draft, record as Slot, RECORD_PID);
  call(draft, 'clone3', [{ words: cloneArguments(draft) }, L.CLONE_ARGS_SIZE], { result: pid });
  branch(draft, { slot: pid }, { test: 'equal', operand: 0, to: init });
  call(draft, 'write', [draft.descriptors.report, { memory: record }, RECORD_SIZE]);
  call(draft, 'exit_group', [0]);
  draft.stage = 'init';
  mark(draft, init);
}

function cloneArguments(draft: CreateDraft): readonly number[] {
  const { spec, cgroups } = draft.input;
  let flags = L.CLONE_PARENT;
  for (const type of JOIN_ORDER) {
    if (type === 'time' || type === 'cgroup' || (type === 'ipc' && makesOwnIpc(draft))) continue;
    if (namespaceSource(spec, type) === 'new') flags += CLONE_FLAGS[type];
  }
  const intoCgroup = cgroups.some((cgroup) => cgroup.version === 2);
  if (intoCgroup) flags += L.CLONE_INTO_CGROUP;
  // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup
  return [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, intoCgroup ? draft.descriptors.cgroup : 0];
}

/** Waits at the gate fifo until the runtime writes a byte. */
export function planGate(draft: CreateDraft): void {
  const byte = reserve(draft, 8);
  call(draft, 'read', [draft.descriptors.gate, { memory: byte }, 1]);
}

/** Tells the runtime that the container is created, then waits to be started. */
export function planCreated(draft: CreateDraft): void {
  tell(draft, '', 'close what only the set-up needed');
  call(draft, 'close_range', [draft.descriptors.gate + 1, L.CLOSE_RANGE_LAST, 0]);
  tell(draft, '', 'report that the container is created');
  // From here on the runtime's end is no accident any more.
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, 0, 0, 0, 0]);
  call(draft, 'write', [draft.descriptors.report, { words: [RECORD_CREATED, 0] }, RECORD_SIZE]);
  tell(draft, '', 'wait to be started');
  planGate(draft);
}

/** The root directory of an ipc namespace's mqueue file system is its maker's: in a user namespace it has to be root
 * there who makes it, not the runtime's user, who is nobody there. */
function makesOwnIpc({ input: { spec } }: CreateDraft): boolean {
  return namespaceSource(spec, 'ipc') === 'new' && namespaceSource(spec, 'user') !== 'inherited';
}

/** The first steps of the init: it dies with the runtime, and in a user namespace it waits for its id maps. */
export function planInitStart(draft: CreateDraft): void {
  const { spec } = draft.input;
  tell(draft, '', 'set up the init process');
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
  if (namespaceSource(spec, 'user') === 'new') {
    tell(draft, '/linux/uidMappings', 'wait for the id maps');
    planGate(draft);
  }
  if (namespaceSource(spec, 'user') !== 'inherited') {
    tell(draft, '/linux/uidMappings', 'become root of the user namespace');
    call(draft, 'setresgid', [0, 0, 0]);
    call(draft, 'setresuid', [0, 0, 0]);
    // A change of ids takes it back, see PR_SET_PDEATHSIG(2const).
    call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
  }
  tell(draft, '', 'set up the init process');
  call(draft, 'setsid', []);
  call(draft, 'umask', [0]);
  if (draft.input.newKeyring) planKeyring(draft);
  if (namespaceSource(spec, 'network') === 'new') planLoopback(draft);
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
function planKeyring(draft: CreateDraft): void {
  const keyring = newSlot(draft);
  const none = newLabel(draft, 'no-keyrings');
  tell(draft, '', 'make a session keyring');
  const name = { text: `_ses.${draft.input.id}` };
  const on = [{ errno: errno.ENOSYS, to: none }];
  call(draft, 'keyctl', [L.KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0], { result: keyring, on });
  call(draft, 'keyctl', [L.KEYCTL_SETPERM, { slot: keyring }, L.SESSION_KEYRING_PERMISSIONS, 0, 0]);
  mark(draft, none);
}
