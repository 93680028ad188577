// Runs a child process to its end: gives it bytes on standard input, keeps what it says last, ends it with all that it
// has started when its time is over. Never turns the engine's event loop, so that nobody else takes the child's status.
// Knows nothing of what the child is.

import { closeSync } from 'node:fs';
import { NuncError } from '../error.ts';
import { closeOthersOnExec, endedWell, makePipe, pollSeveral, readSome, writeSome } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { fcntl, must, pidfdOpen, waitProcess } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';

/** What is kept of each stream: its end, where a program says what went wrong. */
const KEPT = 4096;
/** How much is read of what the child had written when it ended; others may go on writing. */
const DRAINED = 1 << 20;
const CHUNK = 1 << 16;
/** How long a process may take to end after SIGKILL, in milliseconds. */
const KILL_TIMEOUT = 10_000;

type Streams = readonly (readonly [from: number, to: number])[];

export interface ChildRequest {
  /** Starts it with these standard streams. */
  readonly spawn: (streams: Streams) => SpawnedChild;
  readonly input: Uint8Array;
  /** In milliseconds; Infinity for none. */
  readonly timeout: number;
}

export interface SpawnedChild {
  /** A child of this process. */
  readonly pid: number;
  /** Its process group, which has nobody else in it but what it starts. */
  readonly group: number;
}

export interface ChildEnd {
  /** As wait(2) has it. */
  readonly status: number;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of the child's outputs: the descriptor to read from, -1 at its end, and the last bytes of it. */
interface Output {
  descriptor: number;
  tail: Uint8Array;
  cut: boolean;
}

interface Child extends SpawnedChild {
  readonly pidfd: number;
  readonly request: ChildRequest;
  /** -1 when all is written, or nobody reads it any more. */
  input: number;
  written: number;
  readonly outputs: readonly [Output, Output];
}

/** Runs a child. Whatever fails, no process of its group is left; one that ends well may leave others behind. */
export function runChild(ffi: Ffi, request: ChildRequest): ChildEnd {
  const opened = new Set<number>();
  const close = (descriptor: number): void => {
    if (opened.delete(descriptor)) closeSync(descriptor);
  };
  try {
    const [input, output, errors] = [openPipe(ffi, opened), openPipe(ffi, opened), openPipe(ffi, opened)];
    for (const end of [input.writer, output.reader, errors.reader]) {
      must(fcntl(ffi, end, L.F_SETFL, L.O_NONBLOCK), 'make a pipe non-blocking');
    }
    closeOthersOnExec(ffi);
    const spawned = request.spawn([[input.reader, 0], [output.writer, 1], [errors.writer, 2]]);
    for (const end of [input.reader, output.writer, errors.writer]) close(end);
    const streams = { input: input.writer, outputs: [output.reader, errors.reader] } as const;
    return follow(ffi, request, { ...spawned, ...streams, opened, close });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function openPipe(ffi: Ffi, opened: Set<number>): { readonly reader: number; readonly writer: number } {
  const pipe = makePipe(ffi);
  opened.add(pipe.reader).add(pipe.writer);
  return pipe;
}

interface Started extends SpawnedChild {
  readonly input: number;
  readonly outputs: readonly [number, number];
  readonly opened: Set<number>;
  readonly close: (descriptor: number) => void;
}

function follow(ffi: Ffi, request: ChildRequest, started: Started): ChildEnd {
  const { pid, group, opened, close } = started;
  let waited = false;
  try {
    const pidfd = must(pidfdOpen(ffi, pid), 'open a process');
    opened.add(pidfd);
    const [stdout, stderr] = [newOutput(started.outputs[0]), newOutput(started.outputs[1])];
    const child: Child = { pid, group, pidfd, request, input: started.input, written: 0, outputs: [stdout, stderr] };
    const timedOut = serve(ffi, child, close);
    for (const output of child.outputs) drain(ffi, output, DRAINED);
    // While it has not been waited for it is in its group, whose number is nobody else's then.
    if (timedOut || !endedWell(ffi, pid)) endGroup(group);
    waited = true;
    const { status } = waitProcess(ffi, pid, 0);
    return { status, timedOut, stdout: textOf(stdout), stderr: textOf(stderr) };
  } finally {
    if (!waited) {
      endGroup(group);
      waitProcess(ffi, pid, 0);
    }
  }
}

function newOutput(descriptor: number): Output {
  return { descriptor, tail: new Uint8Array(0), cut: false };
}

/** Reads and writes until the child has ended. @returns whether it had to be ended */
function serve(ffi: Ffi, child: Child, close: (descriptor: number) => void): boolean {
  const { pid, group, pidfd, outputs } = child;
  let deadline = performance.now() + child.request.timeout;
  let timedOut = false;
  for (;;) {
    const [stdout, stderr] = outputs;
    const wanted = [
      [pidfd, L.POLLIN], [child.input, L.POLLOUT],
      [stdout.descriptor, L.POLLIN], [stderr.descriptor, L.POLLIN],
    ] as const;
    const events = pollSeveral(ffi, wanted, deadline - performance.now());
    const [ended = 0, writable = 0, ...readable] = events;
    if (events.length === 0) {
      if (timedOut) throw new NuncError('hook', `cannot end process ${pid}: it is still there 10 s after SIGKILL`);
      timedOut = true;
      endGroup(group);
      deadline = performance.now() + KILL_TIMEOUT;
    }
    if (writable !== 0) feed(ffi, child, close);
    outputs.forEach((output, i) => {
      if ((readable[i] ?? 0) !== 0) drain(ffi, output, CHUNK);
    });
    if (ended !== 0) return timedOut;
  }
}

/** Writes what the pipe takes. A child that does not want its input is no error. */
function feed(ffi: Ffi, child: Child, close: (descriptor: number) => void): void {
  const { input } = child.request;
  const result = child.written < input.length ? writeSome(ffi, child.input, input.subarray(child.written)) : 0;
  if (result > 0) child.written += result;
  if (result === -errno.EAGAIN || (result > 0 && child.written < input.length)) return;
  close(child.input);
  child.input = -1;
}

/** Reads what there is, up to `limit` bytes. */
function drain(ffi: Ffi, output: Output, limit: number): void {
  const chunk = new Uint8Array(CHUNK);
  for (let read = 0; read < limit && output.descriptor !== -1;) {
    const length = readSome(ffi, output.descriptor, chunk);
    if (length === -errno.EAGAIN) return;
    if (length <= 0) {
      // Its descriptor is closed with the others.
      output.descriptor = -1;
      return;
    }
    read += length;
    keep(output, chunk.subarray(0, length));
  }
}

function keep(output: Output, bytes: Uint8Array): void {
  const joined = new Uint8Array(output.tail.length + bytes.length);
  joined.set(output.tail);
  joined.set(bytes, output.tail.length);
  output.cut ||= joined.length > KEPT;
  output.tail = joined.slice(-KEPT);
}

function textOf({ tail, cut }: Output): string {
  const text = new TextDecoder().decode(tail).trimEnd();
  return cut ? `…${text}` : text;
}

/** SIGKILL for all of a process group. */
export function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is in it any more.
  }
}
