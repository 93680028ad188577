// System calls for talking to a child without ever waiting for it longer than wanted: pipes, ppoll(2), waitid(2).
// Results are as in system-calls.ts.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { Ffi } from './port.ts';
import { must, numbers } from './system-calls.ts';

/** This process's environment, for a child that gets the same. */
export function ownEnvironment(): string[] {
  return Object.entries(process.env).map(([name, value = '']) => `${name}=${value}`);
}

/** pipe2(2), both ends close-on-exec and, to this process, blocking. @throws NuncError */
export function makePipe(ffi: Ffi): { readonly reader: number; readonly writer: number } {
  const ends = new Uint8Array(8);
  must(ffi.syscall(numbers.pipe2, ends, L.O_CLOEXEC), 'make a pipe');
  const view = new DataView(ends.buffer);
  return { reader: view.getInt32(0, true), writer: view.getInt32(4, true) };
}

/** read(2). @returns how many bytes, 0 at the end, or -errno */
export function readSome(ffi: Ffi, descriptor: number, into: Uint8Array): number {
  return ffi.syscall(numbers.read, descriptor, into, into.length);
}

/** write(2); SIGPIPE is ignored by the engines. @returns how many bytes, or -errno */
export function writeSome(ffi: Ffi, descriptor: number, bytes: Uint8Array): number {
  return ffi.syscall(numbers.write, descriptor, bytes, bytes.length);
}

/**
 * ppoll(2).
 *
 * @param wanted descriptor and events of each entry; a negative descriptor is left out
 * @param milliseconds how long at most; Infinity waits for ever
 * @returns the events of each entry, none at all when the time is over
 * @throws NuncError
 */
export function pollSeveral(
  ffi: Ffi,
  wanted: readonly (readonly [descriptor: number, events: number])[],
  milliseconds: number,
): readonly number[] {
  const entries = new Uint8Array(8 * wanted.length);
  const view = new DataView(entries.buffer);
  wanted.forEach(([descriptor, events], i) => {
    view.setInt32(8 * i, descriptor, true);
    view.setInt16(8 * i + 4, events, true);
  });
  const result = ffi.syscall(numbers.ppoll, entries, wanted.length, timespec(milliseconds), 0, 0);
  if (result === -errno.EINTR) return wanted.map(() => 0);
  return must(result, 'wait for a process') === 0 ? [] : wanted.map((_, i) => view.getInt16(8 * i + 6, true));
}

/** A struct timespec, or a null pointer for a time that never comes. */
function timespec(milliseconds: number): Uint8Array | number {
  if (milliseconds === Infinity) return 0;
  const time = new Uint8Array(16);
  const view = new DataView(time.buffer);
  const whole = Math.max(0, milliseconds);
  // More seconds than 32 bits hold are more than anybody waits.
  view.setUint32(0, Math.min(Math.floor(whole / 1000), 0x7fffffff), true);
  view.setUint32(8, Math.floor((whole % 1000) * 1_000_000), true);
  return time;
}

/** Whether a child that has ended did so with exit status 0; leaves it to be waited for. @throws NuncError */
export function endedWell(ffi: Ffi, pid: number): boolean {
  const information = new Uint8Array(128);
  let result: number;
  do result = ffi.syscall(numbers.waitid, L.P_PID, pid, information, L.WEXITED | L.WNOWAIT, 0);
  while (result === -errno.EINTR);
  must(result, 'wait for a process');
  const view = new DataView(information.buffer);
  return view.getInt32(8, true) === L.CLD_EXITED && view.getInt32(24, true) === 0;
}

/** Marks every descriptor but the standard streams close-on-exec: also those that the caller left open to be handed
 * on to a container. */
export function closeOthersOnExec(ffi: Ffi): void {
  const result = ffi.syscall(numbers.close_range, 3, L.CLOSE_RANGE_LAST, L.CLOSE_RANGE_CLOEXEC);
  must(result, 'mark descriptors close-on-exec');
}
