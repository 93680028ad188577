// Fuzzing of config.json through load, plan, check and assemble, and of what comes to a container that is there. Only a
// plan that its executable is exactly, or an error with a place in the config, may come of any document.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { effort, seed } from '../support/effort.ts';
import { explainConfig, runBeside } from '../support/fuzz/beside.ts';
import { configFor, standalone } from '../support/fuzz/configs.ts';
import { type Coverage, startCoverage } from '../support/fuzz/coverage.ts';
import { minimise } from '../support/fuzz/minimise.ts';
import { checkSame, compileConfig, newTally, runConfig, type Situation } from '../support/fuzz/pipeline.ts';

const CASES = effort({ usual: 2000, nightly: 100_000 });
/** Milliseconds of the processor's time, for one case with all that comes to it. */
const LONGEST = 5000;

const tally = newTally();
let bundle = '';
let coverage: Coverage;

beforeAll(() => {
  bundle = mkdtempSync(join(tmpdir(), 'nunc-fuzz-'));
  mkdirSync(join(bundle, 'rootfs'));
  coverage = startCoverage();
});

afterAll(() => {
  coverage[Symbol.dispose]();
  rmSync(bundle, { recursive: true, force: true });
});

/** Everything that is done with one document. */
function runCase(document: unknown, situation: Situation): void {
  const planned = runConfig(JSON.stringify(document), situation);
  if (planned !== undefined) {
    if (situation.index % 5 === 0) checkSame(planned, situation);
    runBeside(planned, situation);
  }
  if (situation.index % 4 === 0) compileConfig(JSON.stringify(standalone(document)), situation);
}

/** What is wrong with a case, as a text; undefined for nothing. */
function failureOf(document: unknown, situation: Situation): string | undefined {
  try {
    runCase(document, situation);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** Numbers differ from one document to a smaller one. */
function same(failure: string | undefined, other: string): boolean {
  return failure?.replace(/\d+/g, '#').slice(0, 60) === other.replace(/\d+/g, '#').slice(0, 60);
}

/** @throws Error that has the smallest document that shows the same */
function report(document: unknown, situation: Situation, failure: string): never {
  const quiet = { ...situation, tally: newTally() };
  const smallest = minimise(document, (candidate) => same(failureOf(candidate, quiet), failure));
  throw new Error(`EFFORT_SEED=${situation.seed}, case ${situation.index}: ${failure}\n${JSON.stringify(smallest)}`);
}

test(`parseConfig() to assemble() of ${CASES} documents, seed ${seed}`, async () => {
  for (let index = 0; index < CASES; index++) {
    const situation = { bundle, seed, index, tally };
    const document = configFor(seed, index);
    const start = process.cpuUsage();
    const failure = failureOf(document, situation);
    if (failure !== undefined) report(document, situation, failure);
    if (index % 10 === 0) await explainConfig(situation);
    const { user } = process.cpuUsage(start);
    expect(user / 1000, `milliseconds of case ${index}, seed ${seed}`).toBeLessThan(LONGEST);
  }
  const counts = [...tally.count].map(([what, count]) => `${what} ${count}`).join(', ');
  process.stdout.write(`seed ${seed}, ${CASES} documents: ${counts}; ${tally.kinds.size} kinds of operations, `
    + `${tally.messages.size} kinds of messages\n`);
  checkCoverage();
}, CASES * 150);

/** Functions that a run may miss, in percent: some take a rare config, or belong to commands that are not run here. */
const MISSED_RULES = effort({ usual: 5, nightly: 2 });
const MISSED = effort({ usual: 20, nightly: 12 });

/** A fuzzer whose documents are all refused at once finds nothing. */
function checkCoverage(): void {
  const wanted = [[['config/rules'], MISSED_RULES], [['plan', 'elf', 'seccomp', 'ebpf'], MISSED]] as const;
  for (const [rooms, most] of wanted) {
    const { missed, all } = coverage.missed(rooms);
    expect(100 * missed.length / all, `functions that did not run, seed ${seed}: ${missed.join(' ')}`)
      .toBeLessThanOrEqual(most);
  }
  const planned = tally.count.get('create') ?? 0;
  expect(planned / CASES, 'part of the documents that are planned').toBeGreaterThan(0.15);
}
