// GrowthResults → Markdown: for each series what an entry costs and how the cost grows. Pure.

import { growthOf, verdictOf } from './growth-fit.ts';
import type { GrowthResults, GrowthSeries } from './growth-results.ts';
import { renderTable } from './markdown.ts';
import { type RuntimeName, RUNTIMES, type Samples } from './results.ts';

export const GROWTH_MARKS = {
  begin: '<!-- begin: written by npm run bench:growth -- --markdown -->',
  end: '<!-- end: written by npm run bench:growth -->',
};

/** Both tables. */
export function renderGrowth(results: GrowthResults): string {
  const { date, machine, versions, rounds } = results;
  const about = [
    date.slice(0, 10), `${machine.cpus} × ${machine.cpu}`, machine.kernel, `cgroup ${machine.cgroups}`,
    Object.values(versions).join(', '), `${rounds} rounds`,
  ];
  return [
    `${about.join('; ')}. Each cell: milliseconds without → with the most entries, microseconds an entry, exponent.`,
    `Wall time:\n\n${renderQuantity(results, 'wall')}`,
    `CPU time:\n\n${renderQuantity(results, 'cpu')}`,
  ].join('\n\n');
}

function renderQuantity({ series, versions }: GrowthResults, quantity: keyof Samples): string {
  const names = RUNTIMES.filter((name) => versions[name] !== undefined);
  const others = names.includes('nunc') ? names.filter((name) => name !== 'nunc') : [];
  const rows = series.map((each) => [
    `${each.command}: ${each.entries}`,
    String(each.points.at(-1)?.size ?? ''),
    ...names.map((name) => showGrowth(each, name, quantity)),
    ...others.map((name) => showRatio(each, name, quantity)),
    showVerdict(each, quantity),
  ]);
  return renderTable(['', 'most', ...names, ...others.map((name) => `an entry, nunc ÷ ${name}`), 'nunc'], rows);
}

function showGrowth(series: GrowthSeries, name: RuntimeName, quantity: keyof Samples): string {
  const growth = growthOf(series, name, quantity);
  if (growth === undefined) return '';
  const { base, most, perEntry, grows, exponent } = growth;
  const times = `${base.toFixed(1)} → **${most.toFixed(1)}**`;
  if (!grows) return times;
  return `${times}, ${perEntry.toFixed(1)} µs${exponent === undefined ? '' : `, n^${exponent.toFixed(2)}`}`;
}

/** Of what an entry costs, where it costs both something. */
function showRatio(series: GrowthSeries, other: RuntimeName, quantity: keyof Samples): string {
  const [own, others] = [growthOf(series, 'nunc', quantity), growthOf(series, other, quantity)];
  if (own?.grows !== true || others?.grows !== true) return '';
  return (own.perEntry / others.perEntry).toFixed(2);
}

function showVerdict(series: GrowthSeries, quantity: keyof Samples): string {
  const growth = growthOf(series, 'nunc', quantity);
  return growth === undefined ? '' : verdictOf(growth);
}
