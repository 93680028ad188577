// The form of what the growth benchmark finds, in memory and in the JSON file.

import type { Machine, RuntimeName, Samples } from './results.ts';

export interface Point {
  /** How many entries there are more than in the plain bundle. */
  readonly size: number;
  /** One entry per round. */
  readonly samples: Partial<Record<RuntimeName, Samples>>;
}

/** One command's times over one thing that grows. */
export interface GrowthSeries {
  readonly name: string;
  /** What there are `size` of. */
  readonly entries: string;
  readonly command: string;
  /** Ascending by size, from 0. */
  readonly points: readonly Point[];
}

export interface GrowthResults {
  readonly format: 1;
  /** RFC 3339. */
  readonly date: string;
  readonly rounds: number;
  readonly machine: Machine;
  /** First line of `--version`. */
  readonly versions: Partial<Record<RuntimeName, string>>;
  readonly series: readonly GrowthSeries[];
}
