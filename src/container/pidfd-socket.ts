// --pidfd-socket: who listens there gets a descriptor of a process, with one word that says what process it is.

import { closeSync } from 'node:fs';
import type { Ffi } from '../ffi/port.ts';
import { must, pidfdOpen } from '../ffi/system-calls.ts';
import { connectUnix, sendDescriptor } from '../ffi/unix-socket.ts';

interface Announced {
  /** A child of this process. */
  readonly pid: number;
  /** runc's words: a container's first process, or one that has joined it. */
  readonly kind: 'standard' | 'setns';
}

/** How long who listens there may be busy, in seconds. */
const PATIENCE = 5;

/** @throws NuncError */
export function connectPidfdSocket(ffi: Ffi, path: string): number {
  return connectUnix(ffi, path, PATIENCE);
}

/** @param socket connected @throws NuncError */
export function sendPidfd(ffi: Ffi, socket: number, { pid, kind }: Announced): void {
  const action = 'send a pidfd to --pidfd-socket';
  const descriptor = must(pidfdOpen(ffi, pid), action);
  try {
    must(sendDescriptor(ffi, socket, { descriptor, payload: new TextEncoder().encode(kind) }), action);
  } finally {
    closeSync(descriptor);
  }
}
