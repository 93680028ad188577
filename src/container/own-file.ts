// Reads the files of a container's directory. This program has written them, but a full disk, a crash or somebody's
// hand may have changed what is there: nothing but a regular file of a bearable size is read, no link is followed, and
// nobody is waited for. Knows nothing of what is in them.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** More than any of them has: the largest holds a config of 16 MiB, as JSON within JSON. */
const MOST_BYTES = 256 * 1024 * 1024;

/** O_NONBLOCK: opening a fifo would wait for its other end. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file's descriptor, which the caller closes. @throws NodeJS.ErrnoException, Error */
export function openOwnFile(path: string): number {
  const descriptor = openSync(path, FLAGS);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new Error('it is not a regular file');
    if (status.size > MOST_BYTES) throw new Error(`it has ${status.size} bytes, more than ${MOST_BYTES}`);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** @throws NodeJS.ErrnoException, Error */
export function readOwnText(path: string): string {
  return withFile(path, (descriptor) => readFileSync(descriptor, 'utf8'));
}

/** @throws NodeJS.ErrnoException, Error */
export function readOwnBytes(path: string): Uint8Array {
  return withFile(path, (descriptor) => readFileSync(descriptor));
}

function withFile<Result>(path: string, read: (descriptor: number) => Result): Result {
  const descriptor = openOwnFile(path);
  try {
    return read(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
