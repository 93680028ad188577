// Rules for linux.sysctl: only what belongs to a namespace of the container may be set; all else would change the host.

import { problem, type Report, show, token } from '../report.ts';
import type { NamespaceType, Spec } from '../types.ts';
import { namespaceSource } from './namespaces.ts';

/** Those of ipc_namespaces(7), in the kernel's ipc/ipc_sysctl.c. */
const IPC_SYSCTLS: readonly string[] = [
  'kernel/auto_msgmni',
  'kernel/msg_next_id',
  'kernel/msgmax',
  'kernel/msgmnb',
  'kernel/msgmni',
  'kernel/sem',
  'kernel/sem_next_id',
  'kernel/shm_next_id',
  'kernel/shm_rmid_forced',
  'kernel/shmall',
  'kernel/shmmax',
  'kernel/shmmni',
];

export function checkSysctls(spec: Spec, report: Report): void {
  const sysctls = spec.linux?.sysctl;
  if (sysctls === undefined) return;
  const seen = new Map<string, string>();
  for (const name of Object.keys(sysctls)) {
    const pointer = `/linux/sysctl/${token(name)}`;
    const path = sysctlPath(name);
    const other = path === undefined ? undefined : seen.get(path);
    if (path === undefined) problem(report, pointer, `${show(name)} is not the name of a sysctl`);
    else if (other !== undefined) problem(report, pointer, `${show(name)} is the same sysctl as ${show(other)}`);
    else checkSysctl(path, { spec, pointer }, report);
    if (path !== undefined) seen.set(path, name);
  }
}

function checkSysctl(path: string, { spec, pointer }: { spec: Spec; pointer: string }, report: Report): void {
  if (path === 'kernel/hostname') {
    problem(report, pointer, 'not allowed here, use the property /hostname');
    return;
  }
  const type = sysctlNamespace(path);
  if (type === undefined) {
    problem(report, pointer, 'belongs to no namespace, setting it would change the host');
  } else if (namespaceSource(spec, type) === 'inherited') {
    problem(report, pointer, `would change the host: allowed only with ${nameOf(type)} namespace in /linux/namespaces`);
  }
}

/** Below these a network interface's name comes next, then one parameter, in whose name there is no dot. */
const OF_INTERFACE = /^(net\/(?:ipv4|ipv6|mpls)\/(?:conf|neigh)\/)(.+)(\/[^/]+)$/;

/**
 * A sysctl's path below /proc/sys, `net/ipv4/ip_forward`. As in sysctl(8) the first `.` or `/` of a name says which of
 * them separates, so that an interface called eth0.100 can be named: `net/ipv4/conf/eth0.100/forwarding`, or with the
 * two exchanged, `net.ipv4.conf.eth0/100.forwarding`. Beyond that, `net.ipv4.conf.eth0.100.forwarding` can mean nothing
 * else either.
 *
 * @returns undefined for what is no such path, `..` above all: it would lead to the host's other sysctls.
 */
export function sysctlPath(name: string): string | undefined {
  const slashes = /[./]/.exec(name)?.[0] === '/';
  const path = slashes ? name : name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
  for (const component of path.split('/')) {
    if (component === '' || component === '.' || component === '..') return undefined;
  }
  if (slashes || !path.startsWith('net/')) return path;
  return path.replace(OF_INTERFACE, (_, before: string, name: string, parameter: string) =>
    `${before}${name.replaceAll('/', '.')}${parameter}`);
}

/** The namespace that a sysctl belongs to; undefined when all of the host shares it. */
export function sysctlNamespace(path: string): NamespaceType | undefined {
  if (path.startsWith('net/')) return 'network';
  if (path.startsWith('fs/mqueue/') || IPC_SYSCTLS.includes(path)) return 'ipc';
  if (path.startsWith('user/')) return 'user';
  return path === 'kernel/domainname' || path === 'kernel/hostname' ? 'uts' : undefined;
}

function nameOf(type: NamespaceType): string {
  return type === 'ipc' ? 'an ipc' : `a ${type}`;
}
