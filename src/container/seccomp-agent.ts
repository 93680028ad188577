// Hands the listener of a container's seccomp filter to its agent (config-linux.md, "The Container Process State"): one
// message on a stream socket, with the descriptor on its first byte.

import { closeSync, writeSync } from 'node:fs';
import type { Seccomp } from '../config/types.ts';
import { messageOf, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, pidfdGetDescriptor, pidfdOpen } from '../ffi/system-calls.ts';
import { connectUnix, sendDescriptor } from '../ffi/unix-socket.ts';
import { specVersion } from '../version.ts';
import type { StateFile } from './store.ts';

/** How long an agent may take until it accepts and reads, in seconds. */
const PATIENCE = 5;

export interface ListenerOwner extends Pick<StateFile, 'ociVersion' | 'id' | 'bundle' | 'annotations'> {
  /** The process that has the filter. */
  readonly pid: number;
  readonly seccomp: Seccomp | undefined;
  /** The container's first process, where that is another one. */
  readonly init?: number;
}

/** @param descriptor the listener's number in the init @throws NuncError when the agent does not get it */
export function sendListener(ffi: Ffi, descriptor: number, owner: ListenerOwner): void {
  const { ociVersion, id, pid, bundle, annotations, seccomp, init } = owner;
  const state = init === undefined ? { status: 'creating', pid } : { status: 'running', pid: init };
  const { listenerPath = '', listenerMetadata } = seccomp ?? {};
  const payload = new TextEncoder().encode(JSON.stringify({
    ociVersion: specVersion,
    fds: ['seccompFd'],
    pid,
    ...(listenerMetadata === undefined ? {} : { metadata: listenerMetadata }),
    state: { ociVersion, id, ...state, bundle, annotations },
  }));
  const opened: number[] = [];
  try {
    const listener = takeDescriptor(ffi, pid, descriptor);
    opened.push(listener);
    const socket = connectAgent(ffi, listenerPath);
    opened.push(socket);
    sendAll(ffi, { socket, listener, payload, path: listenerPath });
  } finally {
    for (const each of opened) closeSync(each);
  }
}

function connectAgent(ffi: Ffi, path: string): number {
  try {
    return connectUnix(ffi, path, PATIENCE);
  } catch (cause) {
    throw new NuncError('syscall', messageOf(cause), {
      cause, code: 'E_SECCOMP', origin: '/linux/seccomp/listenerPath', hint: 'the seccomp agent has to listen there',
    });
  }
}

/** Without a word of the init's: what it calls may wait for the agent already (runc: NOTIFY for sendmsg hangs). */
function takeDescriptor(ffi: Ffi, pid: number, descriptor: number): number {
  const pidfd = must(pidfdOpen(ffi, pid), 'open the init');
  try {
    return must(pidfdGetDescriptor(ffi, pidfd, descriptor), 'take the seccomp listener from the init');
  } finally {
    closeSync(pidfd);
  }
}

interface Message {
  readonly socket: number;
  readonly listener: number;
  readonly payload: Uint8Array;
  readonly path: string;
}

/** Of a stream socket each call may take a part. */
function sendAll(ffi: Ffi, { socket, listener, payload, path }: Message): void {
  const action = `send the seccomp listener to ${JSON.stringify(path)}`;
  let sent = must(sendDescriptor(ffi, socket, { descriptor: listener, payload }), action);
  try {
    while (sent < payload.length) sent += writeSync(socket, payload, sent);
  } catch (cause) {
    throw new NuncError('syscall', `cannot ${action}: ${reasonOf(cause)}`, { cause, code: 'E_SECCOMP' });
  }
}
