// What a list of measurements says: medians, quartiles and ratios. Pure; knows nothing of what was measured.

/** Where the measurements lie. Noise is one-sided and has outliers, so there is neither mean nor deviation. */
export interface Spread {
  readonly count: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
}

/**
 * The value below which `fraction` of the values lie, between two of them by linear interpolation.
 *
 * @param sorted ascending, not empty
 * @param fraction from 0 (the least) to 1 (the greatest)
 * @throws RangeError when there are no values
 */
export function quantile(sorted: readonly number[], fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const index = Math.floor(position);
  const below = sorted[index];
  if (below === undefined) throw new RangeError('there are no measurements');
  const above = sorted[index + 1] ?? below;
  return below + (above - below) * (position - index);
}

/** @throws RangeError when there are no values */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
  };
}

/**
 * How many times as much `values` are as `reference`, round by round: what slows a whole round down cancels out.
 *
 * @param reference of the same rounds in the same order
 * @throws RangeError when the rounds are not the same or there are none
 */
export function ratioSpread(values: readonly number[], reference: readonly number[]): Spread {
  if (values.length !== reference.length) {
    throw new RangeError(`cannot compare ${values.length} rounds with ${reference.length}`);
  }
  return spreadOf(values.map((value, round) => value / (reference[round] ?? Number.NaN)));
}
