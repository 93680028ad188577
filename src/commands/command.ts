// What a command is given and what it answers. Knows none of them; table.ts lists them.

import type { CgroupManager } from '../cgroup/driver.ts';
import type { Ffi } from '../ffi/port.ts';
import type { Log, LogSettings } from '../log.ts';

/** The values of a command's options, by long name. Asking for one that table.ts doesn't list is a bug and throws. */
export interface Options {
  /** undefined when not given. */
  string(name: string): string | undefined;
  /** All values of an option that may be repeated, in order; none when not given. */
  strings(name: string): readonly string[];
  /** false when not given. */
  boolean(name: string): boolean;
  /** undefined when not given. */
  number(name: string): number | undefined;
  /** Whether it was given, with whatever value. */
  given(name: string): boolean;
}

/** The options before the command. */
export interface Globals {
  /** Directory of all state, absolute. */
  readonly root: string;
  readonly log: LogSettings;
  readonly cgroupManager: CgroupManager;
  /** Whether cgroup permission errors are ignored. */
  readonly rootless: 'true' | 'false' | 'auto';
  /** --no-unsafe-annotations. */
  readonly ignoreUnsafeAnnotations: boolean;
}

export interface Invocation {
  readonly options: Options;
  readonly positionals: readonly string[];
  readonly globals: Globals;
  readonly log: Log;
  /** The way to the kernel, opened at the first call. */
  ffi(): Ffi;
  /** Writes to stdout, all of it; a reader that has gone away is not an error. */
  print(text: string): void;
}

export interface Command {
  /** @returns the exit status. Throws NuncError for everything that is to be reported. */
  run(invocation: Invocation): Promise<number> | number;
}
