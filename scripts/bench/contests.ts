// One way of measuring for each scenario: what is made before the rounds, what a round is, what is cleared away after.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Spec } from '../../src/config/types.ts';
import type { Ffi } from '../../src/ffi/port.ts';
import { type Bundles, makeBundle, makeBundles, mountOverlay, SLEEP } from './bundles.ts';
import { scenarioConfig, smallConfig } from './configs.ts';
import { listenForConsoles } from './console.ts';
import { measureLife, readPid, runAndSettle, settle, type Wanted, withCpu } from './measure.ts';
import type { Runner } from './process.ts';
import type { Command, ScenarioName } from './results.ts';
import type { Runtime } from './runtimes.ts';

/** How many of the crowd are made at once: enough for the processors, few enough for runc's memory. */
const MADE_AT_ONCE = 8;
const ID = 'bench';

export interface Contest {
  /** What one runtime does in a round. */
  readonly measure: (runtime: Runtime, wanted: Wanted) => void;
  /** Leaves no container. */
  readonly end: () => void;
}

export interface Arena {
  readonly ffi: Ffi;
  readonly runner: Runner;
  readonly runtimes: readonly Runtime[];
  readonly directory: string;
  readonly cgroups: 'v1' | 'v2';
  readonly busybox: string;
}

/** @param containers how many at once, where the scenario is about that */
export function openContest(arena: Arena, scenario: ScenarioName, containers: number): Contest {
  switch (scenario) {
    case 'plain':
    case 'docker':
    case 'mounts':
      return openLives(arena, scenario);
    case 'overlay':
      mountOverlay(arena.ffi, arena.directory, arena.busybox);
      return openLives(arena, scenario);
    case 'terminal':
      return openTerminalLives(arena);
    case 'exec':
      return openExecs(arena);
    case 'parallel':
      return openParallel(arena, containers);
    case 'many':
      return openAmongMany(arena, containers);
  }
}

/** The bundles of each runtime. */
function bundlesFor(arena: Arena, scenario: ScenarioName): (runtime: Runtime) => Bundles {
  const config = scenarioConfig(scenario, arena);
  const bundles = new Map(arena.runtimes.map((runtime) => [runtime, makeBundles(runtime, scenario, config)]));
  return (runtime) => bundles.get(runtime) ?? makeBundles(runtime, scenario, config);
}

function openLives(arena: Arena, scenario: ScenarioName): Contest {
  const bundlesOf = bundlesFor(arena, scenario);
  return {
    measure: (runtime, wanted) => measureLife(arena.runner, { runtime, bundles: bundlesOf(runtime) }, wanted),
    end: () => undefined,
  };
}

function openTerminalLives(arena: Arena): Contest {
  const lives = openLives(arena, 'terminal');
  const console = listenForConsoles(arena.ffi, `${arena.directory}/console`);
  return {
    measure: (runtime, wanted) => lives.measure(runtime, { ...wanted, console }),
    end: console.close,
  };
}

/** Into one container of each runtime, which is there all the time. */
function openExecs(arena: Arena): Contest {
  const { runner, runtimes, directory } = arena;
  const bundlesOf = bundlesFor(arena, 'exec');
  const process = `${directory}/process.json`;
  writeFileSync(process, JSON.stringify({ ...scenarioConfig('exec', arena).process, args: ['/bin/true'] }));
  for (const runtime of runtimes) {
    const create = ['create', '--bundle', bundlesOf(runtime).sleep, '--pid-file', runtime.pidFile, ID];
    runner.run([...runtime.call, ...create]);
    runner.run([...runtime.call, 'start', ID]);
  }
  return {
    measure: (runtime, { commands, report }) => {
      if (commands.includes('exec')) report('exec', runAndSettle(runner, runtime, ['exec', ID, '/bin/true']));
      if (!commands.includes('exec --detach')) return;
      const pidFile = `${runtime.pidFile}-exec`;
      const detached = ['exec', '--detach', '--process', process, '--pid-file', pidFile, ID];
      const measured = runAndSettle(runner, runtime, detached);
      report('exec --detach', withCpu(measured, runner.reap(readPid(pidFile))));
    },
    end: () => {
      for (const runtime of runtimes) {
        runner.run([...runtime.call, 'kill', ID, 'KILL']);
        runner.reap(readPid(runtime.pidFile));
        runner.run([...runtime.call, 'delete', ID]);
      }
    },
  };
}

/** Containers of one runtime, each with a bundle and a cgroup of its own. */
interface Crowd {
  readonly ids: readonly string[];
  readonly creates: readonly (readonly string[])[];
  readonly pidFiles: readonly string[];
}

function planCrowd(runtime: Runtime, name: string, { config, size }: { config: Spec; size: number }): Crowd {
  const base = `${runtime.directory}/${name}`;
  const ids = Array.from({ length: size }, (_, i) => `${name}-${i}`);
  const pidFiles = ids.map((id) => `${base}/${id}.pid`);
  const creates = ids.map((id, i) => {
    const bundle = makeBundle(`${base}/${id}`, { config, args: SLEEP, cgroup: `${runtime.cgroup}/${id}` });
    return [...runtime.call, 'create', '--bundle', bundle, '--pid-file', pidFiles[i] ?? '', id];
  });
  return { ids, creates, pidFiles };
}

function openParallel(arena: Arena, size: number): Contest {
  const { runner, runtimes } = arena;
  const config = scenarioConfig('parallel', arena);
  const crowds = new Map(runtimes.map((runtime) => [runtime, planCrowd(runtime, 'parallel', { config, size })]));
  return {
    measure: (runtime, { commands, report }) => {
      const crowd = crowds.get(runtime);
      if (crowd === undefined) return;
      const step = (command: Command, argvs: readonly (readonly string[])[], more: () => number = () => 0): void => {
        const measured = runner.runTogether(argvs);
        settle();
        if (commands.includes(command)) report(command, withCpu(measured, more()));
      };
      const inits = (): number => crowd.pidFiles.reduce((sum, file) => sum + runner.cpuTime(readPid(file)), 0);
      step('create', crowd.creates, inits);
      step('kill', crowd.ids.map((id) => [...runtime.call, 'kill', id, 'KILL']));
      for (const file of crowd.pidFiles) runner.reap(readPid(file));
      step('delete', crowd.ids.map((id) => [...runtime.call, 'delete', id]));
    },
    end: () => undefined,
  };
}

function openAmongMany(arena: Arena, size: number): Contest {
  const { runner, runtimes } = arena;
  const config = smallConfig(arena);
  const crowds = runtimes.map((runtime) => planCrowd(runtime, 'many', { config, size }));
  for (const { creates } of crowds) runner.runTogether(creates, MADE_AT_ONCE);
  const lives = openLives(arena, 'many');
  return {
    measure: lives.measure,
    // Without the runtimes: what they keep of containers is below the directories that go, and the cgroups go last of
    // all.
    end: () => {
      const pids = crowds.flatMap(({ pidFiles }) => pidFiles.map(readPid));
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      for (const pid of pids) runner.reap(pid);
      for (const { directory } of runtimes) {
        rmSync(`${directory}/state`, { recursive: true });
        mkdirSync(`${directory}/state`);
      }
    },
  };
}
