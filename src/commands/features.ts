// nunc features: what this build knows, for managers to decide by (features.md, features-linux.md). Speaks of nunc, not
// of the host, but for seccomp's supportedFlags; with --host of the host alone, for explain elsewhere. Needs no
// privileges and no container.

import type { Features, LinuxFeatures, SeccompFeatures, SeccompFlag, ToldFacts } from '../config/types.ts';
import {
  MEMORY_POLICY_FLAG_WORDS,
  MEMORY_POLICY_MODE_WORDS,
  NAMESPACE_TYPE_WORDS,
  SECCOMP_ACTION_WORDS,
  SECCOMP_ARCHITECTURE_WORDS,
  SECCOMP_FLAG_WORDS,
  SECCOMP_OPERATOR_WORDS,
} from '../config/types.ts';
import { UNSAFE_ANNOTATIONS } from '../config/unsafe-annotations.ts';
import type { Ffi } from '../ffi/port.ts';
import { seccompTakesFlags } from '../ffi/system-calls.ts';
import { CAPABILITIES } from '../linux/capabilities.ts';
import * as L from '../linux/constants.ts';
import { knownMountOptions } from '../plan/mount-options.ts';
import { commit, specVersion, version } from '../version.ts';
import type { Invocation } from './command.ts';

export function run({ ffi, globals, options, print }: Invocation): number | Promise<number> {
  if (options.boolean('host')) return printHost(print);
  const unsafeAnnotations = globals.ignoreUnsafeAnnotations ? [] : UNSAFE_ANNOTATIONS;
  print(`${JSON.stringify(features(ffi(), unsafeAnnotations), undefined, 4)}\n`);
  return 0;
}

/** As spec/host.schema.json has it. */
async function printHost(print: Invocation['print']): Promise<number> {
  const { probeHost } = await import('../host/probe.ts');
  const { sources: _, links: __, ...facts }: ToldFacts = probeHost({ modules: ['apparmor', 'selinux'] });
  print(`${JSON.stringify(facts, undefined, 4)}\n`);
  return 0;
}

/** In runc's order, lists of words sorted as runc's are. */
function features(ffi: Ffi, unsafeAnnotations: readonly string[]): Features {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: specVersion,
    hooks: HOOKS,
    mountOptions: knownMountOptions().sort(),
    linux: linuxFeatures(ffi),
    annotations: {
      'dev.nunc.version': version,
      'dev.nunc.commit': commit,
      // Where runc's clients look for it.
      'org.opencontainers.runc.checkpoint.enabled': 'true',
    },
    potentiallyUnsafeConfigAnnotations: unsafeAnnotations,
  };
}

const HOOKS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

function linuxFeatures(ffi: Ffi): LinuxFeatures {
  return {
    namespaces: sorted(NAMESPACE_TYPE_WORDS),
    capabilities: Object.keys(CAPABILITIES),
    cgroup: {
      v1: true,
      v2: true,
      systemd: true,
      systemdUser: true,
      rdma: true,
    },
    seccomp: seccompFeatures(ffi),
    apparmor: { enabled: true },
    selinux: { enabled: true },
    intelRdt: { enabled: true, schemata: true, monitoring: true },
    memoryPolicy: { modes: MEMORY_POLICY_MODE_WORDS, flags: MEMORY_POLICY_FLAG_WORDS },
    mountExtensions: { idmap: { enabled: true } },
    netDevices: { enabled: true },
  };
}

function seccompFeatures(ffi: Ffi): SeccompFeatures {
  return {
    enabled: true,
    actions: sorted(SECCOMP_ACTION_WORDS),
    operators: sorted(SECCOMP_OPERATOR_WORDS),
    archs: sorted(SECCOMP_ARCHITECTURE_WORDS),
    knownFlags: sorted(SECCOMP_FLAG_WORDS),
    supportedFlags: sorted(SECCOMP_FLAG_WORDS.filter((flag) => seccompTakesFlags(ffi, SECCOMP_FLAGS[flag]))),
  };
}

/** Each with what it can't be without: seccomp(2). */
const SECCOMP_FLAGS: Readonly<Record<SeccompFlag, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: L.SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_LOG: L.SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: L.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV:
    L.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | L.SECCOMP_FILTER_FLAG_NEW_LISTENER,
};

function sorted(words: readonly string[]): string[] {
  return [...words].sort();
}
