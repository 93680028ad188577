// Counts the instructions that a command and its processes execute in user mode, by having each stop after every single
// one (ptrace(2)): exact where this processor has no counters, and the same for programs that valgrind can't run
// because they use newer system calls or start from a memfd. What the kernel does for them is not in it.

import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Ffi } from '../../src/ffi/port.ts';
import { must, numbers } from '../../src/ffi/system-calls.ts';
import { errno } from '../../src/linux/errno.ts';

const SIGTRAP = 5;
const SIGCONT = 18;

/** <linux/ptrace.h> */
const CONT = 7;
const SINGLESTEP = 9;
const GETEVENTMSG = 0x4201;
const SEIZE = 0x4206;
const LISTEN = 0x4208;
const EVENT_FORK = 1;
const EVENT_CLONE = 3;
const EVENT_EXEC = 4;
const EVENT_STOP = 128;
/** PTRACE_O_TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, and EXITKILL. */
const OPTIONS = 0x2 | 0x4 | 0x8 | 0x10 | 0x10_0000;
/** <linux/wait.h>: of threads and of children whose end is not told by SIGCHLD too. */
const WALL = 0x4000_0000;
const WUNTRACED = 2;

/** One program in one process: from its birth or execve(2) to its end or the next execve(2). */
export interface Execution {
  /** The file's name; of what was forked from it, with its number among those in brackets. */
  readonly program: string;
  instructions: number;
}

export interface CountRequest {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** Whether to count what a program executes, by its file's name; the others run at full speed. */
  readonly counts: (program: string) => boolean;
}

interface Tracee {
  execution: Execution;
  counted: boolean;
}

interface Stop {
  readonly pid: number;
  readonly status: number;
}

/** Runs a command to the end of all its processes. @returns what they executed, in the order of their start */
export function countInstructions(ffi: Ffi, request: CountRequest): Execution[] {
  const executions: Execution[] = [];
  const tracees = new Map<number, Tracee>();
  const begin = (pid: number, program: string): void => {
    const counted = request.counts(program.split(' ', 1)[0] ?? '');
    const execution = { program, instructions: 0 };
    if (counted) executions.push(execution);
    tracees.set(pid, { execution, counted });
  };
  const first = startTraced(ffi, request);
  begin(first, 'sh');
  const ptrace = (action: number, pid: number, data: number | Uint8Array = 0): number => (
    ffi.syscall(numbers.ptrace, action, pid, 0, data)
  );
  const buffer = new Uint8Array(4);
  const view = new DataView(buffer.buffer);
  const message = new Uint8Array(8);
  for (;;) {
    const pid = ffi.syscall(numbers.wait4, -1, buffer, WALL, 0);
    if (pid === -errno.ECHILD) return executions;
    must(pid, 'wait for a traced process');
    const status = view.getInt32(0, true);
    if ((status & 0xff) !== 0x7f) continue;
    const [signal, event] = [status >> 8 & 0xff, status >> 16];
    if (!tracees.has(pid)) begin(pid, `${programOf(pid)} [child]`);
    const tracee = tracees.get(pid) as Tracee;
    let deliver = 0;
    if (event === 0 && signal === SIGTRAP) {
      tracee.execution.instructions++;
    } else if (event === 0) {
      deliver = signal;
    } else if (event === EVENT_EXEC) {
      begin(pid, programOf(pid));
    } else if (event >= EVENT_FORK && event <= EVENT_CLONE) {
      ptrace(GETEVENTMSG, pid, message);
    } else if (event === EVENT_STOP && signal !== SIGTRAP) {
      ptrace(LISTEN, pid);
      continue;
    }
    ptrace(tracees.get(pid)?.counted === true ? SINGLESTEP : CONT, pid, deliver);
  }
}

function programOf(pid: number): string {
  return basename(readlinkSync(`/proc/${pid}/exe`)).replace(' (deleted)', '');
}

/** A shell that stops until it is traced, and then executes the command. */
function startTraced(ffi: Ffi, { argv, envp }: CountRequest): number {
  const pid = must(ffi.spawn({
    path: '/bin/sh', argv: ['sh', '-c', 'kill -STOP $$; exec "$@"', 'sh', ...argv], envp, descriptors: [],
  }), 'start a shell');
  must(ffi.syscall(numbers.wait4, pid, new Uint8Array(4), WUNTRACED, 0), 'wait for the shell');
  must(ffi.syscall(numbers.ptrace, SEIZE, pid, 0, OPTIONS), 'trace the shell');
  must(ffi.syscall(numbers.kill, pid, SIGCONT), 'let the shell go on');
  return pid;
}
