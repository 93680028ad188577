// Namespaces: whether this caller may make them, found out by trying, and the settings that forbid it.

import { closeSync, openSync } from 'node:fs';
import { NAMESPACE_TYPE_WORDS, type NamespaceType } from '../../config/types.ts';
import { assemble } from '../../elf/assemble.ts';
import { NuncError } from '../../error.ts';
import type { Ffi } from '../../ffi/port.ts';
import { waitProcess } from '../../ffi/system-calls.ts';
import type { HostFacts } from '../../host/facts.ts';
import { sealExecutable, spawnImage } from '../../launch/executable.ts';
import { CLONE_NEWUSER } from '../../linux/constants.ts';
import { errno, errnoMessage } from '../../linux/errno.ts';
import { namespaceFlag } from '../../plan/namespaces.ts';
import { compileProbePlan, PROBE_REPORT } from '../../plan/probe-plan.ts';
import { type Diagnosis, fail, type Files, ok, warn } from './diagnosis.ts';

type Facts = Pick<HostFacts, 'architecture' | 'capabilities' | 'effectiveUid'>;

/** Makes namespaces in a process that ends at once. @returns 0 or an errno @throws NuncError when none can be started
 */
function tryFlags(ffi: Ffi, { architecture }: Facts, { flags, mounts }: { flags: number; mounts: boolean }): number {
  const plan = compileProbePlan(flags, { mounts });
  const executable = sealExecutable(ffi, assemble(plan, architecture));
  const nowhere = openSync('/dev/null', 'w');
  try {
    const descriptors = [[nowhere, PROBE_REPORT]] as const;
    const pid = spawnImage(ffi, { executable, descriptors, end: PROBE_REPORT + 1, what: 'a process' });
    const { status } = waitProcess(ffi, pid, 0);
    // Killed: by a seccomp filter, most likely.
    return (status & 0x7f) === 0 ? status >> 8 : errno.EPERM;
  } finally {
    closeSync(nowhere);
    closeSync(executable);
  }
}

/** Whether the caller may do to the host what takes CAP_SYS_ADMIN. */
function isAdmin({ capabilities }: Facts): boolean {
  return capabilities.includes('CAP_SYS_ADMIN');
}

/** Starts a sealed memfd too, without which nothing works. */
export function diagnoseStart(ffi: Ffi, facts: Facts): Diagnosis[] {
  try {
    tryFlags(ffi, facts, { flags: 0, mounts: false });
  } catch (error) {
    if (!(error instanceof NuncError)) throw error;
    return [fail('memfd', error.message, error.hint)];
  }
  return [ok('memfd', 'the init can be executed from memory')];
}

export function diagnoseUserNamespaces(ffi: Ffi, facts: Facts, files: Files): Diagnosis[] {
  const result = tryFlags(ffi, facts, { flags: CLONE_NEWUSER | namespaceFlag('mount'), mounts: true });
  const name = 'user-namespaces';
  if (result === 0) return [ok(name, 'can be made, with rights in them')];
  const report = isAdmin(facts) ? warn : fail;
  const { why, remedy } = reasonFor(files);
  return [report(name, `can't be made: ${errnoMessage(result)}${why === '' ? '' : `: ${why}`}`, remedy)];
}

const SWITCHES: readonly (readonly [path: string, forbidding: string, remedy: string])[] = [
  ['/proc/sys/user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=15000'],
  ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
  [
    '/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1',
    'an AppArmor profile for nunc with "userns,", or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
];

function reasonFor(files: Files): { why: string; remedy: string } {
  for (const [path, forbidding, remedy] of SWITCHES) {
    if (files.read(path)?.trim() !== forbidding) continue;
    return { why: `${path.slice('/proc/sys/'.length).replaceAll('/', '.')} is ${forbidding}`, remedy };
  }
  return { why: '', remedy: 'if nunc runs in a container, that one has to allow it' };
}

/** All types but the user namespace, in one of the caller's own where it is not root on the host. */
export function diagnoseNamespaces(ffi: Ffi, facts: Facts): Diagnosis[] {
  const within = isAdmin(facts) ? 0 : CLONE_NEWUSER;
  const failed: string[] = [];
  const made: NamespaceType[] = [];
  for (const type of NAMESPACE_TYPE_WORDS) {
    if (type === 'user') continue;
    const result = tryFlags(ffi, facts, { flags: within | namespaceFlag(type), mounts: false });
    if (result === 0) made.push(type);
    else failed.push(`${type} (${result === errno.EINVAL ? 'this kernel has none' : errnoMessage(result)})`);
  }
  const where = within === 0 ? '' : ' in a user namespace';
  if (failed.length === 0) return [ok('namespaces', `can be made${where}: ${made.join(', ')}`)];
  const report = made.includes('mount') && made.includes('pid') ? warn : fail;
  return [report('namespaces', `can't be made${where}: ${failed.join(', ')}`,
    'the kernel\'s configuration, /proc/sys/user/max_*_namespaces, or the container that nunc runs in forbids it')];
}
