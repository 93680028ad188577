// A whole benchmark, inside the private namespaces: prepares the runtimes, measures them round by round, and says what
// they were measured on.

import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import type { Ffi } from '../../src/ffi/port.ts';
import { must } from '../../src/ffi/system-calls.ts';
import { syscalls } from '../../src/linux/syscalls.ts';
import { mountInside } from './isolation.ts';
import { addSample, measureCompiled, measureLife, measureMemory, newSamples, rotate } from './measure.ts';
import { openRunner, type Runner } from './process.ts';
import type { Command, Machine, Memory, Results, RuntimeName } from './results.ts';
import { compileTrue, findProgram, makeRootfs, prepareRuntime, type Runtime } from './runtimes.ts';

/** Rounds in which caches fill; they don't count. */
const WARM_UP_ROUNDS = 2;
const POSIX_FADV_DONTNEED = 4;

export interface Session {
  readonly rounds: number;
  readonly commands: readonly Command[];
  readonly runtimes: readonly RuntimeName[];
  /** The nunc to measure, absolute. */
  readonly nunc: string;
  /** Where to work, and the cgroup to work below. */
  readonly directory: string;
  readonly cgroup: string;
  /** Called after each round with the number of those that are done. */
  readonly progress: (rounds: number) => void;
}

/** Measures. @throws Error when a runtime fails in any command */
export function measureAll(ffi: Ffi, session: Session): Results {
  const { directory, cgroup, rounds } = session;
  const cgroups = mountInside(ffi, directory);
  const busybox = findProgram('busybox');
  makeRootfs(`${directory}/rootfs`, busybox);
  const runtimes = session.runtimes.map((name) => {
    const executable = name === 'nunc' ? session.nunc : findProgram(name);
    readAgain(ffi, executable);
    return prepareRuntime(name, executable, { directory, cgroup, cgroups });
  });
  const runner = openRunner(ffi, directory, [busybox, 'sh']);
  const nunc = session.commands.includes('run') ? runtimes.find(({ name }) => name === 'nunc') : undefined;
  const compiled = nunc === undefined ? undefined : compileTrue(nunc);
  const times = measureRounds(runner, session, { runtimes, compiled, empty: [busybox, 'true'] });
  const memory: Partial<Record<RuntimeName, Memory>> = {};
  const versions: Partial<Record<RuntimeName, string>> = {};
  for (const runtime of runtimes) {
    memory[runtime.name] = measureMemory(runner, runtime);
    versions[runtime.name] = runtime.version;
  }
  const machine = describeMachine(cgroups);
  return { format: 1, date: new Date().toISOString(), rounds, machine, versions, ...times, memory };
}

/**
 * Has the page cache hold a file as one reading from the start leaves it. In pieces as page faults happened to ask for
 * them, or as its builder wrote it, the same executable starts up to 1.5 ms slower: fewer pages fit into a large folio.
 */
function readAgain(ffi: Ffi, path: string): void {
  const numbers = process.arch === 'arm64' ? syscalls.aarch64 : syscalls.x86_64;
  const descriptor = openSync(path, 'r');
  // Only clean pages can be dropped.
  fsyncSync(descriptor);
  must(ffi.syscall(numbers.fadvise64, descriptor, 0, 0, POSIX_FADV_DONTNEED), `drop "${path}" from the page cache`);
  closeSync(descriptor);
  readFileSync(path);
}

interface Contestants {
  readonly runtimes: readonly Runtime[];
  /** A file that is a container. */
  readonly compiled: string | undefined;
  /** A command line that does nothing. */
  readonly empty: readonly string[];
}

type Times = Pick<Results, 'samples' | 'floor' | 'compiled'>;

function measureRounds(runner: Runner, session: Session, contestants: Contestants): Times {
  const { commands, rounds } = session;
  const samples: Results['samples'] = {};
  const [floor, compiled] = [newSamples(), newSamples()];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const counts = round >= 0;
    const nothing = runner.run(contestants.empty);
    if (counts) addSample(floor, nothing);
    for (const runtime of rotate(contestants.runtimes, round + WARM_UP_ROUNDS)) {
      measureLife(runner, runtime, {
        commands,
        report: (command, measured) => {
          if (counts) addSample(((samples[command] ??= {})[runtime.name] ??= newSamples()), measured);
        },
      });
    }
    if (contestants.compiled !== undefined) {
      const measured = measureCompiled(runner, contestants.compiled);
      if (counts) addSample(compiled, measured);
    }
    session.progress(Math.max(round + 1, 0));
  }
  return { samples, floor, ...(contestants.compiled === undefined ? {} : { compiled }) };
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
