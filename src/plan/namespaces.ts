// Stage 0: joins namespaces, makes the new ones, and gives birth to the init in them. See launch/rendezvous.ts for who
// waits for whom.

import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Namespace, Spec } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { planClone } from './birth.ts';
import type { CreateDraft } from './create-draft.ts';
import type { JoinedNamespace } from './descriptors.ts';
import { branch, call, close, HERE, mark, newLabel, newSlot, set, tell } from './draft.ts';
import { writeFile } from './files.ts';
import type { Slot } from './operation.ts';
import { clonesInInit, inUserNamespace } from './rights.ts';

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

/** Whether only a user namespace that is yet to be made gives the right to make a time namespace. */
function makesTimeInInit(draft: CreateDraft): boolean {
  return clonesInInit(draft) && namespaceSource(draft.input.spec, 'user') === 'new';
}

/** A new time namespace is entered by children only, so that its offsets can be set while it is empty. */
export function planTimeNamespace(draft: CreateDraft): void {
  if (namespaceSource(draft.input.spec, 'time') === 'new' && !makesTimeInInit(draft)) makeTimeNamespace(draft);
}

/** As planTimeNamespace(), by the init for itself. While it is still the runtime's user: who has changed ids can't
 * write to its own files in /proc (PR_SET_DUMPABLE(2const)). */
export function planOwnTimeNamespace(draft: CreateDraft): void {
  if (namespaceSource(draft.input.spec, 'time') !== 'new' || !makesTimeInInit(draft)) return;
  makeTimeNamespace(draft);
  tell(draft, '/linux/namespaces', 'enter the time namespace');
  const path = { text: '/proc/self/ns/time_for_children' };
  call(draft, 'openat', [HERE, path, L.O_RDONLY | L.O_CLOEXEC], { result: draft.target });
  call(draft, 'setns', [{ slot: draft.target }, L.CLONE_NEWTIME]);
  close(draft, { slot: draft.target });
}

function makeTimeNamespace(draft: CreateDraft): void {
  const { spec } = draft.input;
  tell(draft, '/linux/namespaces', 'make the time namespace');
  call(draft, 'unshare', [L.CLONE_NEWTIME]);
  const offsets = Object.entries(spec.linux?.timeOffsets ?? {});
  if (offsets.length === 0) return;
  const lines = offsets.map(([clock, { secs = 0, nanosecs = 0 }]) => `${clock} ${secs} ${nanosecs}\n`);
  tell(draft, '/linux/timeOffsets', 'set the time namespace\'s offsets');
  writeFile(draft, '/proc/self/timens_offsets', lines.join(''));
}

/** Gives birth to the init in its namespaces. */
export function planBirth(draft: CreateDraft): void {
  tell(draft, '/linux/namespaces', 'make the namespaces and the init process');
  planClone(draft, { words: cloneArguments(draft), report: draft.descriptors.report, child: 'init' });
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

/** The root directory of an ipc namespace's mqueue file system is its maker's: in a user namespace it has to be root
 * there who makes it, not the runtime's user, who is nobody there. */
export function makesOwnIpc({ input: { spec } }: CreateDraft): boolean {
  return namespaceSource(spec, 'ipc') === 'new' && inUserNamespace(spec);
}
