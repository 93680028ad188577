// The measuring itself: what every runtime does in a round, one after the other. Knows no output format.

import { readFileSync } from 'node:fs';
import type { Bundles } from './bundles.ts';
import type { ConsoleSocket } from './console.ts';
import type { Measured, Runner } from './process.ts';
import type { Command, Memory, Samples } from './results.ts';
import type { Runtime } from './runtimes.ts';
import { spreadOf } from './statistics.ts';

/** A container's namespaces are taken down by kernel threads after its end; their work is not the next command's. */
const SETTLE_MS = 4;
const MEMORY_ROUNDS = 5;
const ID = 'bench';

export interface Wanted {
  readonly commands: readonly Command[];
  readonly report: (command: Command, measured: Measured) => void;
  /** For containers with a terminal. */
  readonly console?: ConsoleSocket;
}

export interface Contestant {
  readonly runtime: Runtime;
  readonly bundles: Bundles;
}

export function newSamples(): Samples {
  return { wall: [], cpu: [] };
}

/** Adds one measurement, in hundredths of a millisecond: finer than they repeat. */
export function addSample(samples: Samples, { wall, cpu }: Measured): void {
  samples.wall.push(Math.round(wall * 100) / 100);
  samples.cpu.push(Math.round(cpu * 100) / 100);
}

/** In another order in each round, so that none always follows the same one. */
export function rotate<Item>(items: readonly Item[], round: number): readonly Item[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Runs a command of a runtime's, and waits until what it has set in motion has settled. */
export function runAndSettle(runner: Runner, { call }: Runtime, args: readonly string[]): Measured {
  const measured = runner.run([...call, ...args]);
  settle();
  return measured;
}

/** As measured, with the CPU time of a process that the command has not waited for. */
export function withCpu({ wall, cpu }: Measured, more: number): Measured {
  return { wall, cpu: cpu + more };
}

/**
 * One container's life with a process that stays until it is killed, then one `run` of a process that ends at once.
 * Commands that are not wanted are run only where a wanted one needs them.
 */
export function measureLife(runner: Runner, contestant: Contestant, wanted: Wanted): void {
  const { commands, report, console } = wanted;
  const { runtime, bundles } = contestant;
  const step = (command: Command, args: readonly string[], more: () => number = () => 0): void => {
    const measured = runAndSettle(runner, runtime, [command, ...args]);
    // Evaluated in any case: it is about what has happened.
    const cpu = more();
    if (commands.includes(command)) report(command, withCpu(measured, cpu));
  };
  const brief = console === undefined ? step : briefAtTerminal(runner, contestant, { step, console });
  if (commands.some((command) => command !== 'run')) {
    const terminal = console === undefined ? [] : ['--console-socket', console.path];
    // The init of a created container has done a part of the work; it does the last of it when start tells it to.
    let counted = 0;
    const init = (): number => {
      const [before, now] = [counted, runner.cpuTime(readPid(runtime.pidFile))];
      counted = now;
      return now - before;
    };
    step('create', ['--bundle', bundles.sleep, '--pid-file', runtime.pidFile, ...terminal, ID], init);
    // Open until the process has ended, as at a manager: it would be hung up.
    const hangUp = console?.take();
    if (commands.includes('state')) step('state', [ID]);
    if (commands.includes('list')) step('list', []);
    step('start', [ID], init);
    if (commands.includes('exec')) brief('exec', [...(console === undefined ? [] : ['--tty']), ID, '/bin/true']);
    step('kill', [ID, 'KILL']);
    runner.reap(readPid(runtime.pidFile));
    hangUp?.();
    step('delete', [ID]);
  }
  if (!commands.includes('run')) return;
  brief('run', ['--bundle', bundles.true, ID]);
  if (console !== undefined) runAndSettle(runner, runtime, ['delete', ID]);
}

type Step = (command: Command, args: readonly string[], more?: () => number) => void;

/** A command whose process gets a terminal and ends at once: detached, as runc wants it with a console socket. */
function briefAtTerminal(
  runner: Runner,
  { runtime }: Contestant,
  { step, console }: { readonly step: Step; readonly console: ConsoleSocket },
): Step {
  const pidFile = `${runtime.pidFile}-brief`;
  const options = ['--detach', '--console-socket', console.path, '--pid-file', pidFile];
  return (command, args) => step(command, [...options, ...args], () => {
    const hangUp = console.take();
    const cpu = runner.reap(readPid(pidFile));
    hangUp();
    return cpu;
  });
}

/** One run of a file that is a container, or of any other program. */
export function measureProgram(runner: Runner, argv: readonly string[]): Measured {
  const measured = runner.run(argv);
  settle();
  return measured;
}

/** What a created container and the commands that make one cost in memory. */
export function measureMemory(runner: Runner, { runtime, bundles }: Contestant): Memory {
  const peaks = { create: [] as number[], run: [] as number[] };
  const init = { rss: [] as number[], pss: [] as number[] };
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    const create = ['create', '--bundle', bundles.sleep, '--pid-file', runtime.pidFile, ID];
    peaks.create.push(runner.peakMemory([...runtime.call, ...create]));
    const pid = readPid(runtime.pidFile);
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    init.rss.push(kibibytes(rollup, 'Rss'));
    init.pss.push(kibibytes(rollup, 'Pss'));
    runner.run([...runtime.call, 'kill', ID, 'KILL']);
    runner.reap(pid);
    runner.run([...runtime.call, 'delete', ID]);
    peaks.run.push(runner.peakMemory([...runtime.call, 'run', '--bundle', bundles.true, ID]));
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

export function readPid(file: string): number {
  return Number(readFileSync(file, 'latin1'));
}

/** A line `Name:   123 kB` of proc_pid_smaps(5). */
function kibibytes(rollup: string, name: string): number {
  const value = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(rollup)?.[1];
  if (value === undefined) throw new Error(`smaps_rollup has no ${name}`);
  return Number(value);
}
