// Two results → what has changed between them. Pure.
//
// Two runs never see the same machine: even on the same one, hours differ by more than a change to nunc does. So nunc's
// ratios to the others are shown beside its times, and how much the others have changed, who are the same programs.

import { renderTable } from './markdown.ts';
import { type Cell, compiledRatio, type Quantity, ratioOf, shortCommit, timesOf, usableQuantities } from './report.ts';
import {
  type Command, measuredCommands, measuredRuntimes, measuredScenarios, type Measurements, type Memory, type Results,
  type RuntimeName,
} from './results.ts';
import { type Spread, spreadOf } from './statistics.ts';

const TITLES: Readonly<Record<Quantity, string>> = { wall: 'wall', cpu: 'CPU' };

/** How `results` differ from earlier ones, by scenario and command. */
export function renderComparison(results: Results, earlier: Results): string {
  const others = measuredRuntimes(results).filter((name) => name !== 'nunc' && earlier.versions[name] !== undefined);
  const quantities = usableQuantities(results).filter((quantity) => usableQuantities(earlier).includes(quantity));
  const rows = measuredScenarios(results).flatMap(({ name, measurements }) => {
    const before = earlier.scenarios[name];
    return before === undefined ? [] : scenarioRows(name, { before, after: measurements }, { others, quantities });
  });
  const header = [
    'nunc', ...quantities.map((quantity) => `${TITLES[quantity]}, ms`),
    ...others.flatMap((name) => quantities.map((quantity) => `${TITLES[quantity]} ÷ ${name}`)),
  ];
  const parts = [describeEarlier(results, earlier)];
  if (rows.length === 0) parts.push('They have nothing in common.');
  else {
    for (const name of others) parts.push(describeOther(results, earlier, { name, quantities }));
    parts.push(renderTable(header, rows));
  }
  const memory = memoryRows(results.memory.nunc, earlier.memory.nunc);
  if (memory.length > 0) parts.push(renderTable(['nunc, memory', 'KiB'], memory));
  return parts.join('\n\n');
}

function describeEarlier(results: Results, earlier: Results): string {
  const { date, machine, versions, commits } = earlier;
  const commit = commits.nunc === undefined ? '' : `, commit ${shortCommit(commits.nunc)}`;
  const same = machine.cpu === results.machine.cpu && machine.cpus === results.machine.cpus
    && machine.kernel === results.machine.kernel && machine.cgroups === results.machine.cgroups;
  const other = same ? '' : ' On another machine: only the ratios say something.';
  return `Change since ${date} (${machine.kernel}, cgroup ${machine.cgroups}, ${versions.nunc ?? 'no nunc'}${commit}), `
    + `medians; bold where the quartiles are apart.${other}`;
}

/** What everything has changed by, as far as the machine is the cause: another runtime's change. */
function describeOther(
  results: Results,
  earlier: Results,
  { name, quantities }: Pick<Columns, 'quantities'> & { readonly name: RuntimeName },
): string {
  const changes = quantities.map((quantity) => {
    const quotients = measuredScenarios(results).flatMap(({ name: scenario, measurements }) => {
      const before = earlier.scenarios[scenario];
      if (before === undefined) return [];
      return measuredCommands(measurements).flatMap((command) => {
        const cell = { command, name, quantity };
        const [old, now] = [spreadIn(before, cell), spreadIn(measurements, cell)];
        return old === undefined || now === undefined ? [] : [now.median / old.median];
      });
    });
    return `${TITLES[quantity]} ${quotients.length === 0 ? 'unknown' : percent(spreadOf(quotients).median)}`;
  });
  const [before, now] = [earlier.versions[name], results.versions[name]];
  const version = before === now ? '' : ` (${before ?? ''} → ${now ?? ''})`;
  return `${name} itself${version}, over all commands: ${changes.join(', ')}.`;
}

interface Both {
  readonly before: Measurements;
  readonly after: Measurements;
}

interface Columns {
  readonly others: readonly RuntimeName[];
  readonly quantities: readonly Quantity[];
}

function scenarioRows(scenario: string, { before, after }: Both, { others, quantities }: Columns): string[][] {
  const row = (label: string, show: (quantity: Quantity, other?: RuntimeName) => string): string[] => [
    `${scenario}: ${label}`, ...quantities.map((quantity) => show(quantity)),
    ...others.flatMap((other) => quantities.map((quantity) => show(quantity, other))),
  ];
  const commandRow = (command: Command): string[] => row(command, (quantity, name) => {
    if (name !== undefined) {
      const cell = { command, name, quantity };
      return showRatioChange(ratioOf(before, cell), ratioOf(after, cell));
    }
    const cell = { command, name: 'nunc', quantity } as const;
    return showTimeChange(spreadIn(before, cell), spreadIn(after, cell));
  });
  const rows = measuredCommands(after).map(commandRow);
  if (after.compiled !== undefined) {
    rows.push(row('run, compiled', (quantity, name) => (name === undefined
      ? showTimeChange(spreadIfAny(before.compiled?.[quantity]), spreadIfAny(after.compiled?.[quantity]))
      : showRatioChange(compiledRatio(before, { name, quantity }), compiledRatio(after, { name, quantity })))));
  }
  return rows.filter((cells) => cells.slice(1).some((cell) => cell !== ''));
}

function spreadIn(measurements: Measurements, cell: Cell): Spread | undefined {
  return spreadIfAny(timesOf(measurements, cell));
}

function spreadIfAny(values: readonly number[] = []): Spread | undefined {
  return values.length === 0 ? undefined : spreadOf(values);
}

function showTimeChange(old: Spread | undefined, now: Spread | undefined): string {
  if (old === undefined || now === undefined) return '';
  return `${showRatioChange(old, now)} (${percent(now.median / old.median)})`;
}

function showRatioChange(old: Spread | undefined, now: Spread | undefined): string {
  if (old === undefined || now === undefined) return '';
  const text = `${old.median.toFixed(2)} → ${now.median.toFixed(2)}`;
  const apart = old.upperQuartile < now.lowerQuartile || now.upperQuartile < old.lowerQuartile;
  return apart ? `**${text}**` : text;
}

/** A quotient as a change: 1.5 is `+50 %`. */
function percent(quotient: number): string {
  const change = Math.round((quotient - 1) * 100);
  return `${change < 0 ? '−' : '+'}${Math.abs(change)} %`;
}

function memoryRows(now: Memory | undefined, old: Memory | undefined): string[][] {
  if (now === undefined || old === undefined) return [];
  return [
    ["a created container's init", `${old.initRss} → ${now.initRss}`],
    ["create's peak", `${old.createPeak} → ${now.createPeak}`],
    ["run's peak", `${old.runPeak} → ${now.runPeak}`],
  ];
}
