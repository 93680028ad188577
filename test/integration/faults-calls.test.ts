// Faults from outside: single system calls of the executable fail, or it is killed at them, in every command. Each time
// it either succeeds all the same or says in one line why not; the container can be listed, and deleted, and nothing
// is left.

import { join } from 'node:path';
import { describe } from 'vitest';
import { effort, seed } from '../support/effort.ts';
import { argumentsOf, bundleOf, faultyCommands, prepare } from '../support/faults/commands.ts';
import { errnosFor, type Point, pointsOf, runInjected } from '../support/faults/strace.ts';
import { Trials } from '../support/faults/trial.ts';
import { succeed } from '../support/lifecycle.ts';
import { randomFrom } from '../support/random.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc', 'strace');

const TIMEOUT = effort({ usual: 120_000, nightly: 1_800_000 });
/** How many calls of a command fail, and at how many it is killed. */
const MOST = effort({ usual: 2, nightly: Infinity });

/** So many of them, by chance; all when there are no more. */
function sample(points: readonly Point[], most: number): Point[] {
  const random = randomFrom(seed);
  const left = [...points];
  while (left.length > most) left.splice(random(left.length), 1);
  return left;
}

for (const kind of ['fails', 'is where it is killed'] as const) {
  describe(`each system call of a command ${kind}`, () => {
    for (const command of faultyCommands) {
      test(`${command.name} (seed ${seed})`, async () => {
        const bundle = bundleOf(command);
        const trials = new Trials(command, bundle);
        const args = argumentsOf(command.args, bundle);
        await prepare(command, bundle);
        const points = await pointsOf(args, join(bundle.directory, 'trace'));
        await succeed(['delete', '--force', bundle.id]);
        const random = randomFrom(seed);
        for (const at of sample(points, MOST)) {
          const effects = kind === 'fails' ? errnosFor(at, random).map((name) => `error=${name}`) : ['signal=KILL'];
          for (const effect of effects) {
            await trials.try({
              name: `${effect} of ${at.call} ${at.occurrence}`,
              deadly: kind !== 'fails',
              run: () => runInjected(effect, args, at),
            });
          }
        }
        await trials.conclude();
      }, TIMEOUT);
    }
  });
}
