// Measures nunc beside runc and crun: `npm run bench`, as root, run by Bun. docs/performance.md explains the numbers.
// This file only brings the parts together; scripts/bench/ has them.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openFfi } from '../src/ffi/bun.ts';
import { mountInside, runInside } from './bench/isolation.ts';
import { addSample, measureLife, measureMemory, newSamples, rotate } from './bench/measure.ts';
import { type BenchOptions, parseOptions, USAGE } from './bench/options.ts';
import { openRunner } from './bench/process.ts';
import { renderComparison, renderResults, replaceMarked } from './bench/report.ts';
import type { Memory, Results, RuntimeName } from './bench/results.ts';
import { findProgram, makeRootfs, prepareRuntime } from './bench/runtimes.ts';

const script = fileURLToPath(import.meta.url);
const builtNunc = fileURLToPath(new URL('../dist/nunc', import.meta.url));
const WARM_UP_ROUNDS = 2;

/** Everything is measured once a round; the first rounds, in which caches fill, don't count. */
function measure(options: BenchOptions, inside: NonNullable<BenchOptions['inside']>): Results {
  const ffi = openFfi();
  const { directory, cgroup } = inside;
  const cgroups = mountInside(ffi, directory);
  const busybox = findProgram('busybox');
  makeRootfs(`${directory}/rootfs`, busybox);
  const runtimes = options.runtimes.map((name) => {
    const executable = name === 'nunc' ? resolve(options.nunc ?? builtNunc) : findProgram(name);
    return prepareRuntime(name, executable, { directory, cgroup, cgroups });
  });
  const runner = openRunner(ffi, directory, [busybox, 'sh']);

  const samples: Results['samples'] = {};
  const floor = newSamples();
  for (let round = -WARM_UP_ROUNDS; round < options.rounds; round++) {
    const empty = runner.run([busybox, 'true']);
    if (round >= 0) addSample(floor, empty);
    for (const runtime of rotate(runtimes, round + WARM_UP_ROUNDS)) {
      measureLife(runner, runtime, {
        commands: options.commands,
        record: (command, measured) => {
          if (round < 0 || !options.commands.includes(command)) return;
          const own = ((samples[command] ??= {})[runtime.name] ??= newSamples());
          addSample(own, measured);
        },
      });
    }
    showProgress(round + 1, options.rounds);
  }

  const memory: Partial<Record<RuntimeName, Memory>> = {};
  const versions: Partial<Record<RuntimeName, string>> = {};
  for (const runtime of runtimes) {
    memory[runtime.name] = measureMemory(runner, runtime);
    versions[runtime.name] = runtime.version;
  }
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? 'unknown',
    cpus: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    cgroups,
  };
  return { format: 1, date: new Date().toISOString(), rounds: options.rounds, machine, versions, samples, floor, memory };
}

function showProgress(round: number, rounds: number): void {
  if (process.stderr.isTTY) process.stderr.write(round < rounds ? `\rround ${Math.max(round, 0)} of ${rounds}` : '\r\x1b[K');
}

function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  // Written by another version of this program otherwise.
  if (Number(results.format) !== 1) throw new Error(`"${file}" is not of a form that this program knows`);
  return results;
}

function publish(results: Results, options: BenchOptions): void {
  const text = renderResults(results);
  process.stdout.write(`${text}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  if (options.markdown !== undefined) {
    writeFileSync(options.markdown, replaceMarked(readFileSync(options.markdown, 'utf8'), text));
  }
  if (options.compare !== undefined) {
    process.stdout.write(`\n${renderComparison(results, readResults(options.compare))}\n`);
  }
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = parseOptions(argv);
  if (options.inside === undefined) return await runInside(script, argv);
  publish(measure(options, options.inside), options);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
