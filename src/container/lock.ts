// One command at a time on one container: flock(2) on its directory, which the kernel releases whatever becomes of the
// holder.

import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { codeOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { flock, must } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { openOwnFile } from './own-file.ts';
import { type ContainerPlace, frozenConfigOf, notFound, unreadableConfig } from './store.ts';

export interface ContainerLock {
  /** Lets the next one in. */
  release(): void;
}

/** Waits for the lock of a container. @throws NuncError when it does not exist, or is gone when the lock is free */
export function lockContainer(ffi: Ffi, place: ContainerPlace): ContainerLock {
  const descriptor = openDirectory(place);
  try {
    must(flock(ffi, descriptor, L.LOCK_EX), `lock container "${place.id}"`);
    verifyInPlace(descriptor, place);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { release: () => closeSync(descriptor) };
}

/**
 * Waits until no other update is at work. Not the container's lock: create and start hold that while hooks run, and a
 * hook may be what updates the container.
 */
export function lockUpdates(ffi: Ffi, place: ContainerPlace): ContainerLock {
  const descriptor = openConfig(place);
  const result = flock(ffi, descriptor, L.LOCK_EX);
  if (result < 0) closeSync(descriptor);
  must(result, `lock container "${place.id}"`);
  return { release: () => closeSync(descriptor) };
}

/** Whether a command is at work on the container at this moment. */
export function isLocked(ffi: Ffi, place: ContainerPlace): boolean {
  const descriptor = openDirectory(place);
  // Shared, so that two who ask at once do not take each other for a command.
  const result = flock(ffi, descriptor, L.LOCK_SH | L.LOCK_NB);
  closeSync(descriptor);
  return result === -errno.EAGAIN;
}

function openDirectory(place: ContainerPlace): number {
  try {
    return openSync(place.directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw notFound(place, cause);
  }
}

function openConfig(place: ContainerPlace): number {
  try {
    return openOwnFile(frozenConfigOf(place));
  } catch (cause) {
    throw codeOf(cause) === 'ENOENT' ? notFound(place, cause) : unreadableConfig(place, cause);
  }
}

/** Who waited may have got the lock of a directory that the holder has removed. */
function verifyInPlace(descriptor: number, place: ContainerPlace): void {
  const current = lstatSync(place.directory, { throwIfNoEntry: false });
  if (current?.ino !== fstatSync(descriptor).ino) throw notFound(place);
}
