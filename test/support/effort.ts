// How much a test does that could go on for ever: enough to notice a mistake in `npm test`, much more at night.

import { spawnSync } from 'node:child_process';

/** Whether this run is one of `npm run test:nightly`. */
const isNightly = process.env['EFFORT'] === 'nightly';

/** A number of cases, rounds, containers or milliseconds, by the run that it is for. */
export function effort({ usual, nightly }: { readonly usual: number; readonly nightly: number }): number {
  return isNightly ? nightly : usual;
}

/** @returns a number of the commit that is tested; 1 in a copy without its history */
function seedOfCommit(): number {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD^{tree}'], { cwd: import.meta.dirname });
  return status === 0 ? Number(`0x${stdout.toString('latin1', 0, 7)}`) : 1;
}

/** The seed of everything random. Nights choose anew; `npm test` chooses the same for everybody who tests a commit, and
 * anew for the next one. EFFORT_SEED repeats another run: tests tell their seed. */
export const seed = Number(process.env['EFFORT_SEED'] ?? (isNightly ? Date.now() % 2 ** 31 : seedOfCommit()));
