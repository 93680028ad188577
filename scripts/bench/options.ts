// The command line of the benchmark.

import { parseArgs } from 'node:util';
import { type Command, COMMANDS, type RuntimeName, RUNTIMES, type ScenarioName, SCENARIOS } from './results.ts';

export interface BenchOptions {
  readonly help: boolean;
  readonly scenarios: readonly ScenarioName[];
  readonly rounds: number | undefined;
  readonly containers: number | undefined;
  readonly commands: readonly Command[];
  readonly runtimes: readonly RuntimeName[];
  /** The nunc to measure. */
  readonly nunc: string | undefined;
  /** A file to show in place of measuring. */
  readonly from: string | undefined;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly compare: string | undefined;
  /** Set for the process within the private namespaces: the directory to work in and the cgroup to work below. */
  readonly inside: { readonly directory: string; readonly cgroup: string } | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]

  --scenario LIST     ${SCENARIOS.join(',')}
  --rounds N          how often everything is measured (60 times for plain, fewer for the others)
  --only LIST         commands to report: ${COMMANDS.join(',')}
  --runtimes LIST     ${RUNTIMES.join(',')}
  --containers N      how many there are at once in parallel (50) and in many (500)
  --nunc FILE         the executable to measure instead of dist/nunc
  --json FILE         write all samples
  --markdown FILE     replace the numbers in a document, between the marks for this cgroup version
  --compare FILE      print the change against an earlier --json file
  --from FILE         show a --json file instead of measuring
`;

/** @throws Error that says what is wrong, for the user */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      scenario: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      containers: { type: 'string' },
      only: { type: 'string', multiple: true },
      runtimes: { type: 'string', multiple: true },
      nunc: { type: 'string' },
      from: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      compare: { type: 'string' },
      'inside-directory': { type: 'string' },
      'inside-cgroup': { type: 'string' },
    },
  });
  const { help, nunc, from, json, markdown, compare } = values;
  const { 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
  return {
    help, nunc, from, json, markdown, compare,
    scenarios: parseList(values.scenario, SCENARIOS),
    rounds: parseCount('--rounds', values.rounds),
    containers: parseCount('--containers', values.containers),
    commands: parseList(values.only, COMMANDS),
    runtimes: parseList(values.runtimes, RUNTIMES),
    inside: directory === undefined || cgroup === undefined ? undefined : { directory, cgroup },
  };
}

function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`${option} ${text}: not a positive number`);
  return count;
}

/** The names that are given, in the table's order; all without any. */
export function parseList<Name extends string>(
  given: readonly string[] | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (given === undefined) return known;
  const names = given.flatMap((list) => list.split(',')).filter((name) => name !== '');
  for (const name of names) {
    if (!known.some((other) => other === name)) throw new Error(`"${name}" is not one of ${known.join(', ')}`);
  }
  if (names.length === 0) throw new Error(`an empty list: choose from ${known.join(', ')}`);
  return known.filter((name) => names.includes(name));
}
