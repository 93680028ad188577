// AF_UNIX sockets, for descriptors that go from one process to another (unix(7), SCM_RIGHTS). Blocking, and all of them
// close-on-exec. Knows nothing of who is at the other end.

import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { NuncError } from '../error.ts';
import * as L from '../linux/constants.ts';
import { errno, errnoMessage, namedErrno } from '../linux/errno.ts';
import type { Ffi } from './port.ts';
import { must, numbers } from './system-calls.ts';

/** struct sockaddr_un: the family, then at most 108 bytes of path with the NUL. */
const SOCKADDR_SIZE = 110;
const PATH_MAX = 107;
/** struct msghdr, struct iovec, one control message, in one block. */
const VECTOR = 56;
const CONTROL = 72;
const BLOCK_SIZE = CONTROL + L.CMSG_SPACE_OF_DESCRIPTOR;

/** socketpair(2) of message sockets. @throws NuncError */
export function socketPair(ffi: Ffi): [near: number, far: number] {
  const ends = new Uint8Array(8);
  must(ffi.syscall(numbers.socketpair, L.AF_UNIX, L.SOCK_SEQPACKET | L.SOCK_CLOEXEC, 0, ends), 'make a socket pair');
  const view = new DataView(ends.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/**
 * Connects to a listening stream socket.
 *
 * @param path absolute, or an abstract address, which begins with `@`; may be longer than sun_path, whose 107 bytes
 * many a state directory exceeds
 * @param patience seconds that this, and every sending, may wait for a listener that is not there; otherwise for ever
 * @returns a descriptor
 * @throws NuncError `cannot connect to "<path>": <reason>`
 */
export function connectUnix(ffi: Ffi, path: string, patience = 0): number {
  const action = `connect to ${JSON.stringify(path)}`;
  return withSocket(ffi, L.SOCK_STREAM, (socket) => {
    if (patience > 0) limitSending(ffi, socket, patience);
    withAddress(path, action, (address) => {
      must(ffi.syscall(numbers.connect, socket, address, address.length), action);
    });
  });
}

/**
 * A datagram socket that sends to the one at `path`, or at an abstract address, which begins with `@`.
 *
 * @param patience as for connectUnix()
 * @throws NuncError `cannot connect to "<path>": <reason>`
 */
export function connectDatagram(ffi: Ffi, path: string, patience = 0): number {
  const action = `connect to ${JSON.stringify(path)}`;
  return withSocket(ffi, L.SOCK_DGRAM, (socket) => {
    if (patience > 0) limitSending(ffi, socket, patience);
    withAddress(path, action, (address) => {
      must(ffi.syscall(numbers.connect, socket, address, address.length), action);
    });
  });
}

/** A datagram socket at a path that does not exist yet, or at an abstract address.
 *
 * @throws NuncError `cannot bind "<path>": <reason>` */
export function bindDatagram(ffi: Ffi, path: string): number {
  const action = `bind ${JSON.stringify(path)}`;
  return withSocket(ffi, L.SOCK_DGRAM, (socket) => {
    withAddress(path, action, (address) => {
      must(ffi.syscall(numbers.bind, socket, address, address.length), action);
    });
  });
}

function withAddress(path: string, action: string, use: (address: Uint8Array) => void): void {
  if (path.startsWith('@')) use(abstractAddress(path, action));
  else withShortPath(path, action, (short) => use(socketAddress(short)));
}

function withSocket(ffi: Ffi, type: number, use: (socket: number) => void): number {
  const socket = must(ffi.syscall(numbers.socket, L.AF_UNIX, type | L.SOCK_CLOEXEC, 0), 'make a socket');
  try {
    use(socket);
    return socket;
  } catch (error) {
    closeSync(socket);
    throw error;
  }
}

/** SO_SNDTIMEO of socket(7), which holds for connect(2) as well; what takes longer ends with EAGAIN. */
function limitSending(ffi: Ffi, socket: number, seconds: number): void {
  const time = new Uint8Array(16);
  new DataView(time.buffer).setUint32(0, seconds, true);
  const result = ffi.syscall(numbers.setsockopt, socket, L.SOL_SOCKET, L.SO_SNDTIMEO, time, time.length);
  must(result, 'limit the time of a socket');
}

/** Calls `use` with a path that fits into sun_path. */
export function withShortPath<Result>(path: string, action: string, use: (short: string) => Result): Result {
  if (isShort(path)) return use(path);
  let directory: number | undefined;
  try {
    directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
    const short = `/proc/self/fd/${directory}/${basename(path)}`;
    if (!isShort(short)) throw tooLong(action);
    return use(short);
  } catch (cause) {
    if (cause instanceof NuncError) throw cause;
    const number = cause instanceof Error && 'errno' in cause ? Math.abs(Number(cause.errno)) : 0;
    throw new NuncError('syscall', `cannot ${action}: ${errnoMessage(number)}`, { cause, errno: namedErrno(number) });
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}

function isShort(path: string): boolean {
  return new TextEncoder().encode(path).length <= PATH_MAX;
}

/** Cut short, an address would be somebody else's. */
function tooLong(action: string): NuncError {
  const reason = errnoMessage(errno.ENAMETOOLONG);
  return new NuncError('syscall', `cannot ${action}: ${reason}`, { errno: namedErrno(errno.ENAMETOOLONG) });
}

function socketAddress(path: string): Uint8Array {
  const address = new Uint8Array(SOCKADDR_SIZE);
  address[0] = L.AF_UNIX;
  new TextEncoder().encodeInto(path, address.subarray(2));
  return address;
}

/** A name in place of a path begins with NUL, and ends where the address does. */
function abstractAddress(name: string, action: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length > SOCKADDR_SIZE - 2) throw tooLong(action);
  const address = new Uint8Array(2 + bytes.length);
  address[0] = L.AF_UNIX;
  address.set(bytes.subarray(1), 3);
  return address;
}

/** Sends a datagram to whom the socket is connected to. @returns how many bytes were sent, or -errno */
export function sendDatagram(ffi: Ffi, socket: number, datagram: Uint8Array): number {
  return ffi.syscall(numbers.sendto, socket, datagram, datagram.length, L.MSG_NOSIGNAL, 0, 0);
}

/**
 * The next datagram that has come already: what does not fit is lost, descriptors that came with it are closed.
 *
 * @returns its length, or -errno
 */
export function receiveDatagram(ffi: Ffi, socket: number, into: Uint8Array): number {
  return ffi.syscall(numbers.recvfrom, socket, into, into.length, L.MSG_DONTWAIT, 0, 0);
}

/**
 * Sends bytes, which must not be none, and one descriptor with them.
 *
 * @returns how many bytes were sent, or -errno
 */
export function sendDescriptor(ffi: Ffi, socket: number, message: { descriptor: number; payload: Uint8Array }): number {
  const block = messageBlock(ffi, message.payload);
  const view = new DataView(block.buffer);
  view.setUint32(CONTROL, L.CMSG_LENGTH_OF_DESCRIPTOR, true);
  view.setInt32(CONTROL + 8, L.SOL_SOCKET, true);
  view.setInt32(CONTROL + 12, L.SCM_RIGHTS, true);
  view.setInt32(CONTROL + 16, message.descriptor, true);
  return ffi.syscall(numbers.sendmsg, socket, block, L.MSG_NOSIGNAL);
}

/** Takes a descriptor that has been sent already: does not wait. @throws NuncError when there is none */
export function receiveDescriptor(ffi: Ffi, socket: number): number {
  const byte = new Uint8Array(8);
  const block = messageBlock(ffi, byte);
  const action = 'receive a descriptor';
  must(ffi.syscall(numbers.recvmsg, socket, block, L.MSG_DONTWAIT | L.MSG_CMSG_CLOEXEC), action);
  const descriptor = descriptorIn(block);
  if (descriptor === undefined) throw new NuncError('syscall', `cannot ${action}: none has come`);
  return descriptor;
}

/**
 * Waits for a message, and for the descriptor that it may come with, which is close-on-exec.
 *
 * @returns its length, 0 when the other end is closed, or -errno
 */
export function receiveMessage(
  ffi: Ffi,
  socket: number,
  into: Uint8Array,
): { readonly length: number; readonly descriptor: number | undefined } {
  const block = messageBlock(ffi, into);
  let length: number;
  do length = ffi.syscall(numbers.recvmsg, socket, block, L.MSG_CMSG_CLOEXEC);
  while (length === -errno.EINTR);
  return { length, descriptor: length < 0 ? undefined : descriptorIn(block) };
}

function descriptorIn(block: Uint8Array): number | undefined {
  const view = new DataView(block.buffer);
  const isDescriptor = view.getUint32(CONTROL, true) === L.CMSG_LENGTH_OF_DESCRIPTOR
    && view.getInt32(CONTROL + 8, true) === L.SOL_SOCKET && view.getInt32(CONTROL + 12, true) === L.SCM_RIGHTS;
  return isDescriptor ? view.getInt32(CONTROL + 16, true) : undefined;
}

/** A struct msghdr with one vector and room for one descriptor: not for the padding, in which there would be room for a
 * second one, that nobody would close. */
function messageBlock(ffi: Ffi, payload: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_SIZE);
  const view = new DataView(block.buffer);
  const base = ffi.address(block);
  setPointer(view, 16, base + VECTOR);
  setPointer(view, 24, 1);
  setPointer(view, 32, base + CONTROL);
  setPointer(view, 40, L.CMSG_LENGTH_OF_DESCRIPTOR);
  setPointer(view, VECTOR, ffi.address(payload));
  setPointer(view, VECTOR + 8, payload.length);
  return block;
}

function setPointer(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}
