// Runs the comparisons of test/unit/engine/cases by turns, on Node or on the executable's engine: a line of JSON for
// each, with its name and what it results in.

import { writeSync } from 'node:fs';
import { comparisons } from '../../unit/engine/cases/all.ts';
import { show } from './show.ts';

export interface Outcome {
  readonly name: string;
  readonly result: string;
}

/** @param args names of groups, all when there are none; what is behind `--` is for a case to see */
export async function runCases(args: readonly string[]): Promise<void> {
  const wanted = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  for (const [group, cases] of Object.entries(comparisons)) {
    if (wanted.length > 0 && !wanted.includes(group)) continue;
    for (const [name, run] of Object.entries(cases)) {
      let result: unknown;
      try {
        result = await run();
      } catch (error) {
        result = `the case threw ${String(error)}`;
      }
      report({ name: `${group}: ${name}`, result: show(result) });
    }
  }
}

export function report(outcome: { readonly name: string; readonly result?: string }): void {
  const line = new TextEncoder().encode(`${JSON.stringify(outcome)}\n`);
  for (let at = 0; at < line.length;) at += writeSync(1, line, at);
}

