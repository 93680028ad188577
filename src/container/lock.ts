// One command at a time on one container: flock(2) on its directory, which the kernel releases whatever becomes of the
// holder.

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { patienceOf, waitAgain } from '../cgroup/patience.ts';
import { codeOf, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { flock, must } from '../ffi/system-calls.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { openOwnFile } from './own-file.ts';
import { isStopped } from './process-stat.ts';
import { type ContainerPlace, frozenConfigOf, notFound, unreadableConfig } from './store.ts';

export interface ContainerLock {
  /** Lets the next one in. */
  release(): void;
}

/** How long whoever has the lock may stand still, in milliseconds: it can be a debugger that stops it for a moment. */
const STANDSTILL = 2000;

/**
 * Waits for the lock of a container, for as long as its holder is at work: hooks take their time.
 *
 * @param whileHeld called again and again meanwhile; can ask for the holder's pid, if this pid namespace has it
 * @throws NuncError when the container does not exist, or is gone when the lock is free; and when the holder has been
 * stopped (SIGSTOP), which may be for good
 */
export function lockContainer(
  ffi: Ffi,
  place: ContainerPlace,
  whileHeld?: (holder: () => number | undefined) => void,
): ContainerLock {
  const descriptor = openDirectory(place);
  try {
    while (!tryToLock(ffi, descriptor, place)) {
      whileHeld?.(() => holderOf(descriptor));
      waitForHolder(descriptor, place);
    }
    verifyInPlace(descriptor, place);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { release: () => closeSync(descriptor) };
}

function tryToLock(ffi: Ffi, descriptor: number, { id }: ContainerPlace): boolean {
  const result = flock(ffi, descriptor, L.LOCK_EX | L.LOCK_NB);
  if (result === -errno.EAGAIN) return false;
  must(result, `lock container "${id}"`);
  return true;
}

/** Waits a moment, or until a holder that stands still goes on. */
function waitForHolder(descriptor: number, { id }: ContainerPlace): void {
  const patience = patienceOf(STANDSTILL);
  let holder: number | undefined;
  do {
    if (!waitAgain(patience)) {
      const reason = `process ${holder}, which is at work on it, is stopped`;
      const hint = `\`kill -CONT ${holder}\` lets it go on, and \`kill -KILL ${holder}\` ends it`;
      throw new NuncError('state', `cannot lock container "${id}": ${reason}`, { hint });
    }
    holder = holderOf(descriptor);
  } while (holder !== undefined && isStopped(holder));
}

/** Who has the lock, if this pid namespace has it: proc_locks(5). */
function holderOf(descriptor: number): number | undefined {
  const { ino } = fstatSync(descriptor);
  const pattern = new RegExp(`^\\d+: FLOCK +ADVISORY +WRITE (\\d+) [^ ]+:${ino} `, 'm');
  const pid = Number(pattern.exec(readFileSync('/proc/locks', 'latin1'))?.[1] ?? 0);
  return pid === 0 ? undefined : pid;
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
  if (result === -errno.EAGAIN) return true;
  must(result, `look at the lock of container "${place.id}"`);
  return false;
}

function openDirectory(place: ContainerPlace): number {
  try {
    return openSync(place.directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    const code = codeOf(cause);
    // Of a container that is only out of reach (EMFILE, ENOMEM) `delete --force` must not say that it is gone.
    if (code === 'ENOENT' || code === 'ENOTDIR') throw notFound(place, cause);
    throw new NuncError('syscall', `cannot lock container "${place.id}": ${reasonOf(cause)}`, { cause });
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
