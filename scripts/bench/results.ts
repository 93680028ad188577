// The form of what a benchmark finds, in memory and in the JSON file. Samples are kept, not only their medians: later
// questions (plots, other statistics) need no new run.

/** The commands that are timed, in the order of the tables. */
export const COMMANDS = ['create', 'start', 'state', 'kill', 'delete', 'run'] as const;
export type Command = (typeof COMMANDS)[number];

/** Runtimes by the name under which they are reported. */
export const RUNTIMES = ['nunc', 'crun', 'runc'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

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

export interface Results {
  readonly format: 1;
  /** RFC 3339. */
  readonly date: string;
  readonly rounds: number;
  readonly machine: Machine;
  /** First line of `--version`. */
  readonly versions: Partial<Record<RuntimeName, string>>;
  readonly samples: Partial<Record<Command, Partial<Record<RuntimeName, Samples>>>>;
  /** The same for a static program that does nothing: what any command costs in this harness. */
  readonly floor: Samples;
  /** Of the file that `nunc compile` makes of run's bundle; absent where nunc or run was not measured. */
  readonly compiled?: Samples;
  readonly memory: Partial<Record<RuntimeName, Memory>>;
}
