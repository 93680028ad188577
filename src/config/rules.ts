// The rules for config.json that a JSON schema can't state, as a table of contents. Knows nothing of the host: that the
// root is a directory, or a path a namespace, shows when they are opened.

import type { Report } from './report.ts';
import * as document from './rules/document.ts';
import { checkMappedMounts, checkMappedUser, checkUserMappings } from './rules/id-mappings.ts';
import { checkLabels } from './rules/labels.ts';
import * as linux from './rules/linux.ts';
import { checkMemoryPolicy } from './rules/memory-policy.ts';
import { checkMounts } from './rules/mounts.ts';
import { checkNamespaces, checkTimeOffsets } from './rules/namespaces.ts';
import * as process from './rules/process.ts';
import { checkResources } from './rules/resources.ts';
import { checkSeccomp } from './rules/seccomp.ts';
import { checkSysctls } from './rules/sysctl.ts';
import type { Spec } from './types.ts';

export interface Rule<Subject = Spec> {
  /** JSON pointers of what the rule looks at: it can't be asked when the schema found something wrong there. */
  readonly reads: readonly string[];
  readonly check: (subject: Subject, report: Report) => void;
}

const NAMESPACES = '/linux/namespaces';

const RULES: readonly Rule[] = [
  { reads: ['/ociVersion'], check: document.checkVersion },
  { reads: ['/root'], check: document.checkRoot },
  { reads: ['/process/cwd'], check: process.checkCwd },
  { reads: ['/process/args'], check: process.checkArgs },
  { reads: ['/process/env'], check: process.checkEnv },
  { reads: ['/process/args', '/process/env'], check: process.checkStringSpace },
  { reads: ['/process/consoleSize', '/process/terminal'], check: process.checkConsoleSize },
  { reads: ['/process/rlimits'], check: process.checkRlimits },
  { reads: ['/process/capabilities'], check: process.checkCapabilities },
  { reads: ['/process/scheduler'], check: process.checkScheduler },
  { reads: ['/process/execCPUAffinity'], check: process.checkExecAffinity },
  { reads: ['/process/apparmorProfile', '/process/selinuxLabel', '/linux/mountLabel'], check: checkLabels },
  { reads: ['/mounts'], check: checkMounts },
  { reads: ['/hostname', '/domainname', NAMESPACES], check: document.checkHostNames },
  { reads: ['/hooks'], check: document.checkHooks },
  { reads: ['/annotations'], check: document.checkAnnotations },
  { reads: [NAMESPACES], check: checkNamespaces },
  { reads: ['/linux/uidMappings', '/linux/gidMappings', NAMESPACES], check: checkUserMappings },
  { reads: ['/process/user', '/linux/uidMappings', '/linux/gidMappings', NAMESPACES], check: checkMappedUser },
  { reads: ['/mounts', '/linux/uidMappings', '/linux/gidMappings', NAMESPACES], check: checkMappedMounts },
  { reads: ['/linux/timeOffsets', NAMESPACES], check: checkTimeOffsets },
  { reads: ['/linux/devices'], check: linux.checkDevices },
  { reads: ['/linux/netDevices', NAMESPACES], check: linux.checkNetDevices },
  { reads: ['/linux/maskedPaths', '/linux/readonlyPaths', NAMESPACES], check: linux.checkProtectedPaths },
  { reads: ['/linux/sysctl', NAMESPACES], check: checkSysctls },
  { reads: ['/linux/resources'], check: checkResources },
  { reads: ['/linux/seccomp'], check: checkSeccomp },
  { reads: ['/linux/intelRdt'], check: linux.checkIntelRdt },
  { reads: ['/linux/memoryPolicy'], check: checkMemoryPolicy },
  { reads: ['/linux/personality'], check: linux.checkPersonality },
];

/**
 * Adds to `report` what breaks a rule.
 *
 * @param wrong the JSON pointers at which `spec` doesn't follow the schema. Rules that look there are left out, all
 * others are asked, so that a person sees every mistake at once.
 */
export function checkRules(spec: Spec, report: Report, wrong: readonly string[] = []): void {
  for (const { reads, check } of RULES) if (canBeAsked(reads, wrong)) check(spec, report);
}

/** Whether the schema found nothing wrong with what a rule reads. */
export function canBeAsked(reads: readonly string[], wrong: readonly string[]): boolean {
  return wrong.length === 0 || !reads.some((pointer) => wrong.some((other) => concerns(other, pointer)));
}

/** Adds to `report` what breaks a rule about the process. */
export function checkProcessRules(spec: Spec, report: Report): void {
  for (const { reads, check } of RULES) {
    if (reads.some((pointer) => pointer.startsWith('/process'))) check(spec, report);
  }
}

/** Whether one of the two pointers leads into the other's value. */
function concerns(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
