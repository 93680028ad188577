// Reads a file that an option names, or standard input: all of it, but no more than is reasonable.

import { closeSync, openSync, readSync } from 'node:fs';
import { codeOf, NuncError, reasonOf } from '../error.ts';

/** More would only be an attempt to exhaust memory. */
const MOST_BYTES = 16 * 1024 * 1024;
const CHUNK = 64 * 1024;
const STDIN = 0;

/** @param name of the file; `-` is standard input. @throws NuncError */
export function readInput(name: string): Uint8Array {
  const shown = name === '-' ? 'standard input' : JSON.stringify(name);
  let file = STDIN;
  try {
    if (name !== '-') file = openSync(name, 'r');
    const bytes = readAll(file);
    if (bytes !== undefined) return bytes;
  } catch (cause) {
    throw new NuncError('usage', `cannot read ${shown}: ${reasonOf(cause)}`, { cause });
  } finally {
    if (file !== STDIN) closeSync(file);
  }
  throw new NuncError('usage', `cannot read ${shown}: it has more than ${MOST_BYTES} bytes`);
}

/** @returns undefined when it is too much */
function readAll(file: number): Uint8Array | undefined {
  const chunks: Uint8Array[] = [];
  for (let total = 0; total <= MOST_BYTES;) {
    const chunk = new Uint8Array(CHUNK);
    const count = readSome(file, chunk);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return undefined;
}

function readSome(file: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(file, chunk);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      // A manager may hand over a non-blocking pipe: its writer is not that far.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
