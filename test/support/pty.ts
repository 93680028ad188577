// A user at a terminal: a pseudoterminal, and programs in a session of their own that have it as their controlling one.
// And who receives a container's terminal: a listener as conmon and containerd's shim have it.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { openFfi } from '../../src/ffi/napi.ts';
import { fcntl, must, numbers, pollReadable } from '../../src/ffi/system-calls.ts';
import { terminalAttributes } from '../../src/ffi/terminal.ts';
import { withShortPath } from '../../src/ffi/unix-socket.ts';
import * as L from '../../src/linux/constants.ts';
import { eventually } from './lifecycle.ts';

const ffi = openFfi();

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** The side of a terminal that its user sits at. */
export interface Screen {
  /** Everything that it has shown so far, without carriage returns: runtimes differ in who adds them. */
  readonly shown: () => string;
  /** Waits until it has shown something. @returns all that it has shown */
  readonly sees: (wanted: string | RegExp) => Promise<string>;
  readonly type: (text: string) => void;
  readonly resize: (size: Size) => void;
  /** Stops reading what it shows, and goes on. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

/** How often what a terminal shows is read, in milliseconds. */
const READING = 5;

/** Looks at a terminal through its master, which it closes in the end. Not with the engine's streams: they take the
 * hangup of a terminal for the end of its output, and lose what comes before it. */
export function screenOf(master: number): Screen {
  must(fcntl(ffi, master, L.F_SETFL, L.O_NONBLOCK), 'make a terminal non-blocking');
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65536);
  const read = (): void => {
    for (;;) {
      const length = ffi.syscall(numbers.read, master, buffer, buffer.length);
      // EAGAIN, or EIO: nobody has the slave any more.
      if (length <= 0) return;
      chunks.push(Buffer.from(buffer.subarray(0, length)));
    }
  };
  let reading: NodeJS.Timeout | undefined;
  const pause = (): void => { clearInterval(reading); reading = undefined; };
  const resume = (): void => { reading ??= setInterval(read, READING); };
  resume();
  let open = true;
  const shown = (): string => {
    if (reading !== undefined) read();
    return Buffer.concat(chunks).toString().replaceAll('\r', '');
  };
  return {
    shown,
    sees: (wanted) => eventually(shown, (all) => (
      typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all)
    )),
    type: (text) => void must(ffi.syscall(numbers.write, master, Buffer.from(text), Buffer.byteLength(text)), 'type'),
    resize: (size) => setSize(master, size),
    pause,
    resume,
    close: () => {
      pause();
      if (open) closeSync(master);
      open = false;
    },
  };
}

/** Gives a terminal a size; what runs in its foreground gets SIGWINCH. */
function setSize(descriptor: number, { rows, columns }: Size): void {
  const size = new Uint8Array(new Uint16Array([rows, columns, 0, 0]).buffer);
  must(ffi.syscall(numbers.ioctl, descriptor, L.TIOCSWINSZ, size), 'set the size of a terminal');
}

/** A new pseudoterminal. */
export function openPty(): { master: number; slave: number } {
  const master = openSync('/dev/ptmx', L.O_RDWR | L.O_NOCTTY);
  must(ffi.syscall(numbers.ioctl, master, L.TIOCSPTLCK, new Uint8Array(4)), 'unlock a terminal');
  const flags = L.O_RDWR | L.O_NOCTTY | L.O_CLOEXEC;
  const slave = must(ffi.syscall(numbers.ioctl, master, L.TIOCGPTPEER, flags), 'open a terminal');
  return { master, slave };
}

export interface SessionOptions {
  readonly size?: Size;
  /** What standard input, output and error are in place of the terminal. */
  readonly input?: number | 'pipe';
  readonly output?: number | 'pipe';
  readonly error?: number | 'pipe';
}

export interface TerminalSession extends Screen {
  readonly child: ChildProcess;
  /** The terminal goes away. */
  readonly hangUp: () => void;
  /** The terminal's attributes before the program was started. */
  readonly before: string;
  /** All of the terminal's attributes, to be compared. */
  readonly attributes: () => string;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts a program at a terminal of its own, which goes with the test. */
export function startAtTerminal(argv: readonly string[], options: SessionOptions = {}): TerminalSession {
  const { master, slave } = openPty();
  setSize(slave, options.size ?? { rows: 24, columns: 80 });
  const attributes = (): string => Buffer.from(terminalAttributes(ffi, slave) ?? []).toString('hex');
  const before = attributes();
  const { input = slave, output = slave, error = slave } = options;
  // --ctty takes standard input, which need not be the terminal for the program.
  const script = 'exec setsid --ctty sh -c \'exec "$@" <&3 3<&-\' sh "$@" <&4 4<&-';
  const child = spawn('sh', ['-c', script, 'sh', ...argv], {
    stdio: ['ignore', output, error, input, slave],
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  const screen = screenOf(master);
  const ended: TerminalSession['ended'] = new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (status, signal) => done({ status, signal }));
  });
  // With the slave open here the terminal lasts longer than the program.
  let open = true;
  const hangUp = (): void => {
    screen.close();
    if (open) closeSync(slave);
    open = false;
  };
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    hangUp();
  });
  return { ...screen, child, hangUp, before, attributes, ended };
}

export interface ConsoleSocket {
  /** Takes the terminal that has been sent. */
  readonly receive: () => Promise<{ readonly master: number; readonly name: string }>;
}

/** Listens at a path, of any length, until the test ends. */
export function listenForConsole(path: string): ConsoleSocket {
  const listener = must(ffi.syscall(numbers.socket, L.AF_UNIX, L.SOCK_STREAM | L.SOCK_CLOEXEC, 0), 'make a socket');
  onTestFinished(() => closeSync(listener));
  withShortPath(path, `bind ${path}`, (short) => {
    const address = Buffer.concat([Buffer.from([L.AF_UNIX, 0]), Buffer.from(`${short}\0`)]);
    must(ffi.syscall(numbers.bind, listener, address, address.length), `bind ${path}`);
  });
  must(ffi.syscall(numbers.listen, listener, 1), 'listen');
  return {
    receive: async () => {
      await eventually(() => pollReadable(ffi, listener, 0), (ready) => ready === 1);
      const peer = must(ffi.syscall(numbers.accept4, listener, 0, 0, L.SOCK_CLOEXEC), 'accept');
      try {
        return receiveMaster(peer);
      } finally {
        closeSync(peer);
      }
    },
  };
}

/** recvmsg(2) with the buffers that go-runc has, which refuses everything but one descriptor. */
function receiveMaster(peer: number): { master: number; name: string } {
  const payload = new Uint8Array(4096);
  const control = new Uint8Array(L.CMSG_SPACE_OF_DESCRIPTOR);
  const vector = new BigUint64Array([BigInt(ffi.address(payload)), BigInt(payload.length)]);
  const addresses = [0, 0, ffi.address(new Uint8Array(vector.buffer)), 1, ffi.address(control), control.length, 0];
  const message = new BigUint64Array(addresses.map(BigInt));
  const received = ffi.syscall(numbers.recvmsg, peer, new Uint8Array(message.buffer), L.MSG_CMSG_CLOEXEC);
  const length = must(received, 'receive a terminal');
  const fields = new DataView(control.buffer);
  const isOne = fields.getUint32(0, true) === L.CMSG_LENGTH_OF_DESCRIPTOR && fields.getInt32(12, true) === L.SCM_RIGHTS;
  if (!isOne || message[5] !== BigInt(control.length)) throw new Error('not one descriptor was sent');
  return { master: fields.getInt32(16, true), name: Buffer.from(payload.subarray(0, length)).toString() };
}
