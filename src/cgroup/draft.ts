// What the planners of v1/ and v2/ work on: wishes for files, and what can't be. Pure.

import type { ExactNumbers } from '../config/exact-numbers.ts';
import type { LinuxResources } from '../config/types.ts';
import type { Finding } from '../finding.ts';
import type { PresentLimits } from './present.ts';
import type { Wish } from './setting.ts';

export interface Draft {
  readonly wishes: Wish[];
  readonly problems: Finding[];
  readonly exact: ExactNumbers;
  /** Only for an update. */
  readonly present: PresentLimits | undefined;
}

/** Adds what some properties ask of one controller. */
export type Planner = (resources: LinuxResources, draft: Draft) => void;

export const POINTER = '/linux/resources';

export function wish(draft: Draft, property: string, rest: Omit<Wish, 'origin'>): void {
  draft.wishes.push({ origin: `${POINTER}/${property}`, ...rest });
}

export function refuse(draft: Draft, property: string, text: string): void {
  draft.problems.push({ pointer: `${POINTER}/${property}`, text });
}

/** A number to its last digit. */
export function exactly({ exact }: Draft, property: string, value: number): bigint {
  const number = exact.get(`${POINTER}/${property}`) ?? BigInt(value);
  return number > LARGEST ? LARGEST : number;
}

/** The largest number is written as 2^64 by programs that have read it as a double. */
const LARGEST = 2n ** 64n - 1n;

/** A number to its last digit; undefined for what is absent, and for 0, which managers write for it. */
export function asked(draft: Draft, property: string, value: number | undefined): bigint | undefined {
  return value === undefined || value === 0 ? undefined : exactly(draft, property, value);
}

/** From here on page counters have no limit: LONG_MAX in whole pages of 4096 bytes, as v1 prints it. What comes from a
 * double has 2^63 for 2^63 - 1. */
const NO_LIMIT = 2n ** 63n - 4096n;

/** Whether a number of bytes is no limit: -1, or more than the kernel counts. */
export function isUnlimited(bytes: bigint): boolean {
  return bytes === -1n || bytes >= NO_LIMIT;
}

export const NO_EQUIVALENT = 'cgroup v2 has no equivalent';
