// A whole benchmark, inside the private namespaces: prepares the runtimes, measures them scenario by scenario and round
// by round, and says what they were measured on.

import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import type { Ffi } from '../../src/ffi/port.ts';
import { must, numbers } from '../../src/ffi/system-calls.ts';
import { compileBundle, makeBundles, makeFiles } from './bundles.ts';
import { scenarioConfig } from './configs.ts';
import { type Arena, openContest } from './contests.ts';
import { mountInside } from './isolation.ts';
import { addSample, measureMemory, measureProgram, newSamples, rotate } from './measure.ts';
import { openRunner } from './process.ts';
import type { Command, Machine, Measurements, Memory, Results, RuntimeName, ScenarioName } from './results.ts';
import { findProgram, prepareRuntime, type Runtime } from './runtimes.ts';
import { scenarios } from './scenarios.ts';

const POSIX_FADV_DONTNEED = 4;

export interface Session {
  readonly scenarios: readonly ScenarioName[];
  /** In place of each scenario's own number. */
  readonly rounds: number | undefined;
  /** Likewise, for the scenarios that are about containers at once. */
  readonly containers: number | undefined;
  readonly commands: readonly Command[];
  readonly runtimes: readonly RuntimeName[];
  /** The nunc to measure, absolute. */
  readonly nunc: string;
  /** Where to work, and the cgroup to work below. */
  readonly directory: string;
  readonly cgroup: string;
  /** Called with what is being done. */
  readonly progress: (what: string) => void;
}

/** Measures. @throws Error when a runtime fails in any command, or when there is nothing to measure */
export function measureAll(ffi: Ffi, session: Session): Results {
  const { directory } = session;
  const cgroups = mountInside(ffi, directory);
  const busybox = findProgram('busybox');
  makeFiles(directory, busybox);
  const runtimes = session.runtimes.map((name) => {
    const executable = name === 'nunc' ? session.nunc : findProgram(name);
    readAgain(ffi, executable);
    return prepareRuntime(name, executable, session);
  });
  const runner = openRunner(ffi, directory, [busybox, 'sh']);
  const arena: Arena = { ffi, runner, runtimes, directory, cgroups, busybox };
  const found: Partial<Record<ScenarioName, Measurements>> = {};
  let memory: Results['memory'] = {};
  for (const name of session.scenarios) {
    const commands = scenarios[name].commands.filter((command) => session.commands.includes(command));
    if (commands.length === 0) continue;
    found[name] = measureScenario(arena, session, { name, commands });
    // At once: what other scenarios leave behind (cgroups) is not to count.
    if (name === 'plain') memory = measureMemories(arena);
  }
  if (Object.keys(found).length === 0) throw new Error('nothing to measure: the scenarios have none of the commands');
  return {
    format: 2,
    date: new Date().toISOString(),
    machine: describeMachine(cgroups),
    versions: Object.fromEntries(runtimes.map(({ name, version }) => [name, version])),
    commits: Object.fromEntries(runtimes.flatMap(({ name, commit }) => (commit === undefined ? [] : [[name, commit]]))),
    scenarios: found,
    memory,
  };
}

function measureMemories(arena: Arena): Partial<Record<RuntimeName, Memory>> {
  const config = scenarioConfig('plain', arena);
  return Object.fromEntries(arena.runtimes.map((runtime) => {
    const bundles = makeBundles(runtime, 'memory', config);
    return [runtime.name, measureMemory(arena.runner, { runtime, bundles })];
  }));
}

/**
 * Has the page cache hold a file as one reading from the start leaves it. In pieces as page faults happened to ask for
 * them, or as its builder wrote it, the same executable starts up to 1.5 ms slower: fewer pages fit into a large folio.
 */
function readAgain(ffi: Ffi, path: string): void {
  const descriptor = openSync(path, 'r');
  // Only clean pages can be dropped.
  fsyncSync(descriptor);
  must(ffi.syscall(numbers.fadvise64, descriptor, 0, 0, POSIX_FADV_DONTNEED), `drop "${path}" from the page cache`);
  closeSync(descriptor);
  readFileSync(path);
}

interface Wanted {
  readonly name: ScenarioName;
  readonly commands: readonly Command[];
}

function measureScenario(arena: Arena, session: Session, { name, commands }: Wanted): Measurements {
  const scenario = scenarios[name];
  const rounds = session.rounds ?? scenario.rounds;
  const containers = scenario.containers === undefined ? undefined : session.containers ?? scenario.containers;
  session.progress(`${name}: preparing`);
  const contest = openContest(arena, name, containers ?? 0);
  const beside = name === 'plain' ? programsBeside(arena, commands) : [];
  const samples: Measurements['samples'] = {};
  for (let round = -scenario.warmUp; round < rounds; round++) {
    session.progress(`${name}: round ${Math.max(round + 1, 0)} of ${rounds}`);
    const counts = round >= 0;
    for (const runtime of rotate(arena.runtimes, round + scenario.warmUp)) {
      contest.measure(runtime, {
        commands,
        report: (command, measured) => {
          if (counts) addSample(((samples[command] ??= {})[runtime.name] ??= newSamples()), measured);
        },
      });
    }
    for (const program of beside) {
      const measured = measureProgram(arena.runner, program.argv);
      if (counts) addSample(program.samples, measured);
    }
  }
  contest.end();
  return {
    rounds,
    ...(containers === undefined ? {} : { containers }),
    samples,
    ...Object.fromEntries(beside.map((program) => [program.name, program.samples])),
  };
}

interface Program {
  readonly name: 'floor' | 'compiled';
  readonly argv: readonly string[];
  readonly samples: Measurements['floor'] & object;
}

/** What is run once a round, beside the runtimes: a program that does nothing, and a container that is a file. */
function programsBeside(arena: Arena, commands: readonly Command[]): Program[] {
  const programs: Program[] = [{ name: 'floor', argv: [arena.busybox, 'true'], samples: newSamples() }];
  const nunc: Runtime | undefined = arena.runtimes.find(({ name }) => name === 'nunc');
  if (nunc !== undefined && commands.includes('run')) {
    const bundles = makeBundles(nunc, 'compiled', scenarioConfig('plain', arena));
    programs.push({ name: 'compiled', argv: [compileBundle(nunc, bundles.true)], samples: newSamples() });
  }
  return programs;
}

export function describeMachine(cgroups: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    cgroups,
  };
}
