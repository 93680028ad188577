// Measures seccomp filters: instructions a system call, size and time to make, ours and libseccomp's, for the profiles
// of Docker and Podman. Needs gcc and libseccomp-dev.
//
//   bun scripts/bench-seccomp.ts                                    prints the table
//   bun scripts/bench-seccomp.ts --markdown docs/performance.md     puts it between its marks

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Seccomp } from '../src/config/types.ts';
import { syscalls } from '../src/linux/syscalls.ts';
import { AUDIT } from '../src/seccomp/architectures.ts';
import { compileFilter } from '../src/seccomp/compile.ts';
import { runFilter } from '../test/support/bpf.ts';
import { buildExporter, exportFilter } from '../test/support/libseccomp.ts';
import { docker, podman } from '../test/support/seccomp-profiles.ts';
import { replaceMarked } from './bench/markdown.ts';
import { buildExecutable } from './build/executable.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MARKS = {
  begin: '<!-- begin: written by bun scripts/bench-seccomp.ts --markdown -->',
  end: '<!-- end: written by bun scripts/bench-seccomp.ts -->',
};
const ARCHITECTURES = ['x86_64', 'x86', 'x32'] as const;
const ROUNDS = 30;

/** What strace -c shows of shells, web servers, databases and language runtimes. */
const COMMON = [
  'read', 'write', 'close', 'openat', 'newfstatat', 'statx', 'lseek', 'mmap', 'mprotect', 'munmap', 'brk',
  'rt_sigaction', 'rt_sigprocmask', 'ioctl', 'pread64', 'pwrite64', 'readv', 'writev', 'poll', 'ppoll', 'futex',
  'epoll_wait', 'epoll_pwait', 'epoll_ctl', 'recvfrom', 'sendto', 'recvmsg', 'sendmsg', 'accept4', 'connect',
  'getsockopt', 'setsockopt', 'fcntl', 'getpid', 'gettid', 'clock_nanosleep', 'nanosleep', 'sched_yield', 'madvise',
  'getrandom', 'wait4', 'exit_group', 'execve', 'getdents64', 'readlink', 'access', 'pipe2', 'dup2', 'fsync',
] as const;

interface Filter {
  readonly name: string;
  readonly program: Uint8Array;
  /** Milliseconds to make it, median. */
  readonly time: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Instructions for calls whose arguments are all 0. */
function costs(program: Uint8Array, numbers: readonly number[]): number[] {
  const args = [0n, 0n, 0n, 0n, 0n, 0n];
  return numbers.map((number) => runFilter(program, { number, architecture: AUDIT.x86_64, args }).instructions);
}

function measure(directory: string, name: string, profile: Seccomp): Filter[] {
  const { program } = compileFilter(profile, { architecture: 'x86_64', exact: new Map() });
  const cold = Array.from({ length: ROUNDS }, () =>
    Number(execFileSync(join(directory, 'cold'), [name], { encoding: 'utf8' })));
  const exporter = join(directory, 'libseccomp-export');
  const others = ([1, 2] as const).map((optimize): Filter => {
    const options = { architectures: ARCHITECTURES, optimize };
    const made = Array.from({ length: ROUNDS }, () => exportFilter(exporter, profile, options));
    const title = optimize === 1 ? 'libseccomp' : 'libseccomp, binary tree (as runc)';
    const time = median(made.map(({ took }) => took / 1e6));
    return { name: title, program: made[0]?.program ?? new Uint8Array(), time };
  });
  return [{ name: '**nunc**', program, time: median(cold) }, ...others];
}

function table(title: string, filters: readonly Filter[]): string {
  const common = COMMON.map((name) => syscalls.x86_64[name]);
  const lines = filters.map(({ name, program, time }) => {
    const frequent = costs(program, common);
    const average = frequent.reduce((sum, cost) => sum + cost, 0) / frequent.length;
    const all = costs(program, Object.values(syscalls.x86_64));
    const figures = [average.toFixed(1), Math.max(...frequent), Math.max(...all), program.length / 8, time.toFixed(2)];
    return `| ${name} | ${figures.join(' | ')} |`;
  });
  return [
    `${title}'s profile, for x86_64 with x86 and x32:`, '',
    '| filter | average of common calls | their worst | worst of all calls | instructions in all | made in ms |',
    '| --- | ---:| ---:| ---:| ---:| ---:|', ...lines,
  ].join('\n');
}

const { markdown } = parseArgs({ options: { markdown: { type: 'string' } } }).values;
const directory = mkdtempSync(join(tmpdir(), 'nunc-bench-seccomp-'));
try {
  const paths = { root: ROOT, work: join(directory, 'work'), objects: join(ROOT, 'dist/engine') };
  const contents = { entry: 'scripts/bench/seccomp-cold.ts', defines: {} };
  await buildExecutable({ ...paths, output: join(directory, 'cold') }, contents);
  buildExporter(directory);
  const text = [
    table('Docker', measure(directory, 'docker', docker)), '', table('Podman', measure(directory, 'podman', podman)),
  ].join('\n');
  if (markdown === undefined) console.log(text);
  else writeFileSync(markdown, replaceMarked(readFileSync(markdown, 'utf8'), `\n${text}\n`, MARKS));
} finally {
  rmSync(directory, { recursive: true });
}
