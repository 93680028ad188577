// All advice there is on a bundle, as a table of contents: what is allowed, and is probably not what somebody wants.
// Never an error: create takes all of it. docs/validate.md lists the same.

import { newReport } from '../config/report.ts';
import { canBeAsked, type Rule } from '../config/rules.ts';
import { type Finding, firstOf } from '../finding.ts';
import type { Advised } from './advice/advised.ts';
import * as host from './advice/host.ts';
import * as isolation from './advice/isolation.ts';
import * as limits from './advice/limits.ts';
import * as mounts from './advice/mounts.ts';
import * as process from './advice/process.ts';
import * as program from './advice/program.ts';
import * as rootfs from './advice/rootfs.ts';
import * as seccomp from './advice/seccomp.ts';

interface Advice extends Rule<Advised> {
  /** A name for programs. */
  readonly kind: string;
}

/** A warning and which of the advice it is; without a kind it is what create also tells. */
export type Warning = Finding & { readonly kind?: string };

const NAMESPACES = '/linux/namespaces';
const PROGRAM = ['/process/args', '/process/cwd', '/process/env', '/root', '/mounts'];

export const ADVICE: readonly Advice[] = [
  { kind: 'rootfs-empty', reads: ['/root', '/mounts'], check: rootfs.checkEmpty },
  { kind: 'program-missing', reads: PROGRAM, check: program.checkProgram },
  { kind: 'program-format', reads: PROGRAM, check: program.checkFormat },
  { kind: 'program-interpreter', reads: PROGRAM, check: program.checkInterpreter },
  { kind: 'program-architecture', reads: PROGRAM, check: program.checkArchitecture },
  { kind: 'working-directory', reads: PROGRAM, check: program.checkWorkingDirectory },
  { kind: 'capability-unsupported', reads: ['/process/capabilities'], check: process.checkKernelCapabilities },
  { kind: 'capability-sets', reads: ['/process/capabilities'], check: process.checkCapabilitySets },
  { kind: 'duplicate-variable', reads: ['/process/env'], check: process.checkDuplicateVariables },
  { kind: 'terminal-devpts', reads: ['/process/terminal', '/mounts', NAMESPACES], check: process.checkTerminal },
  { kind: 'mount-option', reads: ['/mounts'], check: mounts.checkOptionSpelling },
  { kind: 'mount-source', reads: ['/mounts'], check: mounts.checkSources },
  { kind: 'mount-duplicate', reads: ['/mounts'], check: mounts.checkDuplicates },
  { kind: 'mount-order', reads: ['/mounts'], check: mounts.checkOrder },
  { kind: 'mount-over-kernel', reads: ['/mounts'], check: mounts.checkKernelPlaces },
  { kind: 'shared-namespace', reads: [NAMESPACES], check: isolation.checkShared },
  {
    kind: 'privileged',
    reads: ['/process/capabilities', '/process/apparmorProfile', '/process/selinuxLabel', '/linux/seccomp', NAMESPACES],
    check: isolation.checkPrivileged,
  },
  {
    kind: 'protected-without-proc',
    reads: ['/linux/maskedPaths', '/linux/readonlyPaths', '/mounts', NAMESPACES],
    check: isolation.checkProtected,
  },
  { kind: 'memory-limit', reads: ['/linux/resources/memory'], check: limits.checkMemory },
  { kind: 'pids-limit', reads: ['/linux/resources/pids'], check: limits.checkPids },
  { kind: 'cpu-limit', reads: ['/linux/resources/cpu'], check: limits.checkCpu },
  { kind: 'seccomp-start', reads: ['/linux/seccomp'], check: seccomp.checkStart },
  { kind: 'hook-program', reads: ['/hooks', '/root'], check: host.checkHooks },
  { kind: 'deprecated', reads: ['/hooks', '/linux/resources/memory'], check: host.checkDeprecated },
  { kind: 'apparmor-profile', reads: ['/process/apparmorProfile'], check: host.checkProfile },
  { kind: 'sysctl-unsupported', reads: ['/linux/sysctl'], check: host.checkSysctls },
];

/** @param wrong where the config does not follow the schema: advice that reads there is not given */
export function adviceOn(advised: Advised, wrong: readonly string[]): Warning[] {
  const warnings: Warning[] = [];
  for (const { kind, reads, check } of ADVICE) {
    if (!canBeAsked(reads, wrong)) continue;
    const report = newReport();
    check(advised, report);
    for (const warning of firstOf(report.warnings)) warnings.push({ ...warning, kind });
  }
  return warnings;
}
