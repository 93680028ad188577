// Measures nunc beside runc and crun: `npm run bench`, as root, run by Bun. docs/performance.md explains the numbers.
// This file brings the parts of scripts/bench/ together and writes what comes out.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInside } from './bench/isolation.ts';
import { type BenchOptions, parseOptions, USAGE } from './bench/options.ts';
import { renderComparison, renderResults, replaceMarked } from './bench/report.ts';
import type { Results } from './bench/results.ts';
import { measureAll } from './bench/session.ts';
import { openFfi } from './ffi-bun.ts';

const script = fileURLToPath(import.meta.url);
const builtNunc = fileURLToPath(new URL('../dist/nunc', import.meta.url));

function showProgress(done: number, rounds: number): void {
  if (process.stderr.isTTY) process.stderr.write(done < rounds ? `\rround ${done} of ${rounds}` : '\r\x1b[K');
}

function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as { readonly format?: unknown };
  if (results.format !== 1) throw new Error(`"${file}" is not of a form that this program knows`);
  return results as Results;
}

/** What the options name is read before the minutes of measuring, so that a wrong name shows at once. */
function preparePublishing(options: BenchOptions): (results: Results) => void {
  const { json, markdown } = options;
  const earlier = options.compare === undefined ? undefined : readResults(options.compare);
  if (markdown !== undefined) replaceMarked(readFileSync(markdown, 'utf8'), '');
  return (results) => {
    const text = renderResults(results);
    process.stdout.write(`${text}\n`);
    if (earlier !== undefined) process.stdout.write(`\n${renderComparison(results, earlier)}\n`);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results)}\n`);
    if (markdown !== undefined) writeFileSync(markdown, replaceMarked(readFileSync(markdown, 'utf8'), `\n${text}\n`));
  };
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const publish = preparePublishing(options);
  if (options.inside === undefined) return await runInside(script, argv);
  publish(measureAll(openFfi(), {
    ...options,
    ...options.inside,
    nunc: resolve(options.nunc ?? builtNunc),
    progress: (done) => showProgress(done, options.rounds),
  }));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
