// The form of what a benchmark finds, in memory and in the JSON file. Samples are kept, not only their medians: later
// questions (plots, other statistics) need no new run.

/** The commands that are timed, in the order of the tables and of a container's life. */
export const COMMANDS = [
  'create', 'state', 'list', 'start', 'exec', 'exec --detach', 'kill', 'delete', 'run',
] as const;
export type Command = (typeof COMMANDS)[number];

/** Runtimes by the name under which they are reported. */
export const RUNTIMES = ['nunc', 'crun', 'runc'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** What the commands are measured on; scenarios.ts says what each is. */
export const SCENARIOS = [
  'plain', 'docker', 'mounts', 'overlay', 'terminal', 'exec', 'parallel', 'many',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** One entry per round. */
export interface Samples {
  /** Milliseconds from before posix_spawn(3) to after wait4(2). */
  readonly wall: number[];
  /** Milliseconds, user and system, of the command and the children that it has waited for. */
  readonly cpu: number[];
}

export interface Memory {
  /** KiB of a created container's init, from /proc/<pid>/smaps_rollup. */
  readonly initRss: number;
  readonly initPss: number;
  /** KiB: the largest resident set of the runtime's processes, median of a few runs. */
  readonly createPeak: number;
  readonly runPeak: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  /** What the runtimes see: v1 or v2. */
  readonly cgroups: string;
}

/** What one scenario has shown. */
export interface Measurements {
  readonly rounds: number;
  /** How many containers there were at once, where the scenario is about that. */
  readonly containers?: number;
  readonly samples: Partial<Record<Command, Partial<Record<RuntimeName, Samples>>>>;
  /** The same for a static program that does nothing: what any command costs in this harness. */
  readonly floor?: Samples;
  /** Of the file that `nunc compile` makes of run's bundle; absent where nunc or run was not measured. */
  readonly compiled?: Samples;
}

export interface Results {
  readonly format: 2;
  /** RFC 3339. */
  readonly date: string;
  readonly machine: Machine;
  /** First line of `--version`. */
  readonly versions: Partial<Record<RuntimeName, string>>;
  /** What each was built from, as it says itself. */
  readonly commits: Partial<Record<RuntimeName, string>>;
  readonly scenarios: Partial<Record<ScenarioName, Measurements>>;
  /** On the plain bundle. */
  readonly memory: Partial<Record<RuntimeName, Memory>>;
}

/** Runtimes that were measured, in the tables' order. */
export function measuredRuntimes(results: Results): RuntimeName[] {
  return RUNTIMES.filter((name) => results.versions[name] !== undefined);
}

/** Scenarios that were measured, in the tables' order. */
export function measuredScenarios({ scenarios }: Results): { name: ScenarioName; measurements: Measurements }[] {
  return SCENARIOS.flatMap((name) => {
    const measurements = scenarios[name];
    return measurements === undefined ? [] : [{ name, measurements }];
  });
}

export function measuredCommands({ samples }: Measurements): Command[] {
  return COMMANDS.filter((command) => samples[command] !== undefined);
}

/** @throws Error when it is not what a benchmark has written */
export function parseResults(text: string, file: string): Results {
  const results = JSON.parse(text) as { readonly format?: unknown } | null;
  if (results?.format !== 2) throw new Error(`cannot read "${file}": it is not of a form that this program knows`);
  return results as Results;
}
