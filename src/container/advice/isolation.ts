// Advice on what a container shares with the host, and on what protects it.

import { type Report, show } from '../../config/report.ts';
import { namespaceSource } from '../../config/rules/namespaces.ts';
import type { NamespaceType, Spec } from '../../config/types.ts';
import { advise, type Advised, isWithin, normalPath } from './advised.ts';

/** What the container can reach when it has no namespace of the type. */
const EXPOSED: readonly (readonly [NamespaceType, string])[] = [
  ['mount', "the host's mounts"],
  ['pid', "the host's processes"],
  ['ipc', "the host's shared memory and message queues"],
  ['network', "the host's network devices, its loopback and its abstract Unix sockets"],
];

export function checkShared({ spec }: Advised, report: Report): void {
  for (const [type, what] of EXPOSED) {
    if (namespaceSource(spec, type) !== 'inherited') continue;
    // Who has no rights on the host can give no other network: `spec --rootless` has none.
    if (type === 'network' && namespaceSource(spec, 'user') !== 'inherited') continue;
    advise(report, '/linux/namespaces', [`without a ${type} namespace the container has ${what}`,
      `add { "type": "${type}" }, unless that is what you want`]);
  }
}

/** Root of the host with the right to do anything, and nothing in between. */
export function checkPrivileged({ spec }: Advised, report: Report): void {
  const { capabilities } = spec.process ?? {};
  const isAdmin = (capabilities?.bounding ?? []).includes('CAP_SYS_ADMIN');
  const { apparmorProfile = '', selinuxLabel = '' } = spec.process ?? {};
  if (!isAdmin || namespaceSource(spec, 'user') !== 'inherited' || spec.linux?.seccomp !== undefined) return;
  if (apparmorProfile !== '' || selinuxLabel !== '') return;
  advise(report, '/process/capabilities', [
    'CAP_SYS_ADMIN without a user namespace, seccomp or a security label: the container can take over the host',
    'leave it out of all sets, or add a user namespace or a seccomp profile',
  ]);
}

/** Paths of /proc to protect where no procfs is mounted. */
export function checkProtected({ spec }: Advised, report: Report): void {
  if (namespaceSource(spec, 'mount') !== 'new' || hasProc(spec)) return;
  for (const key of ['maskedPaths', 'readonlyPaths'] as const) {
    const index = (spec.linux?.[key] ?? []).findIndex((path) => isWithin(normalPath(path), '/proc'));
    if (index < 0) continue;
    const path = show(spec.linux?.[key]?.[index]);
    advise(report, `/linux/${key}/${index}`, [`there is no ${path}: nothing is mounted at /proc`,
      'most programs need one: "destination": "/proc", "type": "proc", "source": "proc"']);
  }
}

function hasProc({ mounts = [] }: Spec): boolean {
  return mounts.some(({ destination }) => normalPath(destination) === '/proc');
}
