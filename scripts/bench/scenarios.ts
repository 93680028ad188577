// What is measured: which scenarios there are, which commands each times, and how often. What makes a scenario is in
// configs.ts and contests.ts.

import type { Command, ScenarioName } from './results.ts';

export interface Scenario {
  /** One sentence for the tables. */
  readonly title: (containers: number) => string;
  /** How often everything is measured unless the caller says otherwise. */
  readonly rounds: number;
  /** Rounds in which caches fill; they don't count. */
  readonly warmUp: number;
  readonly commands: readonly Command[];
  /** How many containers there are at once, unless the caller says otherwise. */
  readonly containers?: number;
}

const LIFE = ['create', 'state', 'start', 'exec', 'kill', 'delete', 'run'] as const satisfies readonly Command[];
const FEW = { rounds: 12, warmUp: 2, commands: LIFE };

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  plain: { ...FEW, rounds: 60, title: () => 'what `nunc spec` writes, with a busybox root file system' },
  docker: { ...FEW, title: () => 'Docker’s default config, with its seccomp profile' },
  mounts: { ...FEW, title: () => 'the plain bundle with 100 mounts more, bind mounts and tmpfs in turn' },
  overlay: { ...FEW, title: () => 'the plain bundle on a root file system that is an overlay of 12 layers' },
  terminal: {
    ...FEW,
    title: () => 'the plain bundle with a terminal, sent through a console socket; `exec` and `run` are detached',
  },
  exec: {
    ...FEW,
    rounds: 30,
    commands: ['exec', 'exec --detach'],
    title: () => '`exec ID true` and, as containerd calls it, `exec --detach --process FILE --pid-file FILE ID`, '
      + 'into a running container of Docker’s config',
  },
  parallel: {
    rounds: 5,
    warmUp: 1,
    commands: ['create', 'kill', 'delete'],
    containers: 50,
    title: (containers) => `${containers} commands at once, the plain bundle: wall time until all have ended, CPU `
      + 'time of all together',
  },
  many: {
    ...FEW,
    commands: ['create', 'state', 'list', 'start', 'kill', 'delete'],
    containers: 500,
    title: (containers) => `the plain bundle, while each runtime has ${containers} created containers`,
  },
};
