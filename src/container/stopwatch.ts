// How long a command takes, stage by stage, for --timings: the runtime's own stages, and those that a plan's process
// has measured of itself (plan/stamps.ts). Both are on CLOCK_MONOTONIC, so that they fit together.

import type { Ffi } from '../ffi/port.ts';
import { monotonicClock } from '../ffi/system-calls.ts';

/** Who was busy. */
type Party = 'runtime' | 'init';

export interface TimedStage {
  readonly by: Party;
  /** What was done, an imperative. */
  readonly name: string;
  /** Milliseconds since the engine's start. */
  readonly begin: number;
  readonly end: number;
}

export interface Stopwatch {
  readonly stages: TimedStage[];
  /** What of CLOCK_MONOTONIC was before the engine's start, in milliseconds. */
  readonly origin: number;
  /** When the last of the runtime's stages ended. */
  last: number;
}

/** The engine's start is the first stage: from when its own clock begins, which is a moment after execve(2). */
export function startStopwatch(ffi: Ffi): Stopwatch {
  const now = performance.now();
  const watch = { stages: [], origin: compareClocks(ffi), last: 0 };
  addLap(watch, 'start the engine and load the command', now);
  return watch;
}

/** How far CLOCK_MONOTONIC is ahead of the engine's clock, which counts from its start. */
function compareClocks(ffi: Ffi): number {
  // The first call takes long, and nobody knows when in it the clock is read.
  monotonicClock(ffi);
  const before = performance.now();
  const time = monotonicClock(ffi);
  return time - (before + performance.now()) / 2;
}

/** Ends a stage of the runtime's. Nothing happens where nobody measures. */
export function lap(watch: Stopwatch | undefined, name: string): void {
  if (watch !== undefined) addLap(watch, name, performance.now());
}

function addLap(watch: Stopwatch, name: string, now: number): void {
  watch.stages.push({ by: 'runtime', name, begin: watch.last, end: now });
  watch.last = now;
}

/**
 * Adds what a plan's process has measured, if it has.
 *
 * @param names of the stages, each ending at the time with its index; the first only begins the second
 * @param times on CLOCK_MONOTONIC, in milliseconds
 */
export function addTimes(
  watch: Stopwatch | undefined,
  names: readonly string[] | undefined,
  times: readonly number[],
): void {
  if (watch === undefined || names === undefined) return;
  for (let i = 1; i < Math.min(names.length, times.length); i++) {
    const [begin = 0, end = 0] = [times[i - 1], times[i]];
    watch.stages.push({ by: 'init', name: names[i] ?? '', begin: begin - watch.origin, end: end - watch.origin });
  }
}
