// Why the kernel makes no process or no namespace, and what else stands behind the start of every container.

import { existsSync, readFileSync } from 'node:fs';
import { namespaceSource } from '../../config/rules/namespaces.ts';
import type { Namespace, Spec } from '../../config/types.ts';
import type { NuncError } from '../../error.ts';
import type { Scene } from './scene.ts';

const MAKERS = ['clone3', 'unshare'];

export function hintForNamespaces({ operation, errno }: NuncError, { spec }: Scene): string | undefined {
  if (operation === undefined || !MAKERS.includes(operation.kind)) return undefined;
  switch (errno?.name) {
    case 'EPERM':
      return describeDenial(spec);
    case 'ENOSPC':
    case 'EUSERS':
      return describeLimit(spec);
    case 'EAGAIN':
      return describeProcesses(spec);
    case 'EINVAL':
      return describeMissing(spec);
    default:
      return undefined;
  }
}

function sysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}

/** Who forbids user namespaces to ordinary users. */
function describeDenial(spec: Spec): string | undefined {
  if (namespaceSource(spec, 'user') !== 'new') {
    return 'without a user namespace (/linux/namespaces) it takes CAP_SYS_ADMIN';
  }
  if (sysctl('kernel.unprivileged_userns_clone') === '0') {
    return 'ordinary users get user namespaces with the sysctl kernel.unprivileged_userns_clone = 1';
  }
  if (sysctl('kernel.apparmor_restrict_unprivileged_userns') === '1') {
    return 'AppArmor forbids user namespaces to ordinary users (kernel.apparmor_restrict_unprivileged_userns = 1)';
  }
  return 'a security module, a seccomp filter or a chroot around nunc may forbid user namespaces';
}

/** Types of namespaces and their names in /proc/sys/user. */
const LIMITS: readonly (readonly [Namespace['type'], string])[] = [
  ['user', 'max_user_namespaces'], ['mount', 'max_mnt_namespaces'], ['pid', 'max_pid_namespaces'],
  ['network', 'max_net_namespaces'], ['ipc', 'max_ipc_namespaces'], ['uts', 'max_uts_namespaces'],
  ['cgroup', 'max_cgroup_namespaces'], ['time', 'max_time_namespaces'],
];

function describeLimit(spec: Spec): string {
  const wanted = LIMITS.filter(([type]) => namespaceSource(spec, type) === 'new');
  const none = wanted.find(([, name]) => sysctl(`user.${name}`) === '0');
  if (none !== undefined) return `the sysctl user.${none[1]} is 0: nobody gets ${none[0]} namespaces`;
  const names = wanted.map(([, name]) => `user.${name}`).join(', ');
  return `there are as many namespaces as the sysctls ${names} allow, or they are nested too deep`;
}

function describeProcesses(spec: Spec): string {
  const limit = spec.linux?.resources?.pids?.limit;
  if (limit !== undefined && limit > 0) {
    return `at most ${limit} processes may be in the cgroup (/linux/resources/pids/limit), a start takes two`;
  }
  return "there are as many processes as the cgroup's pids.max, RLIMIT_NPROC of the user or kernel.pid_max allow";
}

/** Namespaces that the kernel was built without. */
function describeMissing(spec: Spec): string | undefined {
  const files: Readonly<Record<string, string>> = { network: 'net', mount: 'mnt' };
  const lacking = LIMITS.map(([type]) => type)
    .find((type) => namespaceSource(spec, type) === 'new' && !existsSync(`/proc/self/ns/${files[type] ?? type}`));
  return lacking === undefined ? undefined : `this kernel has no ${lacking} namespaces`;
}
