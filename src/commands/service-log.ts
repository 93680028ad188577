// The journal or the syslog as a log: --log journald:NAME, --log syslog:NAME. Loaded only then.

import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { connectDatagram, sendDatagram } from '../ffi/unix-socket.ts';
import { escapeControls, type Level, type Log, logBeside, type LogService } from '../log.ts';

/** Where the services listen: systemd-journald.service(8), syslog(3). */
const SOCKETS = { journald: '/run/systemd/journal/socket', syslog: '/dev/log' } as const;
/** Of syslog(3). */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6, debug: 7 };
/** The facility "user", the usual one of a program, in its place. */
const LOG_USER = 1 << 3;
/** What fits into a datagram whatever the limits of the host. */
const MOST_BYTES = 48 * 1024;

export interface Sender {
  readonly service: LogService;
  readonly level: Level | undefined;
  /** Where the service listens, when it is not the usual place. */
  readonly socket?: string;
}

/** @throws NuncError when the service does not listen */
export function openServiceLog(ffi: Ffi, { service, level = 'warning', socket = SOCKETS[service.kind] }: Sender): Log {
  const descriptor = connect(ffi, service, socket);
  const format = service.kind === 'journald' ? journalRecord : syslogRecord;
  return logBeside(level, (each, message) => {
    // As with a file that is full there is nobody to tell of a failure.
    sendDatagram(ffi, descriptor, format(service.identifier, each, message));
  });
}

function connect(ffi: Ffi, { kind }: LogService, socket: string): number {
  try {
    return connectDatagram(ffi, socket);
  } catch (cause) {
    throw new NuncError('host', `cannot log to ${kind}: ${messageOf(cause)}`, { cause });
  }
}

/** The journal's own protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): a field a line. A value of several lines has its
 * length in front, 64 bits, little-endian. */
export function journalRecord(identifier: string, level: Level, message: string): Uint8Array {
  const text = new TextEncoder().encode(message).subarray(0, MOST_BYTES);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, text.length, true);
  const fields = `PRIORITY=${PRIORITIES[level]}\nSYSLOG_IDENTIFIER=${escapeControls(identifier)}\nMESSAGE\n`;
  return Buffer.concat([Buffer.from(fields), length, text, Buffer.from('\n')]);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The line that syslog(3) sends to a local daemon (RFC 3164 without the host's name). */
export function syslogRecord(identifier: string, level: Level, message: string): Uint8Array {
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0'));
  const date = `${MONTHS[now.getMonth()]} ${String(now.getDate()).padStart(2)} ${time.join(':')}`;
  const head = `<${LOG_USER | PRIORITIES[level]}>${date} ${escapeControls(identifier)}[${process.pid}]: `;
  return new TextEncoder().encode(`${head}${escapeControls(message)}`).subarray(0, MOST_BYTES);
}
