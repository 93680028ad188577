// The compiled seccomp profile of a container: create makes it and keeps it in the container's directory, for the
// processes that join it later. Who could change the file could change the config beside it as well.

import { existsSync } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';
import { compileFilter, type Filter } from '../seccomp/compile.ts';
import { readOwnBytes } from './own-file.ts';
import type { PreparedBundle } from './prepare.ts';
import { type ContainerPlace, filterFileOf, writeOnce } from './store.ts';

/** struct sock_filter. */
const INSTRUCTION_SIZE = 8;

/** Compiles the profile of a config; undefined when there is none, or no process for it. @throws ConfigError */
export function filterOf({ spec, facts, exact }: Pick<PreparedBundle, 'spec' | 'facts' | 'exact'>): Filter | undefined {
  const seccomp = spec.linux?.seccomp;
  if (seccomp === undefined || spec.process === undefined) return undefined;
  return compileFilter(seccomp, { architecture: facts.architecture, exact });
}

/** One with warnings is compiled again by every exec, which has to give them. @throws NuncError */
export function keepFilter(place: ContainerPlace, filter: Filter | undefined): void {
  if (filter?.warnings.length === 0) writeOnce(filterFileOf(place), filter.program);
}

/** The one that was kept; undefined when it has to be compiled, as for a container that was restored. */
export function keptFilter(place: ContainerPlace): Filter | undefined {
  const path = filterFileOf(place);
  if (!existsSync(path)) return undefined;
  const program = readFilter(path);
  const instructions = program.length / INSTRUCTION_SIZE;
  if (instructions === 0 || !Number.isInteger(instructions)) return undefined;
  return { program, instructions, warnings: [] };
}

/** @throws NuncError */
function readFilter(path: string): Uint8Array {
  try {
    return new Uint8Array(readOwnBytes(path));
  } catch (cause) {
    throw new NuncError('state', `cannot read ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}
