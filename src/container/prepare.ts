// Before anything is made: the bundle is read and checked against this host.

import { readFileSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExactNumbers } from '../config/exact-numbers.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { newReport } from '../config/report.ts';
import type { Mount, Spec } from '../config/types.ts';
import { type AnnotationChoice, obeyedAnnotations } from '../config/unsafe-annotations.ts';
import { ConfigError, NuncError } from '../error.ts';
import { lineOf } from '../finding.ts';
import type { HostFacts } from '../host/facts.ts';
import { parseKernelFileSystems } from '../host/kernel-file-systems.ts';
import { probeHost } from '../host/probe.ts';
import { securityModules } from '../plan/labels.ts';
import { type MountOptions, parseAllMountOptions } from '../plan/mount-options.ts';
import { bindSource } from '../plan/mounts.ts';
import { BUNDLE_RULES } from './bundle-rules.ts';

export interface PreparedBundle {
  readonly spec: Spec;
  readonly exact: ExactNumbers;
  /** Those of config.json that the runtime itself may obey. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What mounts[].options say. */
  readonly mountOptions: readonly MountOptions[];
  /** config.json as it was read. */
  readonly text: string;
  readonly exactLimits: LoadedConfig['exactLimits'];
  /** Absolute paths. */
  readonly bundle: string;
  readonly rootfs: string;
  readonly facts: HostFacts;
  /** Where procfs and sysfs are mounted on the host; looked up only for --no-pivot. */
  readonly kernelFileSystems: readonly string[];
}

interface PrepareRequest extends AnnotationChoice {
  readonly bundle: string;
  /** The config's name, when it is not config.json. */
  readonly config?: string;
  readonly noPivot: boolean;
  readonly preserveFds: number;
  /** In place of this host's, which is not looked at then. */
  readonly facts?: HostFacts;
}

/** Reads and checks a bundle. @throws ConfigError with all problems; NuncError when this host can't run it */
export function prepareBundle(request: PrepareRequest): PreparedBundle {
  const bundle = resolve(request.bundle);
  const { spec, text, exactLimits, exact, warnings }: LoadedConfig = loadConfig(bundle, request.config);
  for (const warning of warnings) request.warn(lineOf(warning));
  const rootfs = resolve(bundle, spec.root?.path ?? '');
  const mountOptions = parseAllMountOptions(spec.mounts ?? []);
  const { rlimits = [] } = spec.process ?? {};
  const facts = request.facts ?? probeHost({ ...wantedFacts(spec, mountOptions, bundle), rlimits });
  const report = newReport();
  for (const { check } of BUNDLE_RULES) check({ spec, bundle, rootfs, mountOptions, facts }, report);
  if (report.problems.length > 0) throw new ConfigError(report.problems);
  for (const warning of report.warnings) request.warn(lineOf(warning));
  requireKernel(facts);
  requireDescriptors(request.preserveFds);
  const annotations = obeyedAnnotations(spec.annotations, request);
  const kernelFileSystems = request.noPivot ? parseKernelFileSystems(readFileSync('/proc/self/mountinfo', 'utf8')) : [];
  return { spec, annotations, mountOptions, text, exactLimits, exact, bundle, rootfs, facts, kernelFileSystems };
}

/** What must be known of this host for a config, which may have anything for its limits. */
export function probeFor(spec: Spec, mountOptions: readonly MountOptions[], bundle: string): HostFacts {
  return probeHost(wantedFacts(spec, mountOptions, bundle));
}

type WantedFacts = ReturnType<typeof bindSources> & { readonly modules: ReturnType<typeof securityModules> };

function wantedFacts(spec: Spec, mountOptions: readonly MountOptions[], bundle: string): WantedFacts {
  return { ...bindSources(spec, mountOptions, bundle), modules: securityModules(spec) };
}

/** The sources of bind mounts, and those that are not to be followed when they are links. */
export function bindSources(
  { mounts = [] }: Spec,
  mountOptions: readonly MountOptions[],
  bundle: string,
): { sources: string[]; links: string[] } {
  const sources: string[] = [];
  const links: string[] = [];
  for (let i = 0; i < mounts.length; i++) {
    const { bind, copySymlink, sourceNofollow } = mountOptions[i] as MountOptions;
    if (!bind) continue;
    const source = bindSource(mounts[i] as Mount, bundle);
    sources.push(source);
    if (copySymlink || sourceNofollow) links.push(source);
  }
  return { sources, links };
}

/** mount_setattr(2) and all that the plan is made of is there since Linux 5.12; 5.15 is the first long-term one. */
export function requireKernel({ kernel: { major, minor } }: HostFacts): void {
  if (major > 5 || (major === 5 && minor >= 15)) return;
  throw new NuncError('host', `cannot run on Linux ${major}.${minor}: nunc needs Linux 5.15 or newer`);
}

/** The descriptors that are to be handed on must have come from the caller. The engine opens an epoll and an event
 * descriptor at the lowest free numbers before anything can be looked at: those are taken for its own. */
export function requireDescriptors(preserveFds: number): void {
  for (let descriptor = 3; descriptor < 3 + preserveFds; descriptor++) {
    let target: string | undefined;
    try {
      target = readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      // Not open.
    }
    if (target !== undefined && !/^anon_inode:\[event(poll|fd)\]$/.test(target)) continue;
    throw new NuncError('usage', `cannot preserve descriptor ${descriptor}: it is not open`);
  }
}
