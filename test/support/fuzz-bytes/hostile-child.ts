// A child that reports what a test wants: a shell in the place of stage 0. What nunc would kill is only noted, unless
// it is that shell or the process that stands for its init: a report can name any process of this machine.

import { readdirSync } from 'node:fs';
import { vi } from 'vitest';
import type { Ffi } from '../../../src/ffi/port.ts';
import { waitProcess } from '../../../src/ffi/system-calls.ts';
import { openPipes } from '../../../src/launch/ends.ts';
import { launchInit, launchProgram, type RequestHandlers } from '../../../src/launch/rendezvous.ts';
import { WNOHANG } from '../../../src/linux/constants.ts';
import { errno } from '../../../src/linux/errno.ts';
import { layDescriptors } from '../../../src/plan/descriptors.ts';
import type { Operation, Plan } from '../../../src/plan/operation.ts';
import { kernel } from '../library.ts';

const descriptors = layDescriptors({ preserveFds: 0, unified: false, channel: true, joined: [] });

/** Of the plan that was to be run; it has both stages. */
const OPERATIONS = 40;
const operations = Array.from({ length: OPERATIONS }, (_, i): Operation => ({
  kind: 'exit_group', args: [0], stage: i < 8 ? 'stage0' : 'init', origin: '', action: `do step ${i}`,
}));
const plan: Plan = { operations, memory: 0, report: descriptors.report };

export interface Launched {
  readonly pid?: number;
  readonly error?: unknown;
  /** Pids that were told to whoever writes maps and cgroups, and that were to be killed. */
  readonly touched: readonly number[];
  /** How many descriptors more this process has than before. */
  readonly leaked: number;
}

interface Hostility {
  /** Of the shell, whose descriptor 3 is the report, 4 the gate, 5 the channel; `$INIT` is the init's pid. */
  readonly script: string;
  readonly handlers?: RequestHandlers;
  readonly isExec?: boolean;
  /** The number of a system call that fails. */
  readonly failing?: number;
}

/** Starts a child of this process, which Node does not wait for. */
export function startChild(argv: readonly string[]): number {
  return kernel().spawn({ path: argv[0] ?? '', argv, envp: ['PATH=/usr/bin:/bin'], descriptors: [] });
}

export function endChildOf(pid: number): void {
  process.kill(pid, 'SIGKILL');
  waitProcess(kernel(), pid, 0);
}

function isThere(pid: number): boolean {
  return waitProcess(kernel(), pid, WNOHANG).pid === 0;
}

/** Launches a child that is not what it should be. @param init a child of this process that it may name */
export function launchHostile({ script, handlers = {}, isExec = false, failing }: Hostility, init: number): Launched {
  const before = readdirSync('/proc/self/fd').length;
  const touched: number[] = [];
  let stageZero = 0;
  const ffi: Ffi = {
    syscall: (number, ...args) => (number === failing ? -errno.EMFILE : kernel().syscall(number, ...args)),
    address: (memory) => kernel().address(memory),
    spawn: (request) => stageZero = kernel().spawn({
      ...request, path: '/bin/sh', argv: ['sh', '-c', script], envp: ['PATH=/usr/bin:/bin', `INIT=${init}`],
    }),
  };
  const kill = process.kill.bind(process);
  const spy = vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    if (pid === stageZero || pid === init) return kill(pid, signal);
    touched.push(pid);
    return true;
  });
  const note = (pid: number): void => { if (pid !== init) touched.push(pid); };
  let outcome: Pick<Launched, 'pid' | 'error'>;
  try {
    outcome = { pid: (isExec ? launchProgram : launchInit)(ffi, {
      compiled: { plan, descriptors, hasChannel: true },
      // Any open descriptor: it is not executed.
      executable: 0,
      ends: openPipes(kernel()),
      given: [],
      purpose: 'test',
      onPid: note,
      writeMaps: note,
      handlers,
    }) };
  } catch (error) {
    outcome = { error };
  } finally {
    spy.mockRestore();
  }
  if (stageZero > 0 && isThere(stageZero)) endChildOf(stageZero);
  return { ...outcome, touched, leaked: readdirSync('/proc/self/fd').length - before };
}
