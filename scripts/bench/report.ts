// Results → Markdown: the tables that are printed and that docs/performance.md holds. Pure.

import { renderTable } from './markdown.ts';
import {
  type Command, measuredCommands, measuredRuntimes, measuredScenarios, type Measurements, type Results,
  type RuntimeName, type Samples, type ScenarioName,
} from './results.ts';
import { scenarios } from './scenarios.ts';
import { ratioSpread, type Spread, spreadOf } from './statistics.ts';

/** What a ratio to another runtime is to be at most (docs/performance.md). */
const GOALS: Readonly<Partial<Record<RuntimeName, number>>> = { crun: 1, runc: 0.5 };

export type Quantity = keyof Samples;

const TITLES: Readonly<Record<Quantity, string>> = {
  wall: 'Wall time',
  cpu: 'CPU time (user and system, children included)',
};

/** What a kernel without a fine clock counts CPU time in: single commands are shorter. */
const TICK_MS = 10;

/** Without CPU time where it came in ticks. */
export function usableQuantities(results: Results): readonly Quantity[] {
  const fine = measuredScenarios(results).some(({ measurements: { samples } }) =>
    Object.values(samples).some((command) =>
      Object.values(command).some(({ cpu }) => cpu.some((time) => time % TICK_MS !== 0))));
  return fine ? ['wall', 'cpu'] : ['wall'];
}

/** All tables: the ratios at a glance where there are several scenarios, and then each scenario's. */
export function renderResults(results: Results): string {
  const parts = [describeRun(results)];
  if (measuredScenarios(results).length > 1) parts.push(...renderOverviews(results));
  for (const { name, measurements } of measuredScenarios(results)) {
    parts.push(describeScenario(name, measurements));
    for (const quantity of usableQuantities(results)) {
      parts.push(`${TITLES[quantity]}, milliseconds:\n\n${renderTimes(results, measurements, quantity)}`);
    }
    if (name === 'plain' && Object.keys(results.memory).length > 0) {
      parts.push(`Memory, KiB:\n\n${renderMemory(results)}`);
    }
  }
  return parts.join('\n\n');
}

/** The first 12 digits, and what a build from changed sources says behind them. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1');
}

function describeRun(results: Results): string {
  const { commits, date, machine, versions } = results;
  const names = Object.values(versions).join(', ');
  const commit = commits.nunc === undefined ? '' : ` (commit ${shortCommit(commits.nunc)})`;
  const size = `${machine.cpus} × ${machine.cpu}, ${machine.memoryMiB} MiB`;
  const ticks = usableQuantities(results).includes('cpu')
    ? ''
    : ` CPU time comes in ticks of ${TICK_MS} ms there and is left out.`;
  return `${date.slice(0, 10)}; ${size}; ${machine.kernel}; cgroup ${machine.cgroups}; ${names}${commit}.${ticks}`;
}

function describeScenario(name: ScenarioName, { containers = 0, rounds }: Measurements): string {
  return `### ${name}\n\n${scenarios[name].title(containers)}; ${rounds} rounds.`;
}

/** One table for each other runtime: ratios of wall and of CPU time, scenarios by commands. */
function renderOverviews(results: Results): string[] {
  const quantities = usableQuantities(results);
  return othersThanNunc(results).map((name) => {
    const goal = GOALS[name];
    const measured = measuredScenarios(results);
    const commands = commandsOfAll(measured.map(({ measurements }) => measurements));
    const rows = measured.map(({ name: scenario, measurements }) => [
      scenario, ...commands.map((command) => showRatios(measurements, { command, name, goal, quantities })),
    ]);
    const what = quantities.length > 1 ? 'wall / CPU time' : 'wall time';
    const heading = `nunc ÷ ${name}, ${what}, medians${goal === undefined ? '' : `; bold above ${goal}`}:`;
    return `${heading}\n\n${renderTable(['', ...commands], rows)}`;
  });
}

function commandsOfAll(all: readonly Measurements[]): Command[] {
  const commands = all.flatMap(measuredCommands);
  return measuredCommands({ rounds: 0, samples: Object.fromEntries(commands.map((command) => [command, {}])) });
}

interface RatioRequest {
  readonly command: Command;
  readonly name: RuntimeName;
  readonly goal: number | undefined;
  readonly quantities: readonly Quantity[];
}

function showRatios(measurements: Measurements, request: RatioRequest): string {
  const { command, name, goal = Infinity, quantities } = request;
  const shown = quantities.flatMap((quantity) => {
    const ratio = ratioOf(measurements, { command, name, quantity })?.median;
    if (ratio === undefined) return [];
    const text = ratio.toFixed(2);
    // As it is printed: 1.00 does not miss 1.
    return Number(text) > goal ? [`**${text}**`] : [text];
  });
  return shown.join(' / ');
}

function othersThanNunc(results: Results): RuntimeName[] {
  const runtimes = measuredRuntimes(results);
  return runtimes.includes('nunc') ? runtimes.filter((name) => name !== 'nunc') : [];
}

function renderTimes(results: Results, measurements: Measurements, quantity: Quantity): string {
  const runtimes = measuredRuntimes(results);
  const others = othersThanNunc(results);
  const rows = measuredCommands(measurements).map((command) => [
    command,
    ...runtimes.map((name) => showSpread(timesOf(measurements, { command, name, quantity }))),
    ...others.map((name) => formatSpread(ratioOf(measurements, { command, name, quantity }))),
  ]);
  const { compiled, floor } = measurements;
  const blanks = runtimes.slice(1).map(() => '');
  if (compiled !== undefined) {
    const ratios = others.map((name) => formatSpread(compiledRatio(measurements, { name, quantity })));
    rows.push(['run, compiled', showSpread(compiled[quantity]), ...blanks, ...ratios]);
  }
  if (floor !== undefined) rows.push(['(an empty program)', showSpread(floor[quantity]), ...blanks]);
  return renderTable(['command', ...runtimes, ...others.map((name) => `nunc ÷ ${name}`)], rows);
}

export interface Cell {
  readonly command: Command;
  readonly name: RuntimeName;
  readonly quantity: Quantity;
}

export function timesOf({ samples }: Measurements, { command, name, quantity }: Cell): readonly number[] {
  return samples[command]?.[name]?.[quantity] ?? [];
}

/** Of nunc's times to another's; undefined where one of them was not measured. */
export function ratioOf(measurements: Measurements, cell: Cell): Spread | undefined {
  return ratioBetween(timesOf(measurements, { ...cell, name: 'nunc' }), timesOf(measurements, cell));
}

/** Of what `nunc compile` has made of run's bundle to the other's run. */
export function compiledRatio(measurements: Measurements, other: Omit<Cell, 'command'>): Spread | undefined {
  const own = measurements.compiled?.[other.quantity] ?? [];
  return ratioBetween(own, timesOf(measurements, { ...other, command: 'run' }));
}

function ratioBetween(own: readonly number[], other: readonly number[]): Spread | undefined {
  return own.length === 0 || other.length === 0 ? undefined : ratioSpread(own, other);
}

function showSpread(values: readonly number[]): string {
  return formatSpread(values.length === 0 ? undefined : spreadOf(values));
}

function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return '';
  const { median, lowerQuartile, upperQuartile } = spread;
  return `**${median.toFixed(2)}** (${lowerQuartile.toFixed(2)}–${upperQuartile.toFixed(2)})`;
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
