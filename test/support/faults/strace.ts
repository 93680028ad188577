// Makes single system calls of the real dist/nunc fail, or kills it there, with strace's injection: whatever makes the
// call, the FFI port, what stands in for node:fs, or libc. Judges nothing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pick, type Random } from '../random.ts';
import { globalOptions, type Result, type Running, runProgram, startProgram, stateRoot } from '../runtime.ts';

export const nunc = join(import.meta.dirname, '../../../dist/nunc');

/** strace's own; libc's before main(), which knows no way to report; and the end, from which nothing comes back. */
const UNANSWERED = ['execve', 'arch_prctl', 'set_tid_address', 'exit_group'];

/** What strace can make fail only as no kernel would: close(2) closes whatever it says, a mask can be set, and
 * everybody is somebody. */
const NEVER = ['close', 'rt_sigprocmask', 'umask', 'getpid', 'getuid', 'geteuid', 'getgid', 'getegid'];

/** One call of a run: which of its name it is, from 1. */
export interface Point {
  readonly call: string;
  readonly occurrence: number;
}

/** The calls of nunc itself, not of what it starts, in the order of a run that nobody disturbs. */
export async function pointsOf(args: readonly string[], trace: string): Promise<Point[]> {
  const result = await runProgram(['strace', '-o', trace, nunc, ...globalOptions(stateRoot()), ...args]);
  if (result.status !== 0) throw new Error(`${args.join(' ')} failed undisturbed: ${result.stderr}`);
  const points: Point[] = [];
  const counts = new Map<string, number>();
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) continue;
    const occurrence = (counts.get(call) ?? 0) + 1;
    counts.set(call, occurrence);
    if (!UNANSWERED.includes(call)) points.push({ call, occurrence });
  }
  return points;
}

/** The calls of the processes that nunc starts, of names that it makes no call of itself.
 *
 * @param finish ends what stays */
export async function pointsOfOthers(
  args: readonly string[], trace: string, finish: () => Promise<unknown>,
): Promise<Point[]> {
  const running = startProgram(['strace', '-f', '-o', trace, nunc, ...globalOptions(stateRoot()), ...args]);
  await finish();
  const result = await running.ended;
  if (result.status !== 0) throw new Error(`${args.join(' ')} failed undisturbed: ${result.stderr}`);
  const calls = [...readFileSync(trace, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)];
  const own = calls[0]?.[1];
  const names = new Set(calls.filter(([, pid]) => pid === own).map(([, , name]) => name));
  const points: Point[] = [];
  const counts = new Map<string, number>();
  for (const [, pid = '', call = ''] of calls) {
    if (names.has(call) || UNANSWERED.includes(call)) continue;
    const occurrence = (counts.get(pid + call) ?? 0) + 1;
    counts.set(pid + call, occurrence);
    points.push({ call, occurrence });
  }
  return points;
}

/** Starts nunc with something done to a call of one of the processes that it starts. */
export function startInjected(effect: string, args: readonly string[], { call, occurrence }: Point): Running {
  const inject = `inject=${call}:${effect}:when=${occurrence}`;
  const strace = ['strace', '-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
  return startProgram([...strace, nunc, ...globalOptions(stateRoot()), ...args]);
}

/** Runs nunc with something done to one of its calls: `error=EIO`, `signal=KILL`. */
export function runInjected(effect: string, args: readonly string[], { call, occurrence }: Point): Promise<Result> {
  const inject = `inject=${call}:${effect}:when=${occurrence}`;
  const strace = ['strace', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
  return runProgram([...strace, nunc, ...globalOptions(stateRoot()), ...args]);
}

const LACK_OF_SPACE = ['ENOSPC', 'EDQUOT', 'EROFS'];
const LACK_OF_DESCRIPTORS = ['EMFILE', 'ENFILE'];

/** What a call can fail with besides EIO, whoever the caller is: no lies such as that a file is not there. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  openat: [...LACK_OF_DESCRIPTORS, 'EINTR', 'ENOMEM'],
  read: ['EINTR', 'ENOMEM'],
  write: ['EINTR', 'EFBIG', ...LACK_OF_SPACE],
  mkdirat: LACK_OF_SPACE,
  mknodat: LACK_OF_SPACE,
  renameat2: LACK_OF_SPACE,
  pipe2: LACK_OF_DESCRIPTORS,
  memfd_create: ['ENFILE', 'ENOMEM'],
  clone: ['EAGAIN', 'ENOMEM'],
  fcntl: ['EMFILE', 'EBUSY'],
  flock: ['EINTR', 'ENOLCK'],

  ppoll: ['EINTR', 'ENOMEM'],
  pidfd_open: [...LACK_OF_DESCRIPTORS, 'ENOMEM'],
};

/** EIO, and one of the others. A child that is there can be waited for, unless a signal comes. */
export function errnosFor({ call, occurrence }: Point, random: Random): string[] {
  if (NEVER.includes(call)) return [];
  if (call === 'wait4') return ['EINTR'];
  // A change of the mask takes neither memory nor a descriptor.
  if (call === 'signalfd4' && occurrence > 1) return [];
  return ['EIO', pick(random, OTHERS[call] ?? ['ENOMEM'])];
}
