// Waiting for the kernel, with an end. Blocks the thread: nothing else is to happen meanwhile.

export interface Patience {
  /** When it is at its end, on the clock of performance.now(). */
  readonly end: number;
  /** The next wait, in milliseconds. */
  wait: number;
}

/** The first tries follow one another closely. */
export const FIRST_WAIT = 1;
const LONGEST_WAIT = 50;

export function patienceOf(milliseconds: number): Patience {
  return { end: performance.now() + milliseconds, wait: FIRST_WAIT };
}

/** Waits a moment, the next time longer. @returns false when the patience is at its end */
export function waitAgain(patience: Patience): boolean {
  const left = patience.end - performance.now();
  if (left <= 0) return false;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(patience.wait, left));
  patience.wait = Math.min(patience.wait * 2, LONGEST_WAIT);
  return true;
}
