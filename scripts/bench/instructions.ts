// Counts the instructions that a command and its processes execute in user mode, by having each stop after every single
// one (ptrace(2)): exact where this processor has no counters, and the same for programs that valgrind can't run
// because they use newer system calls or start from a memfd. What the kernel does for them is not in it.

import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Ffi } from '../../src/ffi/port.ts';
import { must, numbers } from '../../src/ffi/system-calls.ts';

const SIGTRAP = 5;
const SIGCONT = 18;
const STOPPED = 0x7f;

/** <linux/ptrace.h> */
const CONT = 7;
const SINGLESTEP = 9;
const DETACH = 17;
const SEIZE = 0x4206;
const INTERRUPT = 0x4207;
const LISTEN = 0x4208;
const EVENT_EXEC = 4;
const EVENT_STOP = 128;
/** PTRACE_O_TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, and EXITKILL. */
const OPTIONS = 0x2 | 0x4 | 0x8 | 0x10 | 0x10_0000;
/** <linux/wait.h>: of threads and of children whose end is not told by SIGCHLD too. */
const WALL = 0x4000_0000;
const WUNTRACED = 2;

const statusBytes = new Uint8Array(4);
const statusView = new DataView(statusBytes.buffer);

/** One program in one process: from its birth or execve(2) to its end or the next execve(2). */
export interface Execution {
  /** The file's name. */
  readonly program: string;
  /** Whether it was born in the middle of the program, by fork or clone. */
  readonly child: boolean;
  instructions: number;
}

export interface CountRequest {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** Whether to count what a program executes, by its file's name; the others run at full speed. */
  readonly counts: (program: string) => boolean;
}

interface Tracee {
  readonly execution: Execution;
  readonly counted: boolean;
}

/**
 * Runs a command to its end; what it leaves running goes on by itself.
 *
 * @returns what its processes have executed, in the order of their start
 * @throws Error when it fails
 */
export function countInstructions(ffi: Ffi, request: CountRequest): Execution[] {
  const first = startTraced(ffi, request);
  const tracees = new Map<number, Tracee>();
  const executions: Execution[] = [];
  const begin = (pid: number, child: boolean): Tracee => {
    const program = programOf(pid);
    // A process does not stop after its last instruction; one that has been executed stops at the end of execve(2).
    const execution = { program, child, instructions: child ? 1 : 0 };
    const tracee = { execution, counted: request.counts(program) };
    tracees.set(pid, tracee);
    if (tracee.counted) executions.push(tracee.execution);
    return tracee;
  };
  const ptrace = (action: number, pid: number, data = 0): number => ffi.syscall(numbers.ptrace, action, pid, 0, data);
  begin(first, false);
  let ended = false;
  while (tracees.size > 0) {
    const { pid, status } = waitForAny(ffi);
    if ((status & 0xff) !== STOPPED) {
      tracees.delete(pid);
      if (pid !== first) continue;
      if (status !== 0) throw new Error(`"${request.argv.join(' ')}" failed (wait status ${status})`);
      ended = true;
      for (const other of tracees.keys()) ptrace(INTERRUPT, other);
      continue;
    }
    const [signal, event] = [status >> 8 & 0xff, status >> 16];
    const tracee = event === EVENT_EXEC ? begin(pid, false) : tracees.get(pid) ?? begin(pid, true);
    if (event === 0 && signal === SIGTRAP) tracee.execution.instructions++;
    const deliver = event === 0 && signal !== SIGTRAP ? signal : 0;
    if (ended) {
      ptrace(DETACH, pid, deliver);
      tracees.delete(pid);
    } else if (event === EVENT_STOP && signal !== SIGTRAP) {
      ptrace(LISTEN, pid);
    } else {
      ptrace(tracee.counted ? SINGLESTEP : CONT, pid, deliver);
    }
  }
  return executions;
}

function waitForAny(ffi: Ffi): { readonly pid: number; readonly status: number } {
  const pid = must(ffi.syscall(numbers.wait4, -1, statusBytes, WALL, 0), 'wait for a traced process');
  return { pid, status: statusView.getInt32(0, true) };
}

function programOf(pid: number): string {
  return basename(readlinkSync(`/proc/${pid}/exe`)).replace(' (deleted)', '');
}

/** A shell that stops until it is traced, and then executes the command. */
function startTraced(ffi: Ffi, { argv, envp }: CountRequest): number {
  const wait = ['sh', '-c', 'kill -STOP $$; exec "$@" </dev/null >/dev/null', 'sh'];
  const pid = must(ffi.spawn({ path: '/bin/sh', argv: [...wait, ...argv], envp, descriptors: [] }), 'start a shell');
  must(ffi.syscall(numbers.wait4, pid, statusBytes, WUNTRACED, 0), 'wait for the shell');
  must(ffi.syscall(numbers.ptrace, SEIZE, pid, 0, OPTIONS), 'trace the shell');
  must(ffi.syscall(numbers.kill, pid, SIGCONT), 'let the shell go on');
  return pid;
}
