// Tells when the kernel kills processes of a container because its memory limit is reached. Waits for nothing itself:
// it has a descriptor to be polled.
//
//   v1: an eventfd, tied to memory.oom_control through cgroup.event_control; also signalled when the cgroup is removed.
//   v2: inotify on memory.events, which changes for other reasons too: the counter in it decides.

import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { readSome } from '../ffi/child-calls.ts';
import { fileCall, nameOf } from '../ffi/file-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { must } from '../ffi/system-calls.ts';
import { IN_MODIFY, O_CLOEXEC, O_NONBLOCK } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { cgroupError, parentOf } from './directory.ts';
import type { CgroupPlacement } from './driver.ts';
import { oomCounterOf, oomKills } from './oom.ts';

export interface OomWatch {
  /** Readable when take() may have something to say. */
  readonly descriptor: number;
  /** Whether processes have been killed since the last call, or since the watch began. Does not wait. */
  readonly take: () => boolean;
  readonly close: () => void;
}

/** The flags of eventfd(2) and inotify_init1(2) have other names and these values. */
const FLAGS = O_CLOEXEC | O_NONBLOCK;

/** undefined for a container without a cgroup of the memory controller. @throws NuncError of kind `syscall` */
export function watchOom(ffi: Ffi, placement: CgroupPlacement): OomWatch | undefined {
  const counter = oomCounterOf(placement);
  if (counter === undefined || !existsSync(counter)) return undefined;
  return counter.endsWith('/memory.events') ? watchV2(ffi, placement, counter) : watchV1(ffi, counter);
}

function watchV1(ffi: Ffi, oomControl: string): OomWatch {
  const eventfd = must(fileCall(ffi, 'eventfd2', 0, FLAGS), 'make an eventfd');
  try {
    register(eventfd, oomControl);
  } catch (cause) {
    closeSync(eventfd);
    throw cgroupError(`watch "${oomControl}"`, cause);
  }
  return { descriptor: eventfd, take: () => takeV1(ffi, eventfd, oomControl), close: () => closeSync(eventfd) };
}

/** The kernel keeps what it needs of both descriptors. @throws NodeJS.ErrnoException */
function register(eventfd: number, oomControl: string): void {
  const watched = openSync(oomControl, constants.O_RDONLY);
  try {
    const control = openSync(`${parentOf(oomControl)}/cgroup.event_control`, constants.O_WRONLY);
    try {
      writeSync(control, `${eventfd} ${watched}`);
    } finally {
      closeSync(control);
    }
  } finally {
    closeSync(watched);
  }
}

function takeV1(ffi: Ffi, eventfd: number, oomControl: string): boolean {
  const count = new Uint8Array(8);
  if (readSome(ffi, eventfd, count) !== count.length) return false;
  const signals = new DataView(count.buffer).getBigUint64(0, true);
  // One of them is for the removal.
  return existsSync(oomControl) || signals > 1n;
}

function watchV2(ffi: Ffi, placement: CgroupPlacement, events: string): OomWatch {
  const inotify = must(fileCall(ffi, 'inotify_init1', FLAGS), 'make an inotify instance');
  const added = fileCall(ffi, 'inotify_add_watch', inotify, nameOf(events), IN_MODIFY);
  if (added < 0) closeSync(inotify);
  must(added, `watch "${events}"`);
  let known = oomKills(placement);
  const take = (): boolean => {
    drain(ffi, inotify);
    const kills = oomKills(placement);
    const more = kills > known;
    // It is 0 when the cgroup is gone.
    known = Math.max(known, kills);
    return more;
  };
  return { descriptor: inotify, take, close: () => closeSync(inotify) };
}

/** All records say the same. */
function drain(ffi: Ffi, inotify: number): void {
  const records = new Uint8Array(4096);
  let result: number;
  do result = readSome(ffi, inotify, records);
  while (result > 0 || result === -errno.EINTR);
}
