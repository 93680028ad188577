// The compiled init as something that can be executed: a sealed memfd. What runs in a container can neither change it
// nor find a file of the host behind /proc/<pid>/exe (CVE-2019-5736).

import { closeSync, writeSync } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { fcntl, memfdCreate, must } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errno, namedErrno } from '../linux/errno.ts';

/** Of the memfd, and what an init and whatever else is made here has for an argument. */
export const INIT_NAME = 'nunc-init';

const SEALS = L.F_SEAL_SEAL | L.F_SEAL_SHRINK | L.F_SEAL_GROW | L.F_SEAL_WRITE;

/**
 * Puts an ELF image into a sealed, executable memfd.
 *
 * @returns its descriptor, close-on-exec
 * @throws NuncError when the host forbids executable memfds (sysctl vm.memfd_noexec = 2)
 */
export function sealExecutable(ffi: Ffi, image: Uint8Array): number {
  const descriptor = createExecutableMemfd(ffi);
  try {
    writeImage(descriptor, image);
    must(fcntl(ffi, descriptor, L.F_ADD_SEALS, SEALS), 'seal the init');
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

/** All of it: a limit (RLIMIT_FSIZE) or a lack of memory can cut a write short, and half an init would start. */
function writeImage(descriptor: number, image: Uint8Array): void {
  try {
    for (let written = 0; written < image.length;) written += writeSync(descriptor, image, written);
  } catch (cause) {
    throw new NuncError('syscall', `cannot make the init: ${reasonOf(cause)}`, { cause });
  }
}

function createExecutableMemfd(ffi: Ffi): number {
  const flags = L.MFD_CLOEXEC | L.MFD_ALLOW_SEALING;
  let descriptor = memfdCreate(ffi, INIT_NAME, flags | L.MFD_EXEC);
  // Before Linux 6.3 there was no MFD_EXEC, and every memfd was executable.
  if (descriptor === -errno.EINVAL) descriptor = memfdCreate(ffi, INIT_NAME, flags);
  if (descriptor === -errno.EACCES) {
    throw new NuncError('host', 'cannot make the init: this host forbids executable memfds', {
      errno: namedErrno(-descriptor),
      hint: 'set the sysctl vm.memfd_noexec to 0 or 1 (in the pid namespace that runs nunc)',
    });
  }
  return must(descriptor, 'make the init');
}

export type Pair = readonly [from: number, to: number];

export interface Image {
  /** Descriptor of the sealed executable. */
  readonly executable: number;
  /** What it gets; `from` and `to` may be the same only below all others. */
  readonly descriptors: readonly Pair[];
  /** Above every number that the executable's own descriptors get. */
  readonly end: number;
  readonly newGroup?: boolean;
  /** What it is in an error's words; the init if not given. */
  readonly what?: string;
}

/** Starts a sealed executable. @returns its pid @throws NuncError */
export function spawnImage(ffi: Ffi, image: Image): number {
  const { executable, descriptors, end, newGroup = false, what = 'the init' } = image;
  const moved: Pair[] = [];
  const temporary: number[] = [];
  // Out of the way of the numbers that the child's descriptors are to get.
  const move = (descriptor: number): number => {
    const copy = must(fcntl(ffi, descriptor, L.F_DUPFD_CLOEXEC, end), 'duplicate a descriptor');
    temporary.push(copy);
    return copy;
  };
  try {
    for (const [from, to] of descriptors) moved.push([from === to ? from : move(from), to]);
    const path = `/proc/self/fd/${move(executable)}`;
    return must(ffi.spawn({ path, argv: [INIT_NAME], envp: [], descriptors: moved, newGroup }), `start ${what}`);
  } finally {
    for (const descriptor of temporary) closeSync(descriptor);
  }
}
