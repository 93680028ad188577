// The measuring itself: rounds in which every runtime does the same, one after the other. Knows no output format.

import { readFileSync } from 'node:fs';
import type { Measured, Runner } from './process.ts';
import type { Command, Memory, Samples } from './results.ts';
import type { Runtime } from './runtimes.ts';
import { spreadOf } from './statistics.ts';

/** A container's namespaces are taken down by kernel threads after its end; their work is not the next command's. */
const SETTLE_MS = 4;
const MEMORY_ROUNDS = 5;
const ID = 'bench';

interface Wanted {
  readonly commands: readonly Command[];
  readonly report: (command: Command, measured: Measured) => void;
}

export function newSamples(): Samples {
  return { wall: [], cpu: [] };
}

/** Adds one measurement, in whole microseconds. */
export function addSample(samples: Samples, { wall, cpu }: Measured): void {
  samples.wall.push(Math.round(wall * 1000) / 1000);
  samples.cpu.push(Math.round(cpu * 1000) / 1000);
}

/** In another order in each round, so that none always follows the same one. */
export function rotate<Item>(items: readonly Item[], round: number): readonly Item[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/**
 * One container's life with a process that stays until it is killed, then one `run` of a process that ends at once.
 * Commands that are not wanted are run only where a wanted one needs them.
 */
export function measureLife(runner: Runner, runtime: Runtime, { commands, report }: Wanted): void {
  const step = (command: Command, ...args: readonly string[]): void => {
    settle();
    const measured = runner.run([...runtime.call, command, ...args]);
    if (commands.includes(command)) report(command, measured);
  };
  if (commands.some((command) => command !== 'run')) {
    step('create', '--bundle', runtime.bundles.sleep, '--pid-file', runtime.pidFile, ID);
    if (commands.includes('state')) step('state', ID);
    step('start', ID);
    step('kill', ID, 'KILL');
    runner.reap(readPid(runtime));
    step('delete', ID);
  }
  if (commands.includes('run')) step('run', '--bundle', runtime.bundles.true, ID);
}

/** One run of a file that is a container. */
export function measureCompiled(runner: Runner, file: string): Measured {
  settle();
  return runner.run([file]);
}

/** What a created container and the commands that make one cost in memory. */
export function measureMemory(runner: Runner, runtime: Runtime): Memory {
  const peaks = { create: [] as number[], run: [] as number[] };
  const init = { rss: [] as number[], pss: [] as number[] };
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    const create = ['create', '--bundle', runtime.bundles.sleep, '--pid-file', runtime.pidFile, ID];
    peaks.create.push(runner.peakMemory([...runtime.call, ...create]));
    const pid = readPid(runtime);
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    init.rss.push(kibibytes(rollup, 'Rss'));
    init.pss.push(kibibytes(rollup, 'Pss'));
    runner.run([...runtime.call, 'kill', ID, 'KILL']);
    runner.reap(pid);
    runner.run([...runtime.call, 'delete', ID]);
    peaks.run.push(runner.peakMemory([...runtime.call, 'run', '--bundle', runtime.bundles.true, ID]));
  }
  return {
    initRss: spreadOf(init.rss).median,
    initPss: spreadOf(init.pss).median,
    createPeak: spreadOf(peaks.create).median,
    runPeak: spreadOf(peaks.run).median,
  };
}

export function settle(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS);
}

function readPid(runtime: Runtime): number {
  return Number(readFileSync(runtime.pidFile, 'latin1'));
}

/** A line `Name:   123 kB` of proc_pid_smaps(5). */
function kibibytes(rollup: string, name: string): number {
  const value = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(rollup)?.[1];
  if (value === undefined) throw new Error(`smaps_rollup has no ${name}`);
  return Number(value);
}
