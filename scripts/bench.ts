// Measures nunc beside runc and crun: `npm run bench`, as root, run by Bun. docs/performance.md explains the numbers.
// This file brings the parts of scripts/bench/ together and writes what comes out.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderComparison } from './bench/compare.ts';
import { runInside } from './bench/isolation.ts';
import { benchMarks, replaceMarked } from './bench/markdown.ts';
import { type BenchOptions, parseOptions, USAGE } from './bench/options.ts';
import { renderResults } from './bench/report.ts';
import { parseResults, type Results } from './bench/results.ts';
import { measureAll } from './bench/session.ts';
import { openFfi } from './ffi-bun.ts';

const script = fileURLToPath(import.meta.url);
const builtNunc = fileURLToPath(new URL('../dist/nunc', import.meta.url));

function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

function readResults(file: string): Results {
  return parseResults(readFileSync(file, 'utf8'), file);
}

/** What the options name is read before the minutes of measuring, so that a wrong name shows at once. */
function preparePublishing(options: BenchOptions): (results: Results) => void {
  const { json, markdown } = options;
  const earlier = options.compare === undefined ? undefined : readResults(options.compare);
  if (markdown !== undefined) {
    const document = readFileSync(markdown, 'utf8');
    for (const version of ['v1', 'v2']) replaceMarked(document, '', benchMarks(version));
  }
  return (results) => {
    const text = renderResults(results);
    process.stdout.write(`${text}\n`);
    if (earlier !== undefined) process.stdout.write(`\n${renderComparison(results, earlier)}\n`);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results)}\n`);
    if (markdown === undefined) return;
    const marks = benchMarks(results.machine.cgroups);
    writeFileSync(markdown, replaceMarked(readFileSync(markdown, 'utf8'), `\n${text}\n`, marks));
  };
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const publish = preparePublishing(options);
  if (options.from !== undefined) {
    publish(readResults(options.from));
    return 0;
  }
  if (options.inside === undefined) return await runInside(script, argv);
  const results = measureAll(openFfi(), {
    ...options,
    ...options.inside,
    nunc: resolve(options.nunc ?? builtNunc),
    progress: showProgress,
  });
  showProgress('');
  publish(results);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
