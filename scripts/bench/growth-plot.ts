// The growth benchmark's picture: one panel for each series, CPU time and wall time of what the runtimes do. Pure.

import type { GrowthResults, GrowthSeries } from './growth-results.ts';
import { type Panel, plotPanels, type PlotPoint } from './plot.ts';
import { type RuntimeName, RUNTIMES, type Samples } from './results.ts';
import { spreadOf } from './statistics.ts';

type Quantity = keyof Samples;

export function growthPlot({ date, machine, rounds, series, versions }: GrowthResults, quantity: Quantity): string {
  const names = RUNTIMES.filter((name) => versions[name] !== undefined);
  const where = `${date.slice(0, 10)}, ${machine.kernel}, cgroup ${machine.cgroups}`;
  return plotPanels(series.map((each) => panelOf(each, names, quantity)), {
    title: quantity === 'cpu' ? 'CPU time as work grows' : 'Wall time as work grows',
    subtitle: `${where}; medians of ${rounds} rounds, quartiles shaded`,
    yLabel: 'milliseconds',
    xScale: 'linear',
    names,
  });
}

function panelOf(series: GrowthSeries, names: readonly RuntimeName[], quantity: Quantity): Panel {
  const { command, entries, points } = series;
  const lines = names.map((name) => ({
    name,
    points: points.flatMap(({ size, samples }): PlotPoint[] => {
      const times = samples[name]?.[quantity] ?? [];
      if (times.length === 0) return [];
      const { median, lowerQuartile, upperQuartile } = spreadOf(times);
      return [{ x: size, y: median, low: lowerQuartile, high: upperQuartile }];
    }),
  }));
  return { title: `${command}: ${entries}`, xLabel: `number of ${entries}`, lines };
}
