// exec when things go wrong: every operation of its plan fails once, every system call of the command itself, the
// command is killed at any moment, and the container ends while a process joins. Nothing is left, and the container is
// none the worse for it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Process } from '../../src/config/types.ts';
import type { ExecRequest } from '../../src/container/exec.ts';
import { NuncError } from '../../src/error.ts';
import { waitProcess } from '../../src/ffi/system-calls.ts';
import { WNOHANG } from '../../src/linux/constants.ts';
import { errno } from '../../src/linux/errno.ts';
import type { Operation } from '../../src/plan/operation.ts';
import { type Bundle, type BundleSpec, cgroupParent, makeBundle, mapUsers } from '../support/bundle.ts';
import { exec, execAsk, startHost } from '../support/exec.ts';
import { execAsLibrary } from '../support/exec-library.ts';
import { type Holdings, holdings, kernel, reapUnknown } from '../support/library.ts';
import { endProcess, eventually, startBundle, stateOf, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { startRuntime } from '../support/runtime.ts';
import { altering, cannotFail, failing, faultyFfi } from '../support/tampering.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const TIMEOUT = 300_000;
const ARGS = ['sleep', '1000'];

interface Attempt {
  readonly error?: unknown;
}

/** Executes a process, and ends it when it has come to be. */
async function attempt(bundle: Bundle, options: {
  readonly alterPlan?: ExecRequest['alterPlan'];
  readonly process?: Partial<Process>;
  readonly ffi?: ReturnType<typeof kernel>;
}): Promise<Attempt> {
  const { alterPlan, process: changes = {}, ffi } = options;
  const pidFile = join(bundle.directory, 'attempt-pid');
  const request = { pidFile, ...(alterPlan === undefined ? {} : { alterPlan }) };
  try {
    await execAsLibrary({ bundle, args: ARGS, process: changes, request, ...(ffi === undefined ? {} : { ffi }) });
  } catch (error) {
    return { error };
  }
  const pid = Number(readFileSync(pidFile, 'utf8'));
  endProcess(pid);
  waitProcess(kernel(), pid, 0);
  return {};
}

/** What of an attempt is left in the test's process and in the container. */
async function remains(bundle: Bundle, before: Holdings): Promise<string[]> {
  const after = holdings();
  const pids = JSON.parse(await succeed(['ps', '--format', 'json', bundle.id])) as number[];
  return [
    ...after.children.filter((pid) => !before.children.includes(pid)).map((pid) => `child ${pid}`),
    ...pids.slice(1).map((pid) => `in the container: ${pid}`),
    ...after.descriptors === before.descriptors ? [] : [`${after.descriptors - before.descriptors} descriptors more`],
  ];
}

function enrich(spec: BundleSpec): void {
  mapUsers(spec);
  spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['swapon'], action: 'SCMP_ACT_ERRNO' }] };
  spec.linux.personality = { domain: 'LINUX' };
  spec.process.oomScoreAdj = 500;
  spec.process.scheduler = { policy: 'SCHED_BATCH' };
  spec.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 5 };
  spec.process.execCPUAffinity = { initial: '0', final: '0' };
}

const plans: readonly { name: string; change: (spec: BundleSpec) => void; process?: Partial<Process> }[] = [
  { name: 'of the default config', change: () => undefined },
  {
    name: 'of a config with a user namespace and all that a plan can have',
    change: enrich,
    process: { user: { uid: 1000, gid: 1000, additionalGids: [5], umask: 0o27 }, env: ['PATH=/x:/bin'] },
  },
];

describe('a failure of each operation', () => {
  for (const { name, change, process: changes = {} } of plans) {
    test(`${name} is told and leaves nothing`, async () => {
      const bundle = await startHost(change);
      const watch = watchHost(bundle);
      let operations: readonly Operation[] = [];
      const alterPlan = altering((original) => [...operations = original]);
      expect(await attempt(bundle, { alterPlan, process: changes })).toEqual({});
      const birth = operations.findIndex(({ kind }) => kind === 'clone3');
      const before = holdings();
      let failed = 0;
      for (const [index, operation] of operations.entries()) {
        if (cannotFail(operation)) continue;
        const { error } = await attempt(bundle, { alterPlan: failing(index), process: changes });
        const what = `operation ${index}: ${operation.kind}, ${operation.action}`;
        if (error !== undefined) {
          failed += 1;
          expect(error, what).toBeInstanceOf(NuncError);
          const subject = operation.action.startsWith('exec: ') ? operation.action : `cannot ${operation.action}`;
          const message = error instanceof Error ? error.message : '';
          expect(message, what).toContain(`${subject}: input/output error (operation `);
        }
        // Stage 0 could not tell of the process: one that has ended by itself is left to whoever inherits it.
        if (operation.stage === 'stage0' && index > birth) {
          await eventually(() => {
            reapUnknown();
            return holdings().children;
          }, (children) => children.every((pid) => before.children.includes(pid)));
        }
        if (index % 10 === 0) expect(await remains(bundle, before), what).toEqual([]);
      }
      expect(await remains(bundle, before)).toEqual([]);
      // The rest are branches that were not taken.
      expect(failed).toBeGreaterThan(operations.filter((operation) => !cannotFail(operation)).length * 0.6);
      await watch.nothingLeft();
      expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    }, TIMEOUT);
  }
});

/** A failure of these need not be one of the command. */
const REDUNDANT = new Set(['wait4', 'ppoll', 'fcntl', 'prlimit64']);

test('a failure of each system call of exec itself is told and leaves nothing', async () => {
  const bundle = await startHost();
  const watch = watchHost(bundle);
  const counting = faultyFfi(-1);
  expect(await attempt(bundle, { ffi: counting.ffi })).toEqual({});
  for (const name of ['pidfd_open', 'pipe2', 'memfd_create', 'spawn', 'wait4']) expect(counting.calls).toContain(name);
  const before = holdings();
  for (const target of counting.calls.keys()) {
    const { ffi, fault } = faultyFfi(target);
    const { error } = await attempt(bundle, { ffi });
    const name = fault()?.name ?? '';
    if (error === undefined) expect([...REDUNDANT, ''], `call ${target}, ${name}`).toContain(name);
    else expect(error, `call ${target}, ${name}`).toBeInstanceOf(NuncError);
    reapUnknown();
    expect(await remains(bundle, before), `call ${target}, ${name}`).toEqual([]);
  }
  await watch.nothingLeft();
}, TIMEOUT);

describe('exec is killed', () => {
  test('at any moment: only the user\'s program can be left, and the container is as before', async () => {
    const bundle = await startHost();
    const { pid: init } = await stateOf(bundle.id);
    const begun = performance.now();
    await exec(bundle, ['true']);
    const window = performance.now() - begun;
    let survivors = 0;
    for (let round = 0; round < 60; round++) {
      const running = startRuntime(['exec', bundle.id, 'sleep', '3000']);
      await delay(window * round / 50);
      running.child.kill('SIGKILL');
      await running.ended;
      // What is to die with the command does so at once, but not at the same time.
      const left = await eventually(() => programsOf(bundle, init), (programs) =>
        programs.every(({ words }) => words === 'sleep 3000'));
      for (const { pid } of left) endProcess(pid);
      survivors += left.length;
      await eventually(() => programsOf(bundle, init), (programs) => programs.length === 0);
    }
    expect(survivors).toBeGreaterThan(0);
    expect(survivors).toBeLessThan(60);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running', pid: init });
    expect(await execAsk(bundle, 'echo alive')).toBe('alive');
    await succeed(['delete', '--force', bundle.id]);
  }, TIMEOUT);

  test('and so are many at once, while others go on', async () => {
    const bundle = makeBundle({ args: ARGS });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    const { pid: init } = await stateOf(bundle.id);
    const running = Array.from({ length: 20 }, (_, i) => {
      const argv = i % 2 === 0 ? ['sleep', '3000'] : ['echo', String(i)];
      return startRuntime(['exec', bundle.id, ...argv], { timeout: 60_000 });
    });
    await delay(150);
    for (const [i, { child }] of running.entries()) if (i % 2 === 0) child.kill('SIGKILL');
    for (const [i, { ended }] of running.entries()) {
      const { status, stdout } = await ended;
      if (i % 2 === 1) expect({ status, stdout }).toEqual({ status: 0, stdout: `${i}\n` });
    }
    await eventually(() => programsOf(bundle, init), (programs) =>
      programs.every(({ words }) => words === 'sleep 3000'));
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  }, TIMEOUT);
});

interface Program {
  readonly pid: number;
  readonly words: string;
}

/** What runs in the container besides its init. */
function programsOf({ spec }: Bundle, init: number): Program[] {
  const own = spec.linux.cgroupsPath ?? '';
  const found: Program[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === init) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim();
      const zombie = readFileSync(`/proc/${name}/stat`, 'utf8').includes(' Z ');
      const cgroup = readFileSync(`/proc/${name}/cgroup`, 'utf8');
      const inside = cgroup.includes(own) || words.includes('nunc-init') && cgroup.includes(cgroupParent);
      if (inside && !zombie) found.push({ pid: Number(name), words });
    } catch {
      // It has gone.
    }
  }
  return found;
}

describe('the container ends while a process joins', () => {
  test('before its namespaces are joined, and at every later step', async () => {
    let wanted = 0;
    let steps = Infinity;
    for (; wanted < steps; wanted += 12) {
      const bundle = makeBundle({ args: ARGS });
      const watch = watchHost(bundle);
      await startBundle(bundle);
      const { pid: init } = await stateOf(bundle.id);
      const opened = holdings();
      // The process itself kills the init: nothing could be more in time.
      const alterPlan = altering((operations) => {
        steps = operations.length;
        const at = operations[wanted];
        if (at === undefined || at.kind === 'label') return [...operations];
        const { stage, origin, action } = at;
        const target = stage === 'stage0' ? init : 1;
        const kill: Operation = { kind: 'kill', args: [target, 9], tolerate: [errno.ESRCH], stage, origin, action };
        return [...operations.slice(0, wanted), kill, ...operations.slice(wanted)];
      });
      const { error } = await attempt(bundle, { alterPlan });
      if (error !== undefined) {
        expect(error, String(wanted)).toBeInstanceOf(NuncError);
        expect(error instanceof Error ? error.message : '', String(wanted)).toMatch(/^cannot |^container/);
      }
      reapUnknown();
      expect(holdings().children).toEqual(opened.children);
      if (error === undefined) endProcess(init);
      await untilStatus(bundle.id, 'stopped');
      await succeed(['delete', bundle.id]);
      await watch.nothingLeft();
    }
  }, TIMEOUT);

  test('and exec says so', async () => {
    const bundle = await startHost();
    const { pid: init } = await stateOf(bundle.id);
    const file = join(bundle.directory, 'attempt-pid');
    const killing = altering((operations) => operations.flatMap((operation): Operation[] => {
      const { stage, origin, action } = operation;
      const ends = operation.kind === 'setns' && stage === 'stage0';
      const kill: Operation = { kind: 'kill', args: [init, 9], stage, origin, action };
      return ends ? [kill, ...slowStep(operation), operation] : [operation];
    }));
    const error = await execAsLibrary({ bundle, args: ARGS, request: { alterPlan: killing, pidFile: file } })
      .then(() => undefined, (cause: unknown) => cause);
    expect(error).toBeInstanceOf(NuncError);
    expect(error instanceof Error ? error.message : '').toMatch(/no such process|killed|cannot/);
    expect(waitProcess(kernel(), -1, WNOHANG).pid).toBeLessThanOrEqual(0);
  });
});

function slowStep({ stage, origin, action }: Operation): Operation[] {
  return [{ kind: 'ppoll', args: [0, 0, { words: [0, 50_000_000] }, 0, 0], stage, origin, action }];
}
