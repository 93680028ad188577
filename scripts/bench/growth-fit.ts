// How a cost grows with what there is to do: its price an entry, and the exponent p of cost(n) = cost(0) + c·nᵖ. Pure.

import type { GrowthSeries } from './growth-results.ts';
import type { RuntimeName, Samples } from './results.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** Only sizes of at least this part of the largest count: small ones are noise. */
const UPPER_PART = 1 / 10;
/** Of the cost without any entry: a rise below it shows nothing. */
const NEGLIGIBLE = 0.05;
/** Medians of ten rounds give an exponent of no better than about a tenth. */
const TOLERANCE = 0.15;

export interface Growth {
  /** Milliseconds without and with the most entries. */
  readonly base: number;
  readonly most: number;
  /** Microseconds an entry, on the average of all. */
  readonly perEntry: number;
  /** Whether the rise is more than noise. */
  readonly grows: boolean;
  /** Undefined where too little grows to tell. */
  readonly exponent: number | undefined;
}

interface Cost {
  readonly size: number;
  readonly cost: Spread;
}

/** @returns undefined when the runtime was not measured */
export function growthOf(series: GrowthSeries, name: RuntimeName, quantity: keyof Samples): Growth | undefined {
  const costs = series.points.flatMap(({ size, samples }): Cost[] => {
    const times = samples[name]?.[quantity] ?? [];
    return times.length === 0 ? [] : [{ size, cost: spreadOf(times) }];
  });
  const [first, last] = [costs[0], costs.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  const [base, most] = [first.cost.median, last.cost.median];
  const upper = costs.filter((each) => each.size >= last.size * UPPER_PART && isRise(first.cost, each.cost));
  const grows = most - base > base * NEGLIGIBLE && upper.includes(last);
  return {
    base,
    most,
    perEntry: (most - base) * 1000 / (last.size - first.size),
    grows,
    exponent: grows && upper.length > 1 ? slope(upper.map((each) => logarithms(each, base))) : undefined,
  };
}

/** A median lies within about its quartiles' distance over the root of their number. */
function isRise(before: Spread, after: Spread): boolean {
  const uncertainty = ({ lowerQuartile, upperQuartile, count }: Spread): number => (
    (upperQuartile - lowerQuartile) / Math.sqrt(count)
  );
  return after.median - before.median > uncertainty(before) + uncertainty(after);
}

function logarithms({ size, cost }: Cost, base: number): [x: number, y: number] {
  return [Math.log(size), Math.log(cost.median - base)];
}

/** Of the line with the least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below;
}

/** In words. */
export function verdictOf({ grows, exponent }: Growth): string {
  if (!grows) return 'hardly grows';
  // Less than noise at all sizes but the last: there is no telling by how much.
  if (exponent === undefined) return 'little';
  return exponent <= 1 + TOLERANCE ? 'linear or better' : 'worse than linear';
}
