// How the cost of create grows with mounts, devices, rules, seccomp entries and containers, beside crun and runc:
// `npm run bench:growth`, as root, run by Bun. docs/performance.md explains the numbers.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HOST_SERIES, measureGrowth } from './bench/growth.ts';
import { growthPlot } from './bench/growth-plot.ts';
import { GROWTH_MARKS, renderGrowth } from './bench/growth-report.ts';
import type { GrowthResults } from './bench/growth-results.ts';
import { SERIES } from './bench/growth-series.ts';
import { runInside } from './bench/isolation.ts';
import { replaceMarked } from './bench/markdown.ts';
import { parseList } from './bench/options.ts';
import { RUNTIMES } from './bench/results.ts';
import { openFfi } from './ffi-bun.ts';

const script = fileURLToPath(import.meta.url);
const builtNunc = fileURLToPath(new URL('../dist/nunc', import.meta.url));
const names = [...SERIES.map(({ name }) => name), HOST_SERIES.name];

const USAGE = `Usage: npm run bench:growth -- [options]

  --rounds N          how often everything is measured (11)
  --only LIST         what grows: ${names.join(',')}
  --runtimes LIST     ${RUNTIMES.join(',')}
  --nunc FILE         the executable to measure instead of dist/nunc
  --json FILE         write all samples
  --svg FILE          write the picture of CPU times
  --svg-wall FILE     write the picture of wall times
  --markdown FILE     replace the numbers in a document, between its marks
  --from FILE         an earlier --json file instead of measuring
`;

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error(`--rounds ${text}: not a positive number`);
  return rounds;
}

function readResults(file: string): GrowthResults {
  const results = JSON.parse(readFileSync(file, 'utf8')) as { readonly format?: unknown };
  if (results.format !== 1) throw new Error(`"${file}" is not of a form that this program knows`);
  return results as GrowthResults;
}

async function main(argv: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      rounds: { type: 'string', default: '11' },
      only: { type: 'string', multiple: true },
      runtimes: { type: 'string', multiple: true },
      nunc: text, json: text, svg: text, 'svg-wall': text, markdown: text, from: text,
      'inside-directory': text, 'inside-cgroup': text,
    },
  });
  const { json, svg, 'svg-wall': svgWall, markdown, from } = values;
  const { 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const rounds = parseRounds(values.rounds);
  const series = parseList(values.only, names);
  const runtimes = parseList(values.runtimes, RUNTIMES);
  // Before the minutes of measuring, so that a wrong name shows at once.
  if (markdown !== undefined) replaceMarked(readFileSync(markdown, 'utf8'), '', GROWTH_MARKS);
  const publish = (results: GrowthResults): void => {
    const table = renderGrowth(results);
    process.stdout.write(`${table}\n`);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results)}\n`);
    if (svg !== undefined) writeFileSync(svg, growthPlot(results, 'cpu'));
    if (svgWall !== undefined) writeFileSync(svgWall, growthPlot(results, 'wall'));
    if (markdown === undefined) return;
    writeFileSync(markdown, replaceMarked(readFileSync(markdown, 'utf8'), `\n${table}\n`, GROWTH_MARKS));
  };
  if (from !== undefined) {
    publish(readResults(from));
    return 0;
  }
  if (directory === undefined || cgroup === undefined) return await runInside(script, argv);
  const progress = (what: string): void => void process.stderr.write(`${what}\n`);
  const nunc = resolve(values.nunc ?? builtNunc);
  publish(measureGrowth(openFfi(), { rounds, series, runtimes, nunc, directory, cgroup, progress }));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench-growth: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
