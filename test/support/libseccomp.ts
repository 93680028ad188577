// libseccomp as an oracle: its filter for a profile, as runc asks for it, by way of a small C program. The profile is
// read here once more, and not by src/seccomp/, so that the two can differ.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ExactNumbers } from '../../src/config/exact-numbers.ts';
import type { Seccomp, SeccompAction, SyscallRule } from '../../src/config/types.ts';

const SOURCE = join(import.meta.dirname, 'libseccomp-export.c');

/** SCMP_ACT_… and SCMP_CMP_… of <seccomp.h>. */
const ACTIONS: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000, SCMP_ACT_KILL: 0, SCMP_ACT_KILL_THREAD: 0, SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000, SCMP_ACT_NOTIFY: 0x7fc00000, SCMP_ACT_TRACE: 0x7ff00000, SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};
const OPERATORS = [
  '', 'SCMP_CMP_NE', 'SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_EQ', 'SCMP_CMP_GE', 'SCMP_CMP_GT', 'SCMP_CMP_MASKED_EQ',
];
export const ARCHITECTURES = ['x86_64', 'x86', 'x32', 'aarch64', 'arm'] as const;
export type ArchitectureName = (typeof ARCHITECTURES)[number];

/** Compiles the program into a directory. @returns its path */
export function buildExporter(directory: string): string {
  const exporter = join(directory, 'libseccomp-export');
  const { status, stderr } = spawnSync('gcc', ['-O2', '-o', exporter, SOURCE, '-lseccomp'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot compile ${SOURCE}: ${stderr}`);
  return exporter;
}

/** Why it can't be asked; '' when it can. */
export function missingLibseccomp(): string {
  const source = '#include <seccomp.h>\n';
  const { status } = spawnSync('gcc', ['-E', '-'], { input: source, stdio: ['pipe', 'ignore', 'ignore'] });
  return status === 0 ? '' : 'needs gcc and seccomp.h (packages gcc, libseccomp-dev)';
}

/** Numbers of all calls that libseccomp knows of an architecture, by name. */
export function libseccompCalls(exporter: string, architecture: ArchitectureName): ReadonlyMap<string, number> {
  const { stdout } = spawnSync(exporter, ['names', architecture], { encoding: 'utf8' });
  const lines = stdout.trim().split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([name = '', number = '']) => [name, Number(number)]));
}

export interface ExportOptions {
  readonly architectures: readonly ArchitectureName[];
  readonly exact?: ExactNumbers;
  /** 1: one call after the other; 2: a binary tree. */
  readonly optimize?: 1 | 2;
}

export interface Exported {
  readonly program: Uint8Array;
  /** Indices of syscalls[] of which libseccomp has refused something; runc would fail. */
  readonly refused: readonly number[];
  /** Nanoseconds in libseccomp. */
  readonly took: number;
}

/** libseccomp's filter, without runc's ENOSYS for new calls. */
export function exportFilter(exporter: string, profile: Seccomp, options: ExportOptions): Exported {
  const { architectures, optimize = 1 } = options;
  const fallback = valueOf(profile.defaultAction, profile.defaultErrnoRet);
  const lines = [`default ${fallback}`, ...architectures.map((name) => `arch ${name}`)];
  if (!architectures.includes('x86_64')) lines.push('noarch x86_64');
  if (optimize === 2) lines.push('optimize 2');
  const sources: number[] = [];
  for (const [index, rule] of (profile.syscalls ?? []).entries()) {
    for (const line of linesOf(rule, index, { fallback, exact: options.exact })) {
      lines.push(line);
      sources.push(index);
    }
  }
  const { status, stdout, stderr } = spawnSync(exporter, { input: lines.join('\n') });
  const messages = stderr.toString();
  if (status !== 0) throw new Error(`libseccomp: ${messages}`);
  const refused = Array.from(messages.matchAll(/^refused (\d+)/gm), ([, i = '']) => sources[Number(i)] ?? -1);
  return { program: new Uint8Array(stdout), refused, took: Number(/^took (\d+)/m.exec(messages)?.[1]) };
}

function valueOf(action: SeccompAction, errnoRet = 1): number {
  const takesErrno = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
  return (ACTIONS[action] | (takesErrno ? errnoRet : 0)) >>> 0;
}

/** What runc calls seccomp_rule_add_array(3) with (matchCall in libcontainer/seccomp). */
function linesOf(
  rule: SyscallRule,
  index: number,
  { fallback, exact }: { fallback: number; exact: ExactNumbers | undefined },
): string[] {
  const action = valueOf(rule.action, rule.errnoRet);
  if (action === fallback) return [];
  const conditions = (rule.args ?? []).map((arg, i) => {
    const pointer = `/linux/seccomp/syscalls/${index}/args/${i}`;
    const value = exact?.get(`${pointer}/value`) ?? BigInt(arg.value);
    const second = exact?.get(`${pointer}/valueTwo`) ?? BigInt(arg.valueTwo ?? 0);
    return `${arg.index} ${OPERATORS.indexOf(arg.op)} ${value} ${second}`;
  });
  const indices = (rule.args ?? []).map((arg) => arg.index);
  const apart = new Set(indices).size < indices.length;
  const groups = apart ? conditions.map((condition) => [condition]) : [conditions];
  return rule.names.flatMap((name) =>
    groups.map((group) => ['rule', action, name, group.length, ...group].join(' ')));
}
