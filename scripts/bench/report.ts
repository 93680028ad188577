// Results → Markdown: the tables that are printed and that docs/performance.md holds. Pure.

import { type Command, COMMANDS, type Results, type RuntimeName, RUNTIMES, type Samples } from './results.ts';
import { ratioSpread, type Spread, spreadOf } from './statistics.ts';

export const BEGIN_MARK = '<!-- begin: written by npm run bench -- --markdown -->';
export const END_MARK = '<!-- end -->';

type Quantity = keyof Samples;

/** All tables. */
export function renderResults(results: Results): string {
  return [
    describeRun(results),
    `Wall time, milliseconds:\n\n${renderTimes(results, 'wall')}`,
    `CPU time (user and system, waited-for children included), milliseconds:\n\n${renderTimes(results, 'cpu')}`,
    `Memory, KiB:\n\n${renderMemory(results)}`,
  ].join('\n\n');
}

function describeRun({ date, machine, rounds, versions }: Results): string {
  const names = Object.values(versions).join(', ');
  const size = `${machine.cpus} × ${machine.cpu}, ${machine.memoryMiB} MiB`;
  return `${date.slice(0, 10)}; ${size}; ${machine.kernel}; cgroup ${machine.cgroups}; ${names}; ${rounds} rounds.`;
}

/** Runtimes that were measured, in the tables' order. */
function measuredRuntimes(results: Results): RuntimeName[] {
  return RUNTIMES.filter((name) => results.versions[name] !== undefined);
}

function measuredCommands(results: Results): Command[] {
  return COMMANDS.filter((command) => results.samples[command] !== undefined);
}

function renderTimes(results: Results, quantity: Quantity): string {
  const runtimes = measuredRuntimes(results);
  const others = runtimes.includes('nunc') ? runtimes.filter((name) => name !== 'nunc') : [];
  const rows = measuredCommands(results).map((command) => [
    command,
    ...runtimes.map((name) => showSpread(timesOf(results, { command, name, quantity }), 2)),
    ...others.map((name) => showRatio(results, { command, name, quantity })),
  ]);
  if (results.compiled !== undefined) rows.push(compiledRow(results.compiled, { results, quantity, runtimes, others }));
  const floor = showSpread(results.floor[quantity], 2);
  rows.push(['(an empty program)', floor, ...runtimes.slice(1).map(() => ''), ...others.map(() => '')]);
  return renderTable(['command', ...runtimes, ...others.map((name) => `nunc ÷ ${name}`)], rows);
}

interface Columns {
  readonly results: Results;
  readonly quantity: Quantity;
  readonly runtimes: readonly RuntimeName[];
  readonly others: readonly RuntimeName[];
}

/** What `nunc compile` has made of run's bundle, beside the others' run. */
function compiledRow(compiled: Samples, { results, quantity, runtimes, others }: Columns): string[] {
  const own = compiled[quantity];
  const ratios = others.map((name) => {
    const other = timesOf(results, { command: 'run', name, quantity });
    return other.length === 0 ? '' : formatSpread(ratioSpread(own, other), 2);
  });
  return ['run, compiled', showSpread(own, 2), ...runtimes.slice(1).map(() => ''), ...ratios];
}

interface Cell {
  readonly command: Command;
  readonly name: RuntimeName;
  readonly quantity: Quantity;
}

function timesOf(results: Results, { command, name, quantity }: Cell): readonly number[] {
  return results.samples[command]?.[name]?.[quantity] ?? [];
}

function showRatio(results: Results, cell: Cell): string {
  const own = timesOf(results, { ...cell, name: 'nunc' });
  const other = timesOf(results, cell);
  return own.length === 0 || other.length === 0 ? '' : formatSpread(ratioSpread(own, other), 2);
}

function showSpread(values: readonly number[], digits: number): string {
  return values.length === 0 ? '' : formatSpread(spreadOf(values), digits);
}

function formatSpread({ median, lowerQuartile, upperQuartile }: Spread, digits: number): string {
  return `**${median.toFixed(digits)}** (${lowerQuartile.toFixed(digits)}–${upperQuartile.toFixed(digits)})`;
}

function renderMemory(results: Results): string {
  const rows = measuredRuntimes(results).map((name) => {
    const memory = results.memory[name];
    if (memory === undefined) return [name, '', '', '', ''];
    const { initRss, initPss, createPeak, runPeak } = memory;
    return [name, String(initRss), String(initPss), String(createPeak), String(runPeak)];
  });
  return renderTable(['runtime', "created init's Rss", 'its Pss', "create's peak", "run's peak"], rows);
}

/** How `results` differ from earlier ones. The ratio to crun is what another machine or hour changes least. */
export function renderComparison(results: Results, earlier: Results): string {
  const rows: string[][] = [];
  for (const command of measuredCommands(results)) {
    for (const name of measuredRuntimes(results)) {
      const wall = { command, name, quantity: 'wall' } as const;
      const cpu = { command, name, quantity: 'cpu' } as const;
      rows.push([
        command, name, showChange(results, earlier, wall), showChange(results, earlier, cpu),
        showRatioChange(results, earlier, wall), showRatioChange(results, earlier, cpu),
      ]);
    }
  }
  const { date, machine, versions } = earlier;
  const heading = `Change since ${date} (${machine.kernel}, ${versions.nunc ?? 'no nunc'}), medians:`;
  const header = ['command', 'runtime', 'wall, ms', 'CPU, ms', 'wall ÷ crun', 'CPU ÷ crun'];
  return `${heading}\n\n${renderTable(header, rows)}`;
}

function showChange(results: Results, earlier: Results, cell: Cell): string {
  const [before, after] = [timesOf(earlier, cell), timesOf(results, cell)];
  if (before.length === 0 || after.length === 0) return '';
  const [old, now] = [spreadOf(before).median, spreadOf(after).median];
  const percent = Math.round((now / old - 1) * 100);
  return `${old.toFixed(2)} → ${now.toFixed(2)} (${percent < 0 ? '−' : '+'}${Math.abs(percent)} %)`;
}

function showRatioChange(results: Results, earlier: Results, cell: Cell): string {
  const [old, now] = [ratioToCrun(earlier, cell), ratioToCrun(results, cell)];
  if (old === undefined || now === undefined || cell.name === 'crun') return '';
  return `${old.toFixed(2)} → ${now.toFixed(2)}`;
}

function ratioToCrun(results: Results, cell: Cell): number | undefined {
  const own = timesOf(results, cell);
  const crun = timesOf(results, { ...cell, name: 'crun' });
  return own.length === 0 || crun.length === 0 ? undefined : ratioSpread(own, crun).median;
}

/** A Markdown table; the first column is text, the others align right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(3, ...[header, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string => {
    const cells = widths.map((width, i) => (i === 0 ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width)));
    return `| ${cells.join(' | ')} |`;
  };
  const rule = `|${widths.map((width, i) => ` ${'-'.repeat(width)}${i === 0 ? ' ' : ':'}`).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/**
 * Replaces what is between the marks of a document.
 *
 * @throws Error when it has no marks
 */
export function replaceMarked(
  document: string,
  content: string,
  marks = { begin: BEGIN_MARK, end: END_MARK },
): string {
  const begin = document.indexOf(marks.begin);
  const end = document.indexOf(marks.end, begin);
  if (begin < 0 || end < 0) throw new Error(`the document has no "${marks.begin}" … "${marks.end}"`);
  return `${document.slice(0, begin + marks.begin.length)}\n${content}\n${document.slice(end)}`;
}
