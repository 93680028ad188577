// What an entry of config.json costs `nunc create` in instructions, for each series of the growth benchmark: exact
// where times are noise, so that what is not linear shows with a few hundred entries.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { countByCallgrind } from './callgrind.ts';
import { configOf, type Series } from './growth-series.ts';

/** Entries: none, some, and three times as many. */
const SIZES = [0, 100, 300] as const;
/** An entry behind the hundredth costs no more than one before it, but for what memory is asked for now and then. */
const TOLERANCE = 1.1;

export interface InstructionGrowth {
  readonly series: string;
  readonly entries: string;
  /** Of an entry: of the first hundred, and of those up to 300. */
  readonly first: number;
  readonly later: number;
}

interface Place {
  readonly directory: string;
  readonly cgroup: string;
  readonly cgroups: 'v1' | 'v2';
  readonly nunc: string;
}

/** @throws Error when create fails */
export function countGrowth(place: Place, { name, entries, change }: Series): InstructionGrowth {
  const { directory, cgroup, cgroups, nunc } = place;
  const bundle = `${directory}/growing`;
  const call = [nunc, '--root', `${directory}/state-growing`];
  mkdirSync(bundle, { recursive: true });
  const counts = SIZES.map((size) => {
    const plain = configOf(undefined, 0, { rootfs: `${directory}/rootfs`, cgroups, cgroupsPath: `${cgroup}/growing` });
    writeFileSync(`${bundle}/config.json`, JSON.stringify(change(plain, size)));
    const count = countByCallgrind([...call, 'create', '--bundle', bundle, 'growing'], `${directory}/logs-growing`);
    if (count === undefined) throw new Error(`cannot create a container with ${size} ${entries}`);
    spawnSync(nunc, [...call.slice(1), 'delete', '--force', 'growing'], { stdio: 'ignore' });
    return count;
  });
  const perEntry = (from: number): number => (
    ((counts[from + 1] ?? 0) - (counts[from] ?? 0)) / ((SIZES[from + 1] ?? 0) - (SIZES[from] ?? 0))
  );
  return { series: name, entries, first: Math.round(perEntry(0)), later: Math.round(perEntry(1)) };
}

export function isLinear({ first, later }: InstructionGrowth): boolean {
  return later <= first * TOLERANCE;
}
