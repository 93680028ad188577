// events: what happens to a running container, one line of JSON each, until it ends or nobody reads any more.

import { closeSync } from 'node:fs';
import { type OomWatch, watchOom } from '../cgroup/watch-oom.ts';
import { NuncError } from '../error.ts';
import { pollSeveral } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { POLLIN } from '../linux/constants.ts';
import { oomEvent, statsEvent } from './event-text.ts';
import { openInit } from './signal.ts';
import { type ContainerStatistics, openStatistics } from './statistics.ts';
import { failureWith, lookAt } from './status.ts';
import type { ContainerPlace, StateFile } from './store.ts';

interface EventsRequest {
  readonly place: ContainerPlace;
  readonly print: (text: string) => void;
}

const STDOUT = 1;

/** @throws NuncError when there is no such container, or it is not running */
function readRunning(ffi: Ffi, place: ContainerPlace): StateFile {
  const { state, status } = lookAt(ffi, place);
  if (state !== undefined && status !== 'stopped' && status !== 'creating') return state;
  throw new NuncError('state', notRunning(place));
}

function notRunning({ id }: ContainerPlace): string {
  return `container with id ${id} is not running`;
}

/** Prints the statistics of this moment. @throws NuncError */
export function printStatistics(ffi: Ffi, { place, print }: EventsRequest): void {
  const state = readRunning(ffi, place);
  let statistics: ContainerStatistics;
  try {
    statistics = openStatistics(place, state)();
  } catch (cause) {
    throw failureWith(state, cause, notRunning(place));
  }
  print(statsEvent(place.id, statistics));
}

/** Prints statistics at an interval, in milliseconds, and every kill for want of memory. Returns when the container's
 * init has ended or standard output is closed. @throws NuncError */
export function followEvents(ffi: Ffi, request: EventsRequest & { readonly interval: number }): void {
  const state = readRunning(ffi, request.place);
  const read = openStatistics(request.place, state);
  const oom = watchOom(ffi, state.cgroups);
  // What ends a moment later has still been watched.
  const init = openInit(ffi, state);
  try {
    if (init !== undefined) follow(ffi, request, { read, oom, init });
  } finally {
    oom?.close();
    if (init !== undefined) closeSync(init);
  }
}

interface Sources {
  readonly read: () => ContainerStatistics;
  readonly oom: OomWatch | undefined;
  /** A pidfd. */
  readonly init: number;
}

function follow(ffi: Ffi, request: EventsRequest & { interval: number }, { read, oom, init }: Sources): void {
  const { place: { id }, print, interval } = request;
  const watched = [[init, POLLIN], [oom?.descriptor ?? -1, POLLIN], [STDOUT, 0]] as const;
  let next = performance.now() + interval;
  for (;;) {
    const [ended = 0, , closed = 0] = pollSeveral(ffi, watched, next - performance.now());
    // Also when it is the end that has come: what ends the init may be such a kill.
    if (oom?.take() === true) print(oomEvent(id));
    if (ended !== 0 || closed !== 0) return;
    const now = performance.now();
    if (now < next) continue;
    print(statsEvent(id, read()));
    // What a slow reader has missed is not made up for.
    next = Math.max(next + interval, now);
  }
}
