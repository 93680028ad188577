// A mount namespace for a while: what is mounted in it nobody else sees, and it is gone with the last process that was
// started there, however this one ends.

import { closeSync, openSync } from 'node:fs';
import { fileCall, nameOf } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { must } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';

/**
 * Calls `use` with the calling thread in a mount namespace of its own, into which mounts of the host still come, but
 * out of which none go. The thread comes back at once; were it to stay, all that the runtime does afterwards would
 * happen to other mounts than the host's, so that it must rather die. Other threads never leave (unshare(2): for one
 * thread the flag is allowed).
 */
export function withPrivateMounts<Result>(ffi: Ffi, use: () => Result): Result {
  const namespace = openSync('/proc/thread-self/ns/mnt', 'r');
  try {
    const directory = openSync('.', 'r');
    try {
      must(fileCall(ffi, 'unshare', L.CLONE_NEWNS), 'make a mount namespace');
      try {
        mount(ffi, { target: '/', flags: L.MS_REC | L.MS_SLAVE }, 'keep mounts to themselves');
        return use();
      } finally {
        // setns(2) leads to the root directory.
        if (fileCall(ffi, 'setns', namespace, L.CLONE_NEWNS) < 0) process.abort();
        if (fileCall(ffi, 'fchdir', directory) < 0) process.abort();
      }
    } finally {
      closeSync(directory);
    }
  } finally {
    closeSync(namespace);
  }
}

/** Mounts a directory or a file of the host, and all that is mounted in it, at one more place. @throws NuncError */
export function bindTree(ffi: Ffi, source: string, target: string): void {
  const action = `mount ${JSON.stringify(source)} at ${JSON.stringify(target)}`;
  mount(ffi, { source, target, flags: L.MS_BIND | L.MS_REC }, action);
}

function mount(ffi: Ffi, what: { source?: string; target: string; flags: number }, action: string): void {
  const { source = 'none', target, flags } = what;
  must(fileCall(ffi, 'mount', nameOf(source), nameOf(target), 0, flags, 0), action);
}
