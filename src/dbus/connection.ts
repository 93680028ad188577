// One D-Bus connection, used from top to bottom without an event loop: calls wait for their reply, for a limited time.
// Ours rather than a library's, see docs/decisions/dbus.md. Knows nothing of systemd.

import { closeSync } from 'node:fs';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, pollReadable } from '../ffi/system-calls.ts';
import { connectUnix, receiveDatagram, sendDatagram } from '../ffi/unix-socket.ts';
import { errnoMessage } from '../linux/errno.ts';
import { decodeMessage, encodeCall, FIXED_SIZE, type Message, messageSize, type MethodCall } from './message.ts';

/** What whoever is at the other end answers to a call that it refuses. */
export class DBusError extends NuncError {
  /** Such as org.freedesktop.systemd1.NoSuchUnit. */
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super('syscall', message);
    this.errorName = errorName;
  }
}

export interface ConnectOptions {
  /** Path of the server's socket, or `@` and an abstract name. */
  readonly socket: string;
  /** Whether a bus is there, which has to be greeted, or a service itself. */
  readonly isBus: boolean;
  /** How long one call or one wait may take, in milliseconds. */
  readonly patience: number;
}

export interface Connection extends ConnectOptions {
  readonly ffi: Ffi;
  readonly descriptor: number;
  /** What has come and is not yet a whole message or line. */
  received: Uint8Array;
  /** Signals that came while something else was waited for. */
  readonly signals: Message[];
  serial: number;
}

/** @throws NuncError naming the socket. The caller closes it with disconnect(). */
export function connect(ffi: Ffi, options: ConnectOptions): Connection {
  const descriptor = connectUnix(ffi, options.socket, Math.ceil(options.patience / 1000));
  const connection: Connection = {
    ...options, ffi, descriptor, received: new Uint8Array(0), signals: [], serial: 0,
  };
  try {
    authenticate(connection);
    if (options.isBus) callMethod(connection, busCall('Hello'));
    return connection;
  } catch (error) {
    disconnect(connection);
    throw error;
  }
}

export function disconnect({ descriptor }: Connection): void {
  closeSync(descriptor);
}

/** A method of the bus itself, with one string or none. */
function busCall(member: string, ...strings: readonly string[]): MethodCall {
  const path = '/org/freedesktop/DBus';
  const name = 'org.freedesktop.DBus';
  const signature = strings.length === 0 ? '' : 's';
  return { destination: name, path, interface: name, member, signature, body: strings };
}

/** Asks the bus to hand on signals; a service without a bus sends all. */
export function addMatch(connection: Connection, rule: string): void {
  if (connection.isBus) callMethod(connection, busCall('AddMatch', rule));
}

/** Calls a method. @returns the reply's values @throws DBusError for an answer that is an error, else NuncError */
export function callMethod(connection: Connection, call: MethodCall): Message['body'] {
  connection.serial += 1;
  const { serial, isBus } = connection;
  const { destination: _, ...direct } = call;
  const deadline = performance.now() + connection.patience;
  send(connection, encodeCall(isBus ? call : direct, serial));
  for (;;) {
    const message = receive(connection, { deadline, awaited: `an answer to ${call.member}` });
    if (message.type === 'signal') keepSignal(connection, message);
    if (message.replySerial !== serial) continue;
    if (message.type === 'return') return message.body;
    const [text] = message.body;
    const name = message.errorName ?? 'an error without a name';
    throw new DBusError(name, typeof text === 'string' ? text : name);
  }
}

/** As many as can matter: jobs and units of one container. */
const MOST_SIGNALS = 10_000;

function keepSignal(connection: Connection, signal: Message): void {
  if (connection.signals.length === MOST_SIGNALS) throw failed(connection, 'it sends more signals than can be kept');
  connection.signals.push(signal);
}

/** Waits for a signal, or takes one that has come already. @param awaited what it is, for the error of the wait */
export function waitForSignal(connection: Connection, awaited: string, accept: (signal: Message) => boolean): Message {
  const deadline = performance.now() + connection.patience;
  for (;;) {
    const signal = connection.signals.shift() ?? receive(connection, { deadline, awaited });
    if (signal.type === 'signal' && accept(signal)) return signal;
  }
}

/**
 * SASL with the credentials that the kernel vouches for. Says no uid of its own: in a user namespace it would be
 * another than the one that the other end sees. All in one piece: systemd's own socket may forget a message that
 * comes close behind BEGIN.
 */
function authenticate(connection: Connection): void {
  send(connection, new TextEncoder().encode('\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n'));
  const deadline = performance.now() + connection.patience;
  let line: string;
  do line = receiveLine(connection, deadline);
  while (line === 'DATA');
  if (!line.startsWith('OK ')) throw failed(connection, `it refuses this user: ${JSON.stringify(line)}`);
}

function failed({ socket }: Connection, reason: string): NuncError {
  return new NuncError('syscall', `cannot talk to ${JSON.stringify(socket)} (D-Bus): ${reason}`);
}

function send(connection: Connection, bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) {
    const result = sendDatagram(connection.ffi, connection.descriptor, bytes.subarray(sent));
    if (result < 0) throw failed(connection, errnoMessage(-result));
    sent += result;
  }
}

interface Wait {
  /** As performance.now() tells the time: what sets the clock does not change how long is waited. */
  readonly deadline: number;
  readonly awaited: string;
}

function receive(connection: Connection, wait: Wait): Message {
  try {
    while (connection.received.length < FIXED_SIZE) receiveMore(connection, wait);
    const size = messageSize(connection.received);
    while (connection.received.length < size) receiveMore(connection, wait);
    return decodeMessage(takeBytes(connection, size));
  } catch (cause) {
    throw cause instanceof NuncError ? cause : failed(connection, messageOf(cause));
  }
}

/** A server may not send more than this before it has said that it agrees. */
const MAX_LINE = 16_384;

function receiveLine(connection: Connection, deadline: number): string {
  for (;;) {
    const end = connection.received.indexOf(0x0a);
    if (end >= 0) return new TextDecoder().decode(takeBytes(connection, end + 1)).trimEnd();
    if (connection.received.length > MAX_LINE) throw failed(connection, 'it sends no D-Bus messages');
    receiveMore(connection, { deadline, awaited: 'its consent' });
  }
}

function takeBytes(connection: Connection, size: number): Uint8Array {
  // A copy, whose offset is 0: the values within are aligned to the message.
  const taken = connection.received.slice(0, size);
  connection.received = connection.received.slice(size);
  return taken;
}

function receiveMore(connection: Connection, { deadline, awaited }: Wait): void {
  const { ffi, descriptor } = connection;
  const left = Math.ceil(deadline - performance.now());
  // Also of one that sends without end what nobody has asked for.
  if (left <= 0 || must(pollReadable(ffi, descriptor, left), 'wait for D-Bus') === 0) {
    throw failed(connection, `waited ${connection.patience / 1000} s in vain for ${awaited}`);
  }
  const chunk = new Uint8Array(4096);
  const length = receiveDatagram(ffi, descriptor, chunk);
  if (length < 0) throw failed(connection, errnoMessage(-length));
  if (length === 0) throw failed(connection, `it hung up before ${awaited}`);
  const joined = new Uint8Array(connection.received.length + length);
  joined.set(connection.received);
  joined.set(chunk.subarray(0, length), connection.received.length);
  connection.received = joined;
}
