// Runs one command and measures it: posix_spawn(3) and wait4(2) directly, because an event loop between the two adds
// more than some of the commands take.

import { constants, ftruncateSync, openSync, readFileSync } from 'node:fs';
import type { Ffi } from '../../src/ffi/port.ts';
import { must } from '../../src/ffi/system-calls.ts';
import { WNOHANG } from '../../src/linux/constants.ts';
import { errno, errnoMessage } from '../../src/linux/errno.ts';
import { syscalls } from '../../src/linux/syscalls.ts';

const numbers = process.arch === 'arm64' ? syscalls.aarch64 : syscalls.x86_64;

/** A command gets a manager's environment rather than that of whoever runs the benchmark. */
const ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/** struct rusage: two struct timeval, ru_maxrss, and 13 more; 8 bytes each field. */
const RUSAGE_SIZE = 144;
const USER_TIME = 0;
const SYSTEM_TIME = 16;
const MAXIMUM_RESIDENT = 32;

export interface Measured {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds of user and system time, waited-for children included. */
  readonly cpu: number;
}

interface Ended {
  readonly status: number;
  readonly cpu: number;
  /** KiB. */
  readonly maximumResident: number;
}

/** Runs commands with an absolute path, standard streams on /dev/null. */
export interface Runner {
  /** Runs a command to its end. @throws Error with what it wrote to stderr when it fails */
  run(argv: readonly string[]): Measured;
  /**
   * Runs several, of which at most `atOnce` run at the same time, and all unless it is given.
   *
   * @returns wall time until the last has ended, and the CPU time of all together
   * @throws Error when one fails
   */
  runTogether(commands: readonly (readonly string[])[], atOnce?: number): Measured;
  /** The peak resident set, in KiB, of a command. @throws Error when it fails */
  peakMemory(argv: readonly string[]): number;
  /**
   * Waits until a process, left to this one by its parent, has ended.
   *
   * @returns its CPU time in milliseconds; none if its parent has waited for it, and so has it in its own
   */
  reap(pid: number): number;
  /** The CPU time of a living process so far, in milliseconds. */
  cpuTime(pid: number): number;
}

/**
 * @param directory for what the commands write to stderr
 * @param shell a small static program that understands `-c`: busybox's sh
 */
export function openRunner(ffi: Ffi, directory: string, shell: readonly string[]): Runner {
  const errors = `${directory}/stderr`;
  const streams = [
    openSync('/dev/null', constants.O_RDWR),
    openSync(errors, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600),
  ] as const;

  const spawn = (argv: readonly string[]): number => {
    const [nothing, stderr] = streams;
    const path = argv[0] ?? '';
    const descriptors = [[nothing, 0], [nothing, 1], [stderr, 2]] as const;
    const pid = ffi.spawn({ path, argv, envp: ENVIRONMENT, descriptors });
    if (pid < 0) throw new Error(`cannot execute "${path}": ${errnoMessage(-pid)}`);
    return pid;
  };
  const verify = (argv: readonly string[], { status }: Ended): void => {
    if (status === 0) return;
    throw new Error(`"${argv.join(' ')}" failed (wait status ${status}): ${readFileSync(errors, 'utf8').trim()}`);
  };
  return {
    run(argv) {
      ftruncateSync(streams[1]);
      const before = performance.now();
      const ended = wait(ffi, spawn(argv));
      const wall = performance.now() - before;
      verify(argv, ended);
      return { wall, cpu: ended.cpu };
    },
    runTogether(commands, atOnce = commands.length) {
      ftruncateSync(streams[1]);
      const running: { readonly argv: readonly string[]; readonly pid: number }[] = [];
      let cpu = 0;
      const waitForOldest = (): void => {
        const oldest = running.shift();
        if (oldest === undefined) return;
        const ended = wait(ffi, oldest.pid);
        verify(oldest.argv, ended);
        cpu += ended.cpu;
      };
      const before = performance.now();
      for (const argv of commands) {
        if (running.length === atOnce) waitForOldest();
        running.push({ argv, pid: spawn(argv) });
      }
      while (running.length > 0) waitForOldest();
      return { wall: performance.now() - before, cpu };
    },
    peakMemory(argv) {
      reapAll(ffi);
      ftruncateSync(streams[1]);
      // execve(2) counts the memory of the process that called it: what this engine spawned would start with the
      // engine's own peak. The shell forks, ends, and leaves its child to this process, which is pid 1.
      verify(argv, wait(ffi, spawn([...shell, '-c', '"$@" &', 'sh', ...argv])));
      const ended = wait(ffi, -1);
      verify(argv, ended);
      return ended.maximumResident;
    },
    reap: (pid) => tryWait(ffi, pid)?.cpu ?? 0,
    cpuTime: (pid) => processTime(ffi, pid),
  };
}

function wait(ffi: Ffi, pid: number): Ended {
  const ended = tryWait(ffi, pid);
  if (ended === undefined) throw new Error(`cannot wait for process ${pid}: ${errnoMessage(errno.ECHILD)}`);
  return ended;
}

/** @returns undefined when it is no child of this process, or no longer */
function tryWait(ffi: Ffi, pid: number): Ended | undefined {
  const status = new Uint8Array(4);
  const usage = new Uint8Array(RUSAGE_SIZE);
  const result = ffi.syscall(numbers.wait4, pid, status, 0, usage);
  if (result === -errno.ECHILD) return undefined;
  must(result, `wait for process ${pid}`);
  const view = new DataView(usage.buffer);
  const milliseconds = (at: number): number => {
    return Number(view.getBigInt64(at, true)) * 1000 + Number(view.getBigInt64(at + 8, true)) / 1000;
  };
  return {
    status: new DataView(status.buffer).getInt32(0, true),
    cpu: milliseconds(USER_TIME) + milliseconds(SYSTEM_TIME),
    maximumResident: Number(view.getBigInt64(MAXIMUM_RESIDENT, true)),
  };
}

/** Milliseconds of user and system time of a process that lives: of all its threads, its children's not included. */
function processTime(ffi: Ffi, pid: number): number {
  const time = new Uint8Array(16);
  // clock_getcpuclockid(3) in the kernel's form: the pid's complement, and 2 for the scheduler's clock.
  must(ffi.syscall(numbers.clock_gettime, (~pid << 3) | 2, time), `read the CPU time of process ${pid}`);
  const view = new DataView(time.buffer);
  return Number(view.getBigInt64(0, true)) * 1000 + Number(view.getBigInt64(8, true)) / 1e6;
}

/** Reaps what has been left to this process and has ended. */
function reapAll(ffi: Ffi): void {
  while (ffi.syscall(numbers.wait4, -1, 0, WNOHANG, 0) > 0);
}
