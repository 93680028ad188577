// What nunc uses of node:child_process: programs whose output is wanted, for commands of people.

import { closeSync } from 'node:fs';
import { makePipe, ownEnvironment, pollSeveral, readSome } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { openFfi } from '../ffi/quickjs.ts';
import { waitProcess } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { SIGNALS } from '../linux/signals.ts';
import { concatBytes } from './buffer.ts';
import { openSync } from './fs.ts';
import { check, SystemError } from './system-error.ts';

export interface SpawnResult {
  readonly error?: Error;
  /** null when a signal has ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface SpawnOptions {
  /** Milliseconds until it is ended by SIGTERM. */
  readonly timeout?: number;
}

/** Runs a program with nothing to read, and keeps all that it writes. */
export function spawnSync(file: string, args: readonly string[], options: SpawnOptions = {}): SpawnResult {
  const { timeout = Infinity } = options;
  const ffi = openFfi();
  const [output, errors] = [makePipe(ffi), makePipe(ffi)];
  const input = openSync('/dev/null');
  const descriptors = [[input, 0], [output.writer, 1], [errors.writer, 2]] as const;
  const pid = start(ffi, { file, argv: [file, ...args], descriptors });
  for (const descriptor of [input, output.writer, errors.writer]) closeSync(descriptor);
  try {
    if (pid < 0) {
      const error = new SystemError(-pid, `spawnSync ${file}`);
      return { error, status: null, signal: null, stdout: '', stderr: '' };
    }
    const { isLate, texts: [stdout, stderr] } = readBoth(ffi, [output.reader, errors.reader], timeout);
    // What else it has started may keep the pipes open for longer.
    if (isLate) process.kill(pid, 'SIGTERM');
    const { status } = waitProcess(ffi, pid, 0);
    const late = isLate ? { error: new SystemError(errno.ETIMEDOUT, `spawnSync ${file}`) } : {};
    return { ...late, ...endOf(status), stdout, stderr };
  } finally {
    closeSync(output.reader);
    closeSync(errors.reader);
  }
}

/** Its standard output. @throws Error when it fails */
export function execFileSync(file: string, args: readonly string[], options: SpawnOptions = {}): string {
  const { error, status, stdout } = spawnSync(file, args, options);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`Command failed: ${file}`);
  return stdout;
}

interface Program {
  readonly file: string;
  readonly argv: readonly string[];
  readonly descriptors: readonly (readonly [number, number])[];
}

/** As execvp(3) looks for it. @returns a pid or -errno */
function start(ffi: Ffi, { file, argv, descriptors }: Program): number {
  const envp = ownEnvironment();
  if (file.includes('/')) return ffi.spawn({ path: file, argv, envp, descriptors });
  const directories = (process.env['PATH'] ?? '/bin:/usr/bin').split(':');
  let result = -errno.ENOENT;
  for (const directory of directories) {
    const path = directory === '' ? file : `${directory}/${file}`;
    const pid = ffi.spawn({ path, argv, envp, descriptors });
    if (pid >= 0) return pid;
    if (pid !== -errno.ENOENT && pid !== -errno.ENOTDIR) result = pid;
  }
  return result;
}

/** What can be read of both, to their ends or for so many milliseconds. */
function readBoth(ffi: Ffi, readers: readonly [number, number], timeout: number):
{ readonly isLate: boolean; readonly texts: readonly [string, string] } {
  const open: [number, number] = [...readers];
  const chunks: [Uint8Array[], Uint8Array[]] = [[], []];
  const deadline = performance.now() + timeout;
  let isLate = false;
  while (!isLate && (open[0] >= 0 || open[1] >= 0)) {
    const events = pollSeveral(ffi, open.map((reader) => [reader, L.POLLIN]), deadline - performance.now());
    isLate = events.length === 0;
    for (const i of [0, 1] as const) if ((events[i] ?? 0) !== 0 && !readChunk(ffi, open[i], chunks[i])) open[i] = -1;
  }
  return { isLate, texts: [concatBytes(chunks[0]).toString(), concatBytes(chunks[1]).toString()] };
}

/** @returns false at the end */
function readChunk(ffi: Ffi, reader: number, chunks: Uint8Array[]): boolean {
  const chunk = new Uint8Array(1 << 16);
  const length = readSome(ffi, reader, chunk);
  if (length === -errno.EINTR) return true;
  chunks.push(chunk.subarray(0, check(length, 'read')));
  return length > 0;
}

/** @param status as wait(2) has it */
function endOf(status: number): { status: number | null; signal: string | null } {
  const signal = status & 0x7f;
  if (signal === 0) return { status: (status >> 8) & 0xff, signal: null };
  const name = Object.keys(SIGNALS).find((known) => SIGNALS[known] === signal);
  return { status: null, signal: name === undefined ? String(signal) : `SIG${name}` };
}
