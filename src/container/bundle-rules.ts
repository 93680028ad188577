// The rules for a bundle that need more than its config.json: the meaning of mount options, what is there on this host,
// and what the caller may do. As a table, like config/rules.ts: create throws what they find, validate prints it.

import { statSync } from 'node:fs';
import { problem, type Report } from '../config/report.ts';
import type { Rule } from '../config/rules.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Spec } from '../config/types.ts';
import { reasonOf } from '../error.ts';
import { firstOf } from '../finding.ts';
import type { HostFacts } from '../host/facts.ts';
import { labelProblems } from '../plan/labels.ts';
import type { MountOptions } from '../plan/mount-options.ts';
import { checkMountOptions } from '../plan/mount-rules.ts';
import { rightsProblems } from './rights.ts';
import { sharedNamespaceProblems } from './shared-namespaces.ts';

export interface Bundle {
  readonly spec: Spec;
  /** Absolute paths. */
  readonly bundle: string;
  readonly rootfs: string;
  /** What mounts[].options say. */
  readonly mountOptions: readonly MountOptions[];
  readonly facts: HostFacts;
}

const NAMESPACES = '/linux/namespaces';

export const BUNDLE_RULES: readonly Rule<Bundle>[] = [
  { reads: ['/mounts'], check: checkOptions },
  { reads: ['/hostname', '/domainname', '/linux/sysctl', NAMESPACES], check: checkShared },
  { reads: ['/root'], check: checkRootfs },
  { reads: ['/mounts', '/root', NAMESPACES], check: checkMountNamespace },
  { reads: ['/process/apparmorProfile', '/process/selinuxLabel', '/linux/mountLabel'], check: checkLabels },
  { reads: ['/process/user', '/linux/uidMappings', '/linux/gidMappings', NAMESPACES], check: checkRights },
];

function checkOptions({ spec, mountOptions }: Bundle, report: Report): void {
  const { problems, warnings } = checkMountOptions(spec.mounts ?? [], mountOptions);
  report.problems.push(...firstOf(problems));
  report.warnings.push(...firstOf(warnings));
}

function checkShared({ spec }: Bundle, report: Report): void {
  report.problems.push(...firstOf(sharedNamespaceProblems(spec)));
}

function checkLabels({ spec, facts }: Bundle, report: Report): void {
  report.problems.push(...firstOf(labelProblems(spec, facts)));
}

function checkRights({ spec, facts }: Bundle, report: Report): void {
  report.problems.push(...firstOf(rightsProblems(spec, facts)));
}

function checkRootfs({ spec, rootfs }: Bundle, report: Report): void {
  const path = JSON.stringify(spec.root?.path);
  try {
    if (statSync(rootfs, { throwIfNoEntry: false })?.isDirectory() === true) return;
    problem(report, '/root/path', `${path} is not an existing directory (${rootfs})`);
  } catch (cause) {
    problem(report, '/root/path', `${path} can't be reached: ${reasonOf(cause)} (${rootfs})`);
  }
}

function checkMountNamespace({ spec }: Bundle, report: Report): void {
  if (namespaceSource(spec, 'mount') !== 'inherited') return;
  const text = 'needs a mount namespace (/linux/namespaces), or the host would be changed';
  if ((spec.mounts ?? []).length > 0) problem(report, '/mounts', text);
  if (spec.root?.readonly === true) problem(report, '/root/readonly', text);
}
