// What proc_pid_stat(5) says of a process. Knows nothing of containers.

import { lstatSync, readFileSync } from 'node:fs';
import { codeOf, NuncError, reasonOf } from '../error.ts';

/** PF_EXITING of proc_pid_stat(5)'s flags: set before a process that ends closes its descriptors. */
const EXITING = 4;

export interface ProcessStat {
  /** In clock ticks since boot. */
  readonly startTime: number;
  readonly exiting: boolean;
  readonly stopped: boolean;
}

/** undefined when it has ended (zombies included). */
export function statOf(pid: number): ProcessStat | undefined {
  const path = `/proc/${pid}/stat`;
  let stat: string;
  try {
    // Asked first, because an error costs more.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    stat = readFileSync(path, 'latin1');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    // Whatever else it is (EMFILE, ENOMEM): a container that runs must not be taken for one that has stopped.
    throw new NuncError('syscall', `cannot look at process ${pid}: ${reasonOf(cause)}`, { cause });
  }
  // Fields are counted behind the command's closing parenthesis: a command may hold spaces and parentheses itself.
  const state = stat.lastIndexOf(')') + 2;
  const letter = stat.charAt(state);
  if ('ZX'.includes(letter)) return undefined;
  const flags = fieldAfter(stat, state, 6);
  return {
    startTime: numberAt(stat, fieldAfter(stat, flags, 13)),
    exiting: (numberAt(stat, flags) & EXITING) !== 0,
    stopped: letter === 'T',
  };
}

/** Where the field is that comes so many after the one at an index. Splitting all fifty took three times as long. */
function fieldAfter(text: string, index: number, count: number): number {
  let at = index;
  for (let i = 0; i < count; i++) at = text.indexOf(' ', at) + 1;
  return at;
}

function numberAt(text: string, index: number): number {
  return Number(text.slice(index, text.indexOf(' ', index)));
}

/** Start time of a process in clock ticks since boot; undefined when it has ended (zombies included). */
export function startTimeOf(pid: number): number | undefined {
  return statOf(pid)?.startTime;
}

/** Whether a signal (SIGSTOP, SIGTSTP) has stopped a process, and none has let it go on. */
export function isStopped(pid: number): boolean {
  return statOf(pid)?.stopped === true;
}
