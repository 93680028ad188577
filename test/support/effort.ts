// How much a test does that could go on for ever: enough to notice a mistake in `npm test`, much more at night.

/** Whether this run is one of `npm run test:nightly`. */
const isNightly = process.env['EFFORT'] === 'nightly';

/** A number of cases, rounds, containers or milliseconds, by the run that it is for. */
export function effort({ usual, nightly }: { readonly usual: number; readonly nightly: number }): number {
  return isNightly ? nightly : usual;
}

/** The seed of everything random: of this run, or the one that EFFORT_SEED repeats. Tests say it when they fail. */
export const seed = Number(process.env['EFFORT_SEED'] ?? Date.now() % 2 ** 31);
