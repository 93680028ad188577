// Before anything is made: the bundle is read and checked against this host.

import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExactNumbers } from '../config/exact-numbers.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Mount, Spec } from '../config/types.ts';
import { ConfigError, NuncError, reasonOf } from '../error.ts';
import { type Finding, lineOf } from '../finding.ts';
import type { HostFacts } from '../host/facts.ts';
import { parseKernelFileSystems } from '../host/kernel-file-systems.ts';
import { probeHost } from '../host/probe.ts';
import { labelProblems, securityModules } from '../plan/labels.ts';
import { type MountOptions, parseAllMountOptions } from '../plan/mount-options.ts';
import { checkMountOptions } from '../plan/mount-rules.ts';
import { bindSource } from '../plan/mounts.ts';
import { rightsProblems } from './rights.ts';
import { sharedNamespaceProblems } from './shared-namespaces.ts';

export interface PreparedBundle {
  readonly spec: Spec;
  readonly exact: ExactNumbers;
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

interface PrepareRequest {
  readonly bundle: string;
  /** The config's name, when it is not config.json. */
  readonly config?: string;
  readonly noPivot: boolean;
  readonly preserveFds: number;
  /** In place of this host's, which is not looked at then. */
  readonly facts?: HostFacts;
  readonly warn: (message: string) => void;
}

/** Reads and checks a bundle. @throws ConfigError with all problems; NuncError when this host can't run it */
export function prepareBundle(request: PrepareRequest): PreparedBundle {
  const bundle = resolve(request.bundle);
  const { spec, text, exactLimits, exact, warnings }: LoadedConfig = loadConfig(bundle, request.config);
  for (const warning of warnings) request.warn(lineOf(warning));
  const rootfs = resolve(bundle, spec.root?.path ?? '');
  const mountOptions = parseAllMountOptions(spec.mounts ?? []);
  const { problems, warnings: doubts } = checkMountOptions(spec.mounts ?? [], mountOptions);
  problems.push(...sharedNamespaceProblems(spec));
  addPlaceProblems(spec, rootfs, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  for (const warning of doubts) request.warn(lineOf(warning));
  const facts = request.facts
    ?? probeHost({ ...bindSources(spec, mountOptions, bundle), modules: securityModules(spec) });
  problems.push(...labelProblems(spec, facts));
  if (problems.length > 0) throw new ConfigError(problems);
  requireKernel(facts);
  problems.push(...rightsProblems(spec, facts));
  if (problems.length > 0) throw new ConfigError(problems);
  requireDescriptors(request.preserveFds);
  const mounted = request.noPivot ? parseKernelFileSystems(readFileSync('/proc/self/mountinfo', 'utf8')) : [];
  return { spec, mountOptions, text, exactLimits, exact, bundle, rootfs, facts, kernelFileSystems: mounted };
}

function addRootProblem(spec: Spec, rootfs: string, problems: Finding[]): void {
  const path = JSON.stringify(spec.root?.path);
  try {
    if (statSync(rootfs, { throwIfNoEntry: false })?.isDirectory() === true) return;
    problems.push({ pointer: '/root/path', text: `${path} is not an existing directory (${rootfs})` });
  } catch (cause) {
    problems.push({ pointer: '/root/path', text: `${path} can't be reached: ${reasonOf(cause)} (${rootfs})` });
  }
}

function addPlaceProblems(spec: Spec, rootfs: string, problems: Finding[]): void {
  addRootProblem(spec, rootfs, problems);
  if (namespaceSource(spec, 'mount') !== 'inherited') return;
  const { maskedPaths = [], readonlyPaths = [] } = spec.linux ?? {};
  const mounting: readonly (readonly [boolean, string])[] = [
    [(spec.mounts ?? []).length > 0, '/mounts'],
    [maskedPaths.length > 0, '/linux/maskedPaths'],
    [readonlyPaths.length > 0, '/linux/readonlyPaths'],
    [spec.root?.readonly === true, '/root/readonly'],
  ];
  for (const [wanted, pointer] of mounting) {
    if (!wanted) continue;
    const text = 'needs a mount namespace (/linux/namespaces), or the host would be changed';
    problems.push({ pointer, text });
  }
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
function requireKernel({ kernel: { major, minor } }: HostFacts): void {
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
