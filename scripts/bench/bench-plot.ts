// The picture of one scenario of the benchmark: groups of bars, one for each command. Pure.

import { type Bar, type BarGroup, plotBars } from './plot.ts';
import { type RuntimeName, RUNTIMES, type Samples } from './results.ts';
import { spreadOf } from './statistics.ts';

type Commands = Readonly<Record<string, Partial<Record<RuntimeName, Samples>>>>;

/** As much of a file as is needed, in its present form and in the first one, which had no scenarios. */
interface BenchFile {
  readonly date: string;
  readonly machine: { readonly kernel: string; readonly cgroups: string };
  readonly rounds?: number;
  readonly samples?: Commands;
  readonly scenarios?: Readonly<Record<string, { readonly rounds: number; readonly samples: Commands }>>;
}

interface Choice {
  readonly scenario: string;
  readonly quantity: keyof Samples;
}

/** @param results what JSON.parse makes of the file @throws Error when it has no such scenario */
export function benchPlot(results: unknown, { scenario, quantity }: Choice): string {
  const { date, machine, rounds, samples, scenarios } = results as BenchFile;
  const measured = samples === undefined ? scenarios?.[scenario] : { rounds: rounds ?? 0, samples };
  if (measured === undefined) throw new Error(`cannot show the scenario "${scenario}": it is not in the results`);
  const where = `${date.slice(0, 10)}, ${machine.kernel}, cgroup ${machine.cgroups}`;
  const groups = Object.entries(measured.samples).map(([command, of]): BarGroup => ({
    title: command,
    bars: RUNTIMES.flatMap((name): Bar[] => {
      const times = of[name]?.[quantity] ?? [];
      if (times.length === 0) return [];
      const { median, lowerQuartile, upperQuartile } = spreadOf(times);
      return [{ name, value: median, low: lowerQuartile, high: upperQuartile }];
    }),
  }));
  return plotBars(groups, {
    title: `${quantity === 'cpu' ? 'CPU time' : 'Wall time'} of the commands (${scenario})`,
    subtitle: `${where}; medians of ${measured.rounds} rounds`,
    yLabel: 'milliseconds, with quartiles',
    names: RUNTIMES,
  });
}
