// The runtime's own system calls: those that node:fs does not have, under their man-page names. Results are as the
// port's: negative errnos are for the caller to judge, unless a function says that it throws.

import { NuncError } from '../error.ts';
import * as L from '../linux/constants.ts';
import { errno, errnoMessage, namedErrno } from '../linux/errno.ts';
import { syscalls } from '../linux/syscalls.ts';
import type { Ffi } from './port.ts';

/** Of this machine's architecture. */
export const numbers = process.arch === 'arm64' ? syscalls.aarch64 : syscalls.x86_64;

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** Throws for a failed system call: `cannot <action>: <kernel's reason>`. */
export function must(result: number, action: string): number {
  if (result >= 0) return result;
  throw new NuncError('syscall', `cannot ${action}: ${errnoMessage(-result)}`, { errno: namedErrno(-result) });
}

/** memfd_create(2). @returns a descriptor or -errno */
export function memfdCreate(ffi: Ffi, name: string, flags: number): number {
  return ffi.syscall(numbers.memfd_create, cString(name), flags);
}

/** fcntl(2) with an integer argument. */
export function fcntl(ffi: Ffi, descriptor: number, command: number, argument: number): number {
  return ffi.syscall(numbers.fcntl, descriptor, command, argument);
}

/** Whether a descriptor is open, and open for writing. */
export function canWrite(ffi: Ffi, descriptor: number): boolean {
  const flags = fcntl(ffi, descriptor, L.F_GETFL, 0);
  return flags >= 0 && (flags & L.O_ACCMODE) !== L.O_RDONLY;
}

/** mkfifo(3), mode as given (the umask applies). */
export function makeFifo(ffi: Ffi, path: string, mode: number): number {
  return ffi.syscall(numbers.mknodat, L.AT_FDCWD, cString(path), L.S_IFIFO | mode, 0);
}

/** The wait status of a child that ended (wait(2)), or -errno. Blocks unless WNOHANG; 0 then means that it has not. */
export function waitProcess(ffi: Ffi, pid: number, options: number): { pid: number; status: number } {
  const status = new Int32Array(1);
  let waited: number;
  do waited = ffi.syscall(numbers.wait4, pid, new Uint8Array(status.buffer), options, 0);
  while (waited === -errno.EINTR);
  return { pid: waited, status: status[0] ?? 0 };
}

/** Whether a process is a child of this one that has not been waited for: as long as it is not, its pid is no other
 * process's. waitid(2) with WNOWAIT leaves it to be waited for. @throws NuncError */
export function isChild(ffi: Ffi, pid: number): boolean {
  // 0 and less stand for whole groups.
  if (pid <= 0) return false;
  const information = new Uint8Array(128);
  const options = L.WEXITED | L.WNOWAIT | L.WNOHANG;
  const result = ffi.syscall(numbers.waitid, L.P_PID, pid, information, options, 0);
  return result !== -errno.ECHILD && must(result, `look for process ${pid}`) === 0;
}

/** pidfd_open(2). @returns a descriptor (close-on-exec) or -errno */
export function pidfdOpen(ffi: Ffi, pid: number): number {
  return ffi.syscall(numbers.pidfd_open, pid, 0);
}

/** pidfd_send_signal(2). */
export function pidfdSendSignal(ffi: Ffi, pidfd: number, signal: number): number {
  return ffi.syscall(numbers.pidfd_send_signal, pidfd, signal, 0, 0);
}

/** pidfd_getfd(2): a copy, close-on-exec, of another process's descriptor. @returns a descriptor or -errno */
export function pidfdGetDescriptor(ffi: Ffi, pidfd: number, descriptor: number): number {
  return ffi.syscall(numbers.pidfd_getfd, pidfd, descriptor, 0);
}

/** pipe2(2), close-on-exec. @throws NuncError */
export function makePipe(ffi: Ffi): [reader: number, writer: number] {
  const ends = new Uint8Array(8);
  must(ffi.syscall(numbers.pipe2, ends, L.O_CLOEXEC), 'make a pipe');
  const view = new DataView(ends.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/** Waits, for any time, until one of two descriptors is readable. @throws NuncError */
export function waitForEither(ffi: Ffi, one: number, other: number): void {
  const entries = new Uint8Array(16);
  const view = new DataView(entries.buffer);
  view.setInt32(0, one, true);
  view.setInt16(4, L.POLLIN, true);
  view.setInt32(8, other, true);
  view.setInt16(12, L.POLLIN, true);
  let result: number;
  do result = ffi.syscall(numbers.ppoll, entries, 2, 0, 0, 0);
  while (result === -errno.EINTR);
  must(result, 'wait for a descriptor');
}

/** Waits until a descriptor is readable (a pidfd: its process has ended). @returns 1, 0 on timeout, or -errno */
export function pollReadable(ffi: Ffi, descriptor: number, milliseconds: number): number {
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, descriptor, true);
  view.setInt16(4, L.POLLIN, true);
  const timeout = new Uint8Array(16);
  new DataView(timeout.buffer).setInt32(0, Math.floor(milliseconds / 1000), true);
  new DataView(timeout.buffer).setInt32(8, (milliseconds % 1000) * 1_000_000, true);
  for (;;) {
    // The kernel leaves in `timeout` what remains of it.
    const result = ffi.syscall(numbers.ppoll, entry, 1, timeout, 0, 0);
    if (result !== -errno.EINTR) return result;
  }
}

type Limits = readonly [soft: number, hard: number];

/** prlimit(2) of this process: sets a soft and a hard limit, -1 for none.
 *
 * @returns those before; undefined when it fails */
export function swapLimit(ffi: Ffi, resource: number, limit: Limits): Limits | undefined {
  const [next, before] = [new BigInt64Array(limit.map(BigInt)), new BigInt64Array(2)];
  const bytes = [new Uint8Array(next.buffer), new Uint8Array(before.buffer)] as const;
  if (ffi.syscall(numbers.prlimit64, 0, resource, ...bytes) < 0) return undefined;
  return [Number(before[0]), Number(before[1])];
}

/** flock(2). */
export function flock(ffi: Ffi, descriptor: number, operation: number): number {
  return ffi.syscall(numbers.flock, descriptor, operation);
}

/** The CLONE_NEW… flag of a namespace's descriptor (ioctl_ns(2)), or -errno. */
export function namespaceType(ffi: Ffi, descriptor: number): number {
  return ffi.syscall(numbers.ioctl, descriptor, L.NS_GET_NSTYPE, 0);
}

/** clock_gettime(2) of CLOCK_MONOTONIC, in milliseconds. The engines count theirs from their own start. */
export function monotonicClock(ffi: Ffi): number {
  const time = new BigInt64Array(2);
  ffi.syscall(numbers.clock_gettime, L.CLOCK_MONOTONIC, new Uint8Array(time.buffer));
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

/** prctl(PR_SET_CHILD_SUBREAPER). */
export function becomeSubreaper(ffi: Ffi): number {
  return ffi.syscall(numbers.prctl, L.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/** Whether seccomp(2) knows these flags for a filter. None is installed: flags are looked at before the filter, which
 * is at no address (EFAULT). */
export function seccompTakesFlags(ffi: Ffi, flags: number): boolean {
  return ffi.syscall(numbers.seccomp, L.SECCOMP_SET_MODE_FILTER, flags, 0) === -errno.EFAULT;
}
