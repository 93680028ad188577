// The network device "lo" of a namespace that somebody else has made.

import { closeSync, openSync } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { findLink, must, setLinkUp } from './links.ts';
import { openNetlinkIn } from './socket.ts';

/** Brings it up in the network namespace of a process, as create does; the kernel then gives it its addresses. */
export function bringLoopbackUp(ffi: Ffi, pid: number): void {
  const action = 'bring the network device "lo" up';
  let namespace: number;
  try {
    namespace = openSync(`/proc/${pid}/ns/net`, 'r');
  } catch (cause) {
    throw new NuncError('syscall', `cannot ${action}: ${reasonOf(cause)}`, { cause, code: 'E_NETWORK' });
  }
  try {
    const socket = openNetlinkIn(ffi, namespace);
    try {
      const link = findLink(ffi, socket, 'lo');
      if (link !== undefined) must(setLinkUp(ffi, socket, link.index), action);
    } finally {
      closeSync(socket.descriptor);
    }
  } finally {
    closeSync(namespace);
  }
}
