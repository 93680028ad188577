// The growth benchmark inside the private namespaces: makes a bundle for each size of each series, and has every
// runtime make a container of each in every round.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Ffi } from '../../src/ffi/port.ts';
import type { GrowthResults, GrowthSeries, Point } from './growth-results.ts';
import { configOf, MOST_MOUNTS, MOUNT_SOURCE, MOUNT_TARGETS, SERIES, type Series } from './growth-series.ts';
import { mountInside } from './isolation.ts';
import { addSample, newSamples, rotate, settle } from './measure.ts';
import { type Measured, openRunner, type Runner } from './process.ts';
import type { RuntimeName, Samples } from './results.ts';
import { findProgram, makeRootfs } from './runtimes.ts';
import { describeMachine } from './session.ts';

/** Rounds in which caches fill; they don't count. */
const WARM_UP_ROUNDS = 1;
/** The series whose entries are containers that are there already. */
export const HOST_SERIES = { name: 'containers', entries: 'containers of its own', sizes: [0, 100, 250, 500] } as const;
const HOST_COMMANDS = ['create', 'state', 'list', 'delete'] as const;
const ID = 'bench';

export interface GrowthSession {
  readonly rounds: number;
  /** Names of series. */
  readonly series: readonly string[];
  readonly runtimes: readonly RuntimeName[];
  /** The nunc to measure, absolute. */
  readonly nunc: string;
  /** Where to work, and the cgroup to work below. */
  readonly directory: string;
  readonly cgroup: string;
  readonly progress: (what: string) => void;
}

interface Contestant {
  readonly name: RuntimeName;
  readonly version: string;
  /** The command line up to the command. */
  readonly call: readonly string[];
  /** Where its bundles are. */
  readonly directory: string;
  /** What its containers' cgroups are in. */
  readonly cgroup: string;
}

interface Stage {
  readonly runner: Runner;
  readonly contestants: readonly Contestant[];
  readonly rootfs: string;
  readonly cgroups: 'v1' | 'v2';
  readonly rounds: number;
}

/** Measures. @throws Error when a runtime fails in any command */
export function measureGrowth(ffi: Ffi, session: GrowthSession): GrowthResults {
  const { directory, rounds } = session;
  const cgroups = mountInside(ffi, directory);
  const busybox = findProgram('busybox');
  const rootfs = `${directory}/rootfs`;
  makeRootfs(rootfs, busybox);
  mkdirSync(rootfs + MOUNT_SOURCE);
  // All there beforehand: the root file system is read-only, and no runtime is to pay for what another has made.
  for (let i = 0; i < MOST_MOUNTS; i++) mkdirSync(`${rootfs}${MOUNT_TARGETS}/${i}`, { recursive: true });
  const contestants = session.runtimes.map((name) => prepare(name, session));
  const runner = openRunner(ffi, directory, [busybox, 'sh']);
  const stage: Stage = { runner, contestants, rootfs, cgroups, rounds };
  const series: GrowthSeries[] = [];
  for (const each of SERIES.filter(({ name }) => session.series.includes(name))) {
    session.progress(each.name);
    series.push(measureSeries(stage, each));
  }
  if (session.series.includes(HOST_SERIES.name)) series.push(...measureHost(stage, session.progress));
  const versions: Partial<Record<RuntimeName, string>> = {};
  for (const { name, version } of contestants) versions[name] = version;
  const machine = describeMachine(cgroups);
  return { format: 1, date: new Date().toISOString(), rounds, machine, versions, series };
}

function prepare(name: RuntimeName, { nunc, directory, cgroup }: GrowthSession): Contestant {
  const executable = name === 'nunc' ? nunc : findProgram(name);
  const own = `${directory}/${name}`;
  return {
    name,
    version: execFileSync(executable, ['--version'], { encoding: 'utf8' }).split('\n', 1)[0] ?? '',
    call: [executable, '--root', `${own}/state`],
    directory: own,
    cgroup: `${cgroup}/${name}`,
  };
}

interface Wanted {
  /** The plain bundle without. */
  readonly series?: Series;
  readonly size: number;
  readonly id: string;
}

/** @returns the bundle's path */
function makeBundle({ rootfs, cgroups }: Stage, contestant: Contestant, { series, size, id }: Wanted): string {
  const bundle = `${contestant.directory}/${series?.name ?? id}-${size}`;
  const config = configOf(series, size, { rootfs, cgroups, cgroupsPath: `${contestant.cgroup}/${id}` });
  mkdirSync(bundle, { recursive: true });
  writeFileSync(`${bundle}/config.json`, JSON.stringify(config, undefined, '\t'));
  return bundle;
}

function measureSeries(stage: Stage, series: Series): GrowthSeries {
  const { runner, contestants, rounds } = stage;
  const sizes = series.sizes.map((size) => ({
    point: { size, samples: newSamplesOf(contestants) },
    bundles: new Map(contestants.map((each) => [each, makeBundle(stage, each, { series, size, id: ID })])),
  }));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const { point, bundles } of sizes) {
      for (const contestant of rotate(contestants, round + WARM_UP_ROUNDS)) {
        const measured = create(stage, contestant, bundles.get(contestant) ?? '');
        remove(runner, contestant);
        if (round >= 0) add(point, contestant, measured);
      }
    }
  }
  const points = sizes.map(({ point }) => point);
  return { name: series.name, entries: series.entries, command: 'create', points };
}

function newSamplesOf(contestants: readonly Contestant[]): Partial<Record<RuntimeName, Samples>> {
  return Object.fromEntries(contestants.map(({ name }) => [name, newSamples()]));
}

function add({ samples }: Point, { name }: Contestant, measured: Measured): void {
  const own = samples[name];
  if (own !== undefined) addSample(own, measured);
}

function call(runner: Runner, contestant: Contestant, ...args: readonly string[]): Measured {
  settle();
  return runner.run([...contestant.call, ...args]);
}

/**
 * The container's process is not among the children that its runtime waits for, but what it has done up to here is its
 * runtime's work: most of it with crun, nearly nothing with nunc.
 */
function create({ runner }: Stage, contestant: Contestant, bundle: string, id = ID): Measured {
  const args = ['create', '--bundle', bundle, '--pid-file', pidFile(contestant, id), id];
  const { wall, cpu } = call(runner, contestant, ...args);
  return { wall, cpu: cpu + runner.cpuTime(pidOf(contestant, id)) };
}

function pidFile({ directory }: Contestant, id: string): string {
  return `${directory}/${id}.pid`;
}

function pidOf(contestant: Contestant, id: string): number {
  return Number(readFileSync(pidFile(contestant, id), 'latin1'));
}

/** Its process is ended without the runtime, which would take as long again. @returns what deletion takes */
function remove(runner: Runner, contestant: Contestant): Measured {
  const pid = pidOf(contestant, ID);
  process.kill(pid, 'SIGKILL');
  runner.reap(pid);
  return call(runner, contestant, 'delete', ID);
}

/** Created containers become more and more; at each size another one is made, looked at and deleted in every round. */
function measureHost(stage: Stage, progress: (what: string) => void): GrowthSeries[] {
  const { entries, name, sizes } = HOST_SERIES;
  const series = HOST_COMMANDS.map((command) => ({ name, entries, command, points: [] as Point[] }));
  let there = 0;
  for (const size of sizes) {
    progress(`${name}: ${size}`);
    for (; there < size; there++) {
      for (const contestant of stage.contestants) {
        const id = `there${there}`;
        create(stage, contestant, makeBundle(stage, contestant, { size: 0, id }), id);
      }
    }
    const points = measureOneMore(stage, size);
    for (const { command, points: all } of series) all.push(points[command]);
  }
  return series;
}

type HostPoints = Readonly<Record<(typeof HOST_COMMANDS)[number], Point>>;

function measureOneMore(stage: Stage, size: number): HostPoints {
  const { runner, contestants, rounds } = stage;
  const newPoint = (): Point => ({ size, samples: newSamplesOf(contestants) });
  const points: HostPoints = { create: newPoint(), state: newPoint(), list: newPoint(), delete: newPoint() };
  const bundles = new Map(contestants.map((each) => [each, makeBundle(stage, each, { size, id: ID })]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const contestant of rotate(contestants, round + WARM_UP_ROUNDS)) {
      const measured = {
        create: create(stage, contestant, bundles.get(contestant) ?? ''),
        state: call(runner, contestant, 'state', ID),
        list: call(runner, contestant, 'list'),
        delete: remove(runner, contestant),
      };
      if (round < 0) continue;
      for (const command of HOST_COMMANDS) add(points[command], contestant, measured[command]);
    }
  }
  return points;
}
