// The command line of the benchmark.

import { parseArgs } from 'node:util';
import { type Command, COMMANDS, type RuntimeName, RUNTIMES } from './results.ts';

export interface BenchOptions {
  readonly help: boolean;
  readonly rounds: number;
  readonly commands: readonly Command[];
  readonly runtimes: readonly RuntimeName[];
  /** The nunc to measure. */
  readonly nunc: string | undefined;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly compare: string | undefined;
  /** Set for the process within the private namespaces: the directory to work in and the cgroup to work below. */
  readonly inside: { readonly directory: string; readonly cgroup: string } | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]

  --rounds N          how often everything is measured (60)
  --only LIST         commands to report: ${COMMANDS.join(',')}
  --runtimes LIST     ${RUNTIMES.join(',')}
  --nunc FILE         the executable to measure instead of dist/nunc
  --json FILE         write all samples
  --markdown FILE     replace the numbers in a document, between its marks
  --compare FILE      print the change against an earlier --json file
`;

/** @throws Error that says what is wrong, for the user */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      rounds: { type: 'string', default: '60' },
      only: { type: 'string', multiple: true },
      runtimes: { type: 'string', multiple: true },
      nunc: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      compare: { type: 'string' },
      'inside-directory': { type: 'string' },
      'inside-cgroup': { type: 'string' },
    },
  });
  const { 'inside-directory': directory, 'inside-cgroup': cgroup } = values;
  return {
    help: values.help,
    rounds: parseRounds(values.rounds),
    commands: parseList(values.only, COMMANDS),
    runtimes: parseList(values.runtimes, RUNTIMES),
    nunc: values.nunc,
    json: values.json,
    markdown: values.markdown,
    compare: values.compare,
    inside: directory === undefined || cgroup === undefined ? undefined : { directory, cgroup },
  };
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error(`--rounds ${text}: not a positive number`);
  return rounds;
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
