// Runs one hook: on the host, or by a plan of its own in the namespaces of a container's init. Tells how it failed in
// words that runc's clients know. Knows nothing of when hooks are run, nor of what their input says.

import { closeSync, openSync } from 'node:fs';
import type { Hook } from '../config/types.ts';
import { assemble } from '../elf/assemble.ts';
import { messageOf, NuncError } from '../error.ts';
import { makePipe, ownEnvironment } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { isChild, must, pidfdOpen, swapLimit, waitProcess } from '../ffi/system-calls.ts';
import { inheritedLimits } from '../host/probe.ts';
import * as L from '../linux/constants.ts';
import { errnoMessage } from '../linux/errno.ts';
import { RLIMITS } from '../linux/limits.ts';
import { escapeControls } from '../log.ts';
import { argumentsOf, compileHookPlan, HOOK_DESCRIPTORS, type HookInput } from '../plan/hook-plan.ts';
import type { Plan } from '../plan/operation.ts';
import type { ReportRecord } from '../plan/report.ts';
import { type ChildEnd, endGroup, runChild, type SpawnedChild } from './child.ts';
import { differentNamespaces } from './different-namespaces.ts';
import { type Pair, sealExecutable, spawnImage } from './executable.ts';
import { describeFailure } from './failure.ts';
import { readRecord } from './read-report.ts';

export interface HookCall {
  readonly list: 'prestart' | 'createRuntime' | 'createContainer' | 'startContainer' | 'poststart' | 'poststop';
  readonly index: number;
  readonly hook: Hook;
  /** What it is given on standard input. */
  readonly input: string;
}

/** Runs a hook in the runtime's namespaces, starting in `cwd`. @throws NuncError of kind `hook` */
export function runHostHook(ffi: Ffi, call: HookCall, cwd: string): void {
  const { path, env } = call.hook;
  const envp = env ?? ownEnvironment();
  run(ffi, call, (descriptors) => {
    const argv = argumentsOf(call.hook);
    const pid = withCallersLimit(ffi, () => ffi.spawn({ path, argv, envp, cwd, descriptors, newGroup: true }));
    if (pid < 0) throw new NuncError('hook', errnoMessage(-pid));
    return { pid, group: pid };
  });
}

/** The engine has raised its own soft RLIMIT_NOFILE: a hook gets what the runtime was called with. */
function withCallersLimit(ffi: Ffi, spawn: () => number): number {
  const limit = inheritedLimits(process.ppid)['RLIMIT_NOFILE'];
  const resource = RLIMITS['RLIMIT_NOFILE'] ?? 0;
  const before = limit === undefined ? undefined : swapLimit(ffi, resource, [limit.soft, limit.hard]);
  const pid = spawn();
  if (before !== undefined) swapLimit(ffi, resource, before);
  return pid;
}

type ContainerCall = HookCall & Pick<HookInput, 'list'>;

export interface InitPlace extends Omit<HookInput, 'list' | 'index' | 'hook' | 'namespaces'> {
  /** The init's pid. */
  readonly pid: number;
  /** Throws when the init is not the process of that pid any more. */
  readonly verify: () => void;
  /** For fault injection: the plan that is run in place of the compiled one. */
  readonly alterPlan?: (compiled: Plan) => Plan;
}

/** Runs a hook in the namespaces of a container's init. @throws NuncError of kind `hook` */
export function runContainerHook(ffi: Ffi, call: ContainerCall, place: InitPlace): void {
  const opened: number[] = [];
  const open = (descriptor: number): number => {
    opened.push(descriptor);
    return descriptor;
  };
  try {
    const init = open(must(pidfdOpen(ffi, place.pid), "open the container's process"));
    const flags = L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC;
    const root = open(openSync(`/proc/${place.pid}/root`, flags));
    const directory = open(openSync(`/proc/${place.pid}/cwd`, flags));
    const { list, index, hook } = call;
    const compiled = compileHookPlan({ ...place, list, index, hook, namespaces: differentNamespaces(place.pid) });
    const plan = place.alterPlan === undefined ? compiled : place.alterPlan(compiled);
    // All of it was the init's if the init is still there.
    place.verify();
    const executable = open(sealExecutable(ffi, assemble(plan, place.facts.architecture)));
    runPlan(ffi, call, { plan, executable, descriptors: { init, root, directory } });
  } catch (cause) {
    throw cause instanceof NuncError && cause.kind === 'hook' ? cause : failed(call, messageOf(cause), cause);
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

interface HookProgram {
  readonly plan: Plan;
  readonly executable: number;
  readonly descriptors: { readonly init: number; readonly root: number; readonly directory: number };
}

function runPlan(ffi: Ffi, call: HookCall, program: HookProgram): void {
  const { plan, executable, descriptors } = program;
  const report = makePipe(ffi);
  const opened = new Set([report.reader, report.writer]);
  try {
    run(ffi, call, (streams) => {
      const own: Pair[] = [
        [report.writer, HOOK_DESCRIPTORS.report], [descriptors.init, HOOK_DESCRIPTORS.init],
        [descriptors.root, HOOK_DESCRIPTORS.root], [descriptors.directory, HOOK_DESCRIPTORS.directory],
      ];
      const { end } = HOOK_DESCRIPTORS;
      const stageZero = spawnImage(ffi, { executable, descriptors: [...streams, ...own], end, newGroup: true });
      // Or the report would never end.
      opened.delete(report.writer);
      closeSync(report.writer);
      return meetHook(ffi, plan, { stageZero, report: report.reader });
    }, () => explain(plan, report.reader));
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** Waits for stage 0, whose process group the hook is in. */
function meetHook(ffi: Ffi, plan: Plan, meeting: { stageZero: number; report: number }): SpawnedChild {
  const { stageZero, report } = meeting;
  let record: ReportRecord | undefined;
  let met = false;
  let status = 0;
  try {
    record = readRecord(report);
    met = record?.kind === 'pid' && record.pid !== stageZero && isChild(ffi, record.pid);
  } finally {
    // Also a hook that stage 0 did not come to telling of: not waited for, it would keep the init from ending.
    if (!met) endGroup(stageZero);
    status = waitProcess(ffi, stageZero, 0).status;
    while (!met && waitProcess(ffi, -stageZero, 0).pid > 0);
  }
  if (met && record?.kind === 'pid') return { pid: record.pid, group: stageZero };
  if (record?.kind === 'failed') throw describe(plan, record);
  throw new NuncError('hook', `its process ended before it was made (wait status ${status})`);
}

/** Throws when the hook's process has failed before it became the hook. */
function explain(plan: Plan, report: number): void {
  const record = readRecord(report);
  if (record?.kind === 'failed') throw describe(plan, record);
}

function describe({ operations }: Plan, record: { operation: number; errno: number }): NuncError {
  const story = operations[record.operation];
  if (story === undefined) return new NuncError('hook', 'its process sent an unexpected report');
  return describeFailure({ story, index: record.operation, total: operations.length, errno: record.errno });
}

/** @param check throws when it was not the hook that has failed */
function run(
  ffi: Ffi,
  call: HookCall,
  spawn: (streams: readonly Pair[]) => SpawnedChild,
  check: () => void = () => undefined,
): void {
  const { hook: { timeout = Infinity }, input } = call;
  let end: ChildEnd;
  try {
    end = runChild(ffi, { spawn, input: new TextEncoder().encode(input), timeout: timeout * 1000 });
    if (end.status !== 0 && !end.timedOut) check();
  } catch (cause) {
    throw failed(call, messageOf(cause), cause);
  }
  if (end.timedOut) throw failed(call, `hook ran past specified timeout of ${timeout.toFixed(1)}s${outputOf(end)}`);
  if (end.status !== 0) throw failed(call, `error running hook: ${describeStatus(end.status)}${outputOf(end)}`);
}

function failed({ list, index, hook }: HookCall, reason: string, cause?: unknown): NuncError {
  const what = `hook #${index} of /hooks/${list} (${JSON.stringify(hook.path)})`;
  return new NuncError('hook', `cannot run ${what}: ${escapeControls(reason)}`, { cause });
}

function outputOf({ stdout, stderr }: ChildEnd): string {
  return `, stdout: ${stdout}, stderr: ${stderr}`;
}

function describeStatus(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `killed by signal ${signal}`;
}
