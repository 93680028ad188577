// Conversations with the kernel over rtnetlink(7): a request, and everything that is answered. Knows nothing of what is
// asked for.

import { closeSync, openSync } from 'node:fs';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, numbers } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errno, errnoMessage } from '../linux/errno.ts';
import * as N from '../linux/netlink.ts';
import { type Attribute, decodeMessages, decodeVerdict, encodeMessage, type Message } from './messages.ts';

export interface NetlinkSocket {
  readonly descriptor: number;
  /** Of the last request. */
  sequence: number;
}

export interface NetlinkRequest {
  /** RTM_… */
  readonly type: number;
  /** What is asked for besides NLM_F_REQUEST. */
  readonly flags: number;
  /** struct ifinfomsg or ifaddrmsg. */
  readonly payload: Uint8Array;
  readonly attributes?: readonly Attribute[];
}

export interface Answer {
  /** 0 when the request was granted. */
  readonly errno: number;
  /** Why not, in words. */
  readonly reason: string;
  readonly messages: readonly Message[];
}

/** The kernel cuts what it dumps into datagrams of at most 32 KiB. */
const LONGEST_ANSWER = 65536;
/** The network can change while it is being listed; then the list may lack something. */
const MAX_INTERRUPTED_DUMPS = 20;

/** Opens a socket in the network namespace that the thread is in. */
export function openNetlink(ffi: Ffi): NetlinkSocket {
  const type = L.SOCK_RAW | L.SOCK_CLOEXEC;
  const descriptor = must(ffi.syscall(numbers.socket, N.AF_NETLINK, type, N.NETLINK_ROUTE), 'make a netlink socket');
  // Errors come with an explanation and without the request; a kernel that can do neither is understood too.
  const on = new Uint8Array([1, 0, 0, 0]);
  ffi.syscall(numbers.setsockopt, descriptor, N.SOL_NETLINK, N.NETLINK_EXT_ACK, on, on.length);
  ffi.syscall(numbers.setsockopt, descriptor, N.SOL_NETLINK, N.NETLINK_CAP_ACK, on, on.length);
  return { descriptor, sequence: 0 };
}

/**
 * Opens a socket in another network namespace: a socket stays in the one that it was made in. The calling thread goes
 * there and comes back at once; were it to stay, everything else that the runtime does would happen in the container's
 * network, so that it must rather die.
 */
export function openNetlinkIn(ffi: Ffi, namespace: number): NetlinkSocket {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const entered = ffi.syscall(numbers.setns, namespace, L.CLONE_NEWNET);
    must(entered, "enter the container's network namespace");
    try {
      return openNetlink(ffi);
    } finally {
      if (ffi.syscall(numbers.setns, own, L.CLONE_NEWNET) < 0) process.abort();
    }
  } finally {
    closeSync(own);
  }
}

/** Asks for something. @throws NuncError only when there is no answer that can be understood */
export function ask(ffi: Ffi, socket: NetlinkSocket, request: NetlinkRequest): Answer {
  for (let round = 0; round < MAX_INTERRUPTED_DUMPS; round++) {
    const answer = askOnce(ffi, socket, request);
    if (answer !== undefined) return answer;
  }
  throw new NuncError('syscall', 'cannot list the network: it changes all the time', { code: 'E_NETWORK' });
}

/** @returns undefined for a list that may lack something */
function askOnce(ffi: Ffi, socket: NetlinkSocket, request: NetlinkRequest): Answer | undefined {
  const sequence = ++socket.sequence;
  const { type, payload, attributes } = request;
  const message = encodeMessage({ type, flags: N.NLM_F_REQUEST | request.flags, sequence, payload }, attributes);
  const sent = ffi.syscall(numbers.sendto, socket.descriptor, message, message.length, 0, 0, 0);
  must(sent, 'send a request over netlink');
  const messages: Message[] = [];
  let interrupted = false;
  for (;;) {
    for (const answer of receive(ffi, socket)) {
      // Not ours: the rest of an answer that could not be understood.
      if (answer.sequence !== sequence) continue;
      if ((answer.flags & N.NLM_F_DUMP_INTR) !== 0) interrupted = true;
      const done = answer.type === N.NLMSG_DONE;
      if (done && interrupted) return undefined;
      if (done || answer.type === N.NLMSG_ERROR) return judge(answer, messages);
      messages.push(answer);
    }
  }
}

function judge(answer: Message, messages: readonly Message[]): Answer {
  const verdict = decodeVerdict(answer);
  if (verdict.errno === 0) return { errno: 0, reason: '', messages };
  const words = errnoMessage(verdict.errno);
  return { errno: verdict.errno, reason: verdict.hint === '' ? words : `${words} (${verdict.hint})`, messages };
}

/** struct sockaddr_nl; where the sender's port is in it, which is 0 for the kernel. */
const ADDRESS_SIZE = 12;
const PORT = 4;

/** The next datagram; nothing of one that is another process's: who rules a network namespace can send to whoever
 * looks into it (netlink(7)). The kernel has answered when sendto(2) or the last recvfrom(2) returns: nothing is waited
 * for. */
function receive(ffi: Ffi, socket: NetlinkSocket): Message[] {
  const action = 'receive an answer over netlink';
  const bytes = new Uint8Array(LONGEST_ANSWER);
  const flags = L.MSG_DONTWAIT | L.MSG_TRUNC;
  const [sender, size] = [new Uint8Array(ADDRESS_SIZE), new Uint8Array([ADDRESS_SIZE, 0, 0, 0])];
  const received = ffi.syscall(numbers.recvfrom, socket.descriptor, bytes, bytes.length, flags, sender, size);
  const length = must(received, action);
  if (new DataView(sender.buffer).getUint32(PORT, true) !== 0) return [];
  if (length > bytes.length) throw new NuncError('syscall', `cannot ${action}: ${errnoMessage(errno.EMSGSIZE)}`);
  return decodeMessages(bytes.subarray(0, length));
}
