// linux.seccomp: the filter, loaded as late as can be, so that it filters next to nothing of what the init itself does.
//
// Loading takes no_new_privs, or CAP_SYS_ADMIN in the user namespace (seccomp(2)). Without the former the init keeps
// that capability, permitted and effective, until its execve(2), which makes the new program's capabilities of the
// bounding, inheritable and ambient sets alone (capabilities(7)). So even then all a profile must allow for the start
// is execve; runc loads its filter before it changes ids and capabilities, and needs all of that allowed.

import type { Process, Seccomp, Spec } from '../config/types.ts';
import { NuncError } from '../error.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { compileFilter } from '../seccomp/compile.ts';
import type { ProgramDraft } from './create-draft.ts';
import type { Granted } from './credentials.ts';
import { call, close, fail, mark, newLabel, newSlot, tell } from './draft.ts';
import type { Slot } from './operation.ts';
import { planRequest } from './request.ts';
import { inUserNamespace } from './rights.ts';

export interface SystemCallFilter {
  /** struct sock_filter[]. */
  readonly program: Uint8Array;
  readonly flags: number;
  /** Has SCMP_ACT_NOTIFY: an agent must have the listener before the container is reported as created. */
  readonly notifies: boolean;
  readonly listenerPath: string;
}

const FLAGS = {
  SECCOMP_FILTER_FLAG_TSYNC: L.SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_LOG: L.SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: L.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: L.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} as const;

/** Compiles the config's profile, if it has one. */
export function prepareFilter(draft: ProgramDraft): SystemCallFilter | undefined {
  const { spec, facts, exact = new Map<string, bigint>(), filter } = draft.input;
  const seccomp = spec.linux?.seccomp;
  if (seccomp === undefined) return undefined;
  const { program, warnings } = filter ?? compileFilter(seccomp, { architecture: facts.architecture, exact });
  draft.warnings.push(...warnings);
  const notifies = usesNotify(seccomp);
  return { program, flags: flagsOf(draft, seccomp, notifies), notifies, listenerPath: seccomp.listenerPath ?? '' };
}

export function usesNotify({ syscalls = [] }: Seccomp): boolean {
  return syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY');
}

function flagsOf({ input }: ProgramDraft, { flags }: Seccomp, notifies: boolean): number {
  // runc's default, where even an empty list is a list: the speculation barriers that filters bring by default since
  // Linux 4.17, and don't since 5.16, are for programs that run several parties' code.
  const listens = notifies ? L.SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  if (flags === undefined) return L.SECCOMP_FILTER_FLAG_SPEC_ALLOW | listens;
  let bits = listens;
  for (const flag of flags) bits |= FLAGS[flag];
  if (!notifies) return bits & ~L.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  const { major, minor } = input.facts.kernel;
  if ((bits & L.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) !== 0 && (major < 5 || (major === 5 && minor < 19))) {
    throw new NuncError('host', 'cannot use SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (/linux/seccomp/flags): '
      + `Linux ${major}.${minor} has no such flag, 5.19 is the first`, { origin: '/linux/seccomp/flags' });
  }
  // The init has one thread; with a listener the kernel refuses to synchronize any.
  return bits & ~L.SECCOMP_FILTER_FLAG_TSYNC;
}

/** The capabilities that the init has until its execve(2): what was granted, and what loading the filter takes. */
export function withFilterCapability(draft: ProgramDraft, process: Process, granted: Granted): Granted {
  const { spec, facts } = draft.input;
  if (!needsCapability(spec, process)) return granted;
  if (!inUserNamespace(spec) && !facts.capabilities.includes('CAP_SYS_ADMIN')) return granted;
  const admin = CAPABILITIES['CAP_SYS_ADMIN'] ?? 0;
  return {
    ...granted,
    effective: new Set(granted.effective).add(admin),
    permitted: new Set(granted.permitted).add(admin),
  };
}

function needsCapability({ linux }: Spec, process: Process): boolean {
  return linux?.seccomp !== undefined && process.noNewPrivileges !== true;
}

/** Loads the filter: from here on it is asked about every system call. */
export function planFilter(draft: ProgramDraft, process: Process, filter: SystemCallFilter): void {
  tell(draft, '/linux/seccomp', 'load the seccomp filter');
  load(draft, process, filter);
}

/** The same with a listener, which the runtime hands to the profile's agent. */
export function planListener(draft: ProgramDraft, process: Process, filter: SystemCallFilter): void {
  const listener = newSlot(draft);
  tell(draft, '/linux/seccomp', 'load the seccomp filter');
  load(draft, process, filter, listener);
  tell(draft, '/linux/seccomp/listenerPath', `hand the seccomp listener to ${JSON.stringify(filter.listenerPath)}`);
  planRequest(draft, 'listener', { value: { slot: listener } });
  // Held by the agent alone it ends with it: then what waits for an answer gets ENOSYS.
  close(draft, { slot: listener });
}

function load(draft: ProgramDraft, process: Process, { program, flags }: SystemCallFilter, listener?: Slot): void {
  const result = listener === undefined ? {} : { result: listener };
  // struct sock_fprog.
  const args = [L.SECCOMP_SET_MODE_FILTER, flags, { words: [program.length / 8, { bytes: program }] }];
  if (!needsCapability(draft.input.spec, process)) {
    call(draft, 'seccomp', args, result);
    return;
  }
  const [denied, loaded] = [newLabel(draft, 'denied'), newLabel(draft, 'loaded')];
  call(draft, 'seccomp', args, { ...result, on: [{ errno: errno.EACCES, to: denied }], success: loaded });
  mark(draft, denied);
  fail(draft, errno.EACCES, 'cannot load the seccomp filter without CAP_SYS_ADMIN: set process.noNewPrivileges');
  mark(draft, loaded);
}
