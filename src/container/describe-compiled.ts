// What a compiled container depends on: everything that was taken from the host or fixed when it was compiled, for who
// is to run it elsewhere, or later.

import { namespaceSource } from '../config/rules/namespaces.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import { joinedNamespaces } from '../plan/namespaces.ts';
import type { CompiledContainer } from './compile.ts';

interface DescribedCgroup {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly mountpoint: string;
  /** That the file makes and removes. */
  readonly path: string;
}

export interface CompiledDescription {
  /** Of the file, in bytes. */
  readonly size: number;
  readonly architecture: string;
  readonly kernel: { readonly atLeast: string; readonly compiledOn: string };
  readonly user: { readonly uid: number; readonly initialUserNamespace: boolean };
  readonly capabilities: { readonly last: number; readonly missing: readonly string[] };
  readonly rootfs: string;
  /** Of bind mounts. */
  readonly sources: readonly { readonly path: string; readonly kind: string; readonly link?: string }[];
  readonly cgroupMode: string;
  readonly cgroups: readonly DescribedCgroup[];
  readonly namespaces: readonly { readonly type: string; readonly path: string }[];
  readonly securityModules: Readonly<Record<string, boolean>>;
  /** Hard limits that the container asks to be raised above. */
  readonly limits: Readonly<Record<string, number>>;
}

/** mount_setattr(2) and all that a plan is made of. */
const KERNEL = '5.15';

export function describeCompiled({ planned, file }: CompiledContainer): CompiledDescription {
  const { prepared: { spec, facts, rootfs }, placement } = planned;
  const { apparmor, selinux } = facts;
  return {
    size: file.length,
    architecture: facts.architecture,
    kernel: { atLeast: KERNEL, compiledOn: `${facts.kernel.major}.${facts.kernel.minor}` },
    user: { uid: facts.effectiveUid, initialUserNamespace: facts.initialUserNamespace },
    capabilities: { last: facts.lastCapability, missing: missingCapabilities(planned.prepared.facts) },
    rootfs,
    sources: Object.entries(facts.sources).map(([path, kind]) => {
      const link = facts.links[path];
      return { path, kind, ...(link === undefined ? {} : { link }) };
    }),
    cgroupMode: facts.cgroupMode,
    cgroups: placement.cgroups.map(({ version, controllers, mountpoint, path }) => {
      return { version, controllers, mountpoint, path };
    }),
    namespaces: joinedNamespaces(spec).map(({ type, path }) => ({ type, path })),
    securityModules: {
      ...(apparmor === undefined ? {} : { apparmor }),
      ...(selinux === undefined ? {} : { selinux }),
    },
    limits: raisedLimits(planned.prepared),
  };
}

type Facts = CompiledContainer['planned']['prepared']['facts'];

function missingCapabilities({ capabilities, lastCapability }: Facts): string[] {
  const known = Object.entries(CAPABILITIES).filter(([, number]) => number <= lastCapability);
  return known.map(([name]) => name).filter((name) => !capabilities.includes(name));
}

/** Only a process of a user namespace depends on them: the host's root may go beyond. */
function raisedLimits({ spec, facts }: CompiledContainer['planned']['prepared']): Record<string, number> {
  const limits: Record<string, number> = {};
  if (namespaceSource(spec, 'user') === 'inherited') return limits;
  for (const { type } of spec.process?.rlimits ?? []) {
    const limit = facts.limits[type];
    if (limit !== undefined) limits[type] = limit.hard;
  }
  return limits;
}

/** For a person: one line a thing that must be as it was. */
export function printDescription(described: CompiledDescription): string {
  const { kernel, user, capabilities, cgroups } = described;
  const lines: (readonly [string, string])[] = [
    ['size', `${described.size} bytes`],
    ['architecture', described.architecture],
    ['kernel', `Linux ${kernel.atLeast} or newer (compiled on ${kernel.compiledOn})`],
    ['user', `uid ${user.uid}, in ${user.initialUserNamespace ? "the host's" : 'a'} user namespace`],
    ['capabilities', describeCapabilities(capabilities)],
    ['host files', '/proc (procfs), /dev/null, executable memfds (sysctl vm.memfd_noexec 0 or 1)'],
    ['rootfs', described.rootfs],
    ...described.sources.map(({ path, kind, link }) => {
      return ['bind source', `${path} (${link === undefined ? kind : `link to ${link}`})`] as const;
    }),
    ['cgroups', cgroups.length === 0 ? 'none: it stays in those of its caller' : `mode ${described.cgroupMode}`],
    ...cgroups.map((cgroup) => ['cgroup', describeCgroup(cgroup)] as const),
    ...described.namespaces.map(({ type, path }) => ['namespace', `${path} (${type})`] as const),
    ...Object.entries(described.securityModules).map(([name, on]) => [name, on ? 'on' : 'off'] as const),
    ...Object.entries(described.limits).map(([type, hard]) => {
      return [type, `at most ${hard === -1 ? 'unlimited' : hard} without root`] as const;
    }),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('');
}

function describeCapabilities({ last, missing }: CompiledDescription['capabilities']): string {
  return `up to number ${last}${missing.length === 0 ? '' : `, without ${missing.join(' ')}`}`;
}

function describeCgroup({ version, controllers, path }: DescribedCgroup): string {
  return `${path} (v${version}${controllers.length === 0 ? '' : `: ${controllers.join(' ')}`})`;
}
