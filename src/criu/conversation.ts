// A conversation with CRIU: `criu swrk` is a process that serves requests on the socket it is given, and ends.
//
//   nunc                                 criu swrk 3
//    ├── VERSION (keep open) ──────────────▶│
//    │◀────────────────────── its version ──┤
//    ├── DUMP, RESTORE, … with options ────▶│
//    │◀──────── NOTIFY: a script's name, ───┤   as often as it likes; one of them comes with a descriptor
//    ├── NOTIFY: done ─────────────────────▶│
//    │◀──────────────── success, or errno ──┤
//
// Messages are datagrams (SOCK_SEQPACKET). Knows nothing of containers.

import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { closeOthersOnExec, ownEnvironment } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { fcntl, must, waitProcess } from '../ffi/system-calls.ts';
import { receiveMessage, sendDatagram, socketPair } from '../ffi/unix-socket.ts';
import * as L from '../linux/constants.ts';
import { errnoMessage } from '../linux/errno.ts';
import { type CriuRequest, type CriuResponse, decodeResponse, encodeRequest } from './messages.ts';

export interface Criu {
  readonly ffi: Ffi;
  readonly pid: number;
  /** This process's end. */
  readonly socket: number;
  readonly version: CriuResponse['version'];
}

/** Told by CRIU on its way; an error thrown by whoever hears it makes CRIU give up. */
export interface Notification {
  readonly script: string;
  readonly pid: number;
  /** What came with it, the hearer's to close. */
  readonly descriptor: number | undefined;
}

/** CRIU has failed, in words that runc has made known; its log tells why. */
export class CriuError extends NuncError {
  /** What CRIU itself says of it: of the first error, which need not be the one that matters. */
  readonly told: string;

  constructor(message: string, told: string) {
    super('host', message);
    this.told = told;
  }
}

/** CRIU's end of the conversation, in its own numbers; what it inherits besides follows. */
const SOCKET = 3;
export const FIRST_INHERITED = 4;
/** Above all that. */
const END = 32;

/** All that is relied upon is in this one and its later ones: external pid namespaces, LSM profiles, the v2 freezer. */
const OLDEST = { major: 3, minor: 16 };

interface Given {
  /** What it gets as FIRST_INHERITED and following. */
  readonly inherited?: readonly number[];
  /** Whether it gets this process's standard streams, for what it restores; otherwise it has nothing to say there. */
  readonly streams: boolean;
}

/** Starts CRIU. The caller ends it with endCriu(). @throws NuncError (host) when there is none, or it is too old */
export function startCriu(ffi: Ffi, { inherited = [], streams }: Given): Criu {
  const path = findCriu(process.env['PATH'] ?? '');
  const [socket, far] = socketPair(ffi);
  let pid: number;
  try {
    pid = spawnCriu(ffi, path, { given: [far, ...inherited], streams });
  } catch (error) {
    closeSync(socket);
    throw error;
  } finally {
    // Or its end would not be heard.
    closeSync(far);
  }
  const started = { ffi, pid, socket, version: { major: 0, minor: 0 } };
  try {
    const { version } = ask(started, { type: 'VERSION', keepOpen: true });
    requireVersion(version);
    return { ...started, version };
  } catch (error) {
    endCriu(started);
    throw error;
  }
}

/** @throws NuncError in the words of Go's os/exec, which runc has made known */
function findCriu(path: string): string {
  for (const directory of path.split(':')) {
    const file = `${directory || '.'}/criu`;
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  throw new NuncError('host', 'exec: "criu": executable file not found in $PATH', {
    code: 'E_CHECKPOINT', hint: 'it is in the package criu',
  });
}

interface Spawning {
  readonly given: readonly number[];
  readonly streams: boolean;
}

function spawnCriu(ffi: Ffi, path: string, { given, streams }: Spawning): number {
  const moved: number[] = [];
  const silence = streams ? undefined : openSync('/dev/null', 'r+');
  try {
    // Out of the way of the numbers that they are to get.
    for (const descriptor of given) {
      moved.push(must(fcntl(ffi, descriptor, L.F_DUPFD_CLOEXEC, END), 'duplicate a descriptor'));
    }
    closeOthersOnExec(ffi);
    const envp = ownEnvironment();
    const descriptors = moved.map((from, i) => [from, SOCKET + i] as const);
    if (silence !== undefined) descriptors.unshift([silence, 0], [silence, 1], [silence, 2]);
    const pid = ffi.spawn({ path, argv: ['criu', 'swrk', String(SOCKET)], envp, descriptors });
    if (pid < 0) {
      const message = `exec: ${JSON.stringify(path)}: ${errnoMessage(-pid)}`;
      throw new NuncError('host', message, { code: 'E_CHECKPOINT' });
    }
    return pid;
  } finally {
    for (const descriptor of moved) closeSync(descriptor);
    if (silence !== undefined) closeSync(silence);
  }
}

function requireVersion({ major, minor }: CriuResponse['version']): void {
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new NuncError('host', `CRIU ${major}.${minor} is too old: ${OLDEST.major}.${OLDEST.minor} or newer is needed`, {
    code: 'E_CHECKPOINT',
  });
}

/** Asks for something, and answers CRIU's notifications until it has been done.
 *
 * @throws NuncError `criu failed: type … errno …` */
export function ask(criu: Criu, request: CriuRequest, hear: (heard: Notification) => void = ignore): CriuResponse {
  send(criu, request);
  for (;;) {
    const { response, descriptor } = receive(criu);
    if (response.type !== 'NOTIFY') {
      if (descriptor !== undefined) closeSync(descriptor);
      return check(response);
    }
    // Also while it fails it notifies, for what is to be undone; why it fails comes at the end.
    hear({ script: response.script, pid: response.scriptPid, descriptor });
    send(criu, { type: 'NOTIFY', notifySuccess: true });
  }
}

function ignore({ descriptor }: Notification): void {
  if (descriptor !== undefined) closeSync(descriptor);
}

function check(response: CriuResponse): CriuResponse {
  if (response.success) return response;
  const { type, errno, message } = response;
  const reason = errno === 0 ? '' : ` (${errnoMessage(errno)})`;
  throw new CriuError(`criu failed: type ${type ?? 'unknown'} errno ${errno}${reason}`, message.trim());
}

function send({ ffi, socket }: Criu, request: CriuRequest): void {
  must(sendDatagram(ffi, socket, encodeRequest(request)), 'talk to criu');
}

/** More than any answer has. */
const LONGEST_ANSWER = 65_536;

function receive({ ffi, socket }: Criu): { response: CriuResponse; descriptor: number | undefined } {
  const bytes = new Uint8Array(LONGEST_ANSWER);
  const { length, descriptor } = receiveMessage(ffi, socket, bytes);
  must(length, 'hear from criu');
  if (length === 0) throw new CriuError('criu has ended without an answer', '');
  try {
    return { response: decodeResponse(bytes.subarray(0, length)), descriptor };
  } catch (cause) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw new NuncError('host', `cannot understand criu: ${String(cause)}`, { cause, code: 'E_CHECKPOINT' });
  }
}

/** Hangs up and waits until CRIU has ended. @returns its wait status */
export function endCriu({ ffi, pid, socket }: Criu): number {
  closeSync(socket);
  return waitProcess(ffi, pid, 0).status;
}
