// Makes plans and system calls fail on purpose, and finds out which way an undisturbed plan takes. Judges nothing.

import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ffi } from '../../src/ffi/port.ts';
import { fcntl, must } from '../../src/ffi/system-calls.ts';
import { F_DUPFD_CLOEXEC } from '../../src/linux/constants.ts';
import { errno } from '../../src/linux/errno.ts';
import { syscalls } from '../../src/linux/syscalls.ts';
import type { Operation, Plan, Slot } from '../../src/plan/operation.ts';
import { kernel, type Trial, tryLife } from './library.ts';

/** Where the records of a traced plan go: the descriptor that the plan is told to hand on. */
const TRACE = 3;

type Alteration = (operations: readonly Operation[]) => Operation[];

/** Runs an altered copy of what was compiled, be it create's or exec's. */
export function altering(alter: Alteration) {
  return <Compiled extends { readonly plan: Plan }>(compiled: Compiled): Compiled => ({
    ...compiled,
    plan: { ...compiled.plan, operations: alter(compiled.plan.operations) },
  });
}

/** Has the process wait before each of its steps, from its birth on, so that all of them can be watched. */
export function slowed(milliseconds: number) {
  return altering((operations) => operations.flatMap((operation): Operation[] => {
    const { stage, origin, action } = operation;
    if (stage === 'stage0' || operation.kind === 'label') return [operation];
    const time = { words: [0, milliseconds * 1_000_000] };
    // A tracer interrupts it.
    const tolerate = [errno.EINTR];
    return [{ kind: 'ppoll', args: [0, 0, time, 0, 0], tolerate, stage, origin, action }, operation];
  }));
}

/** Has every operation write its index before it runs; a label, once it is passed. */
function recordIndices(operations: readonly Operation[]): Operation[] {
  return operations.flatMap((operation, index): Operation[] => {
    const { stage, origin, action } = operation;
    const record: Operation = { kind: 'write', args: [TRACE, { words: [index] }, 8], stage, origin, action };
    return operation.kind === 'label' ? [operation, record] : [record, operation];
  });
}

export interface Reference {
  readonly operations: readonly Operation[];
  /** Indices of the operations that are executed in an undisturbed life. */
  readonly executed: ReadonlySet<number>;
}

/** Runs a container with a plan that records which way it takes. */
export async function traceLife(trial: Trial): Promise<Reference> {
  const path = join(trial.bundle.directory, 'trace');
  // Appending: stage 0 and the init write at the same time.
  const file = openSync(path, 'a');
  // Above every number that the init's descriptors are moved to.
  const trace = must(fcntl(kernel(), file, F_DUPFD_CLOEXEC, 200), 'move the trace');
  let operations: readonly Operation[] = [];
  const ffi: Ffi = {
    ...bindFfi(kernel()),
    spawn: (request) => {
      // Of the init, to which it is handed on as it is; not of hooks.
      const handedOn = (from: number, to: number): boolean => from === TRACE && to === TRACE;
      const descriptors = request.descriptors.map(([from, to]) => [handedOn(from, to) ? trace : from, to] as const);
      return kernel().spawn({ ...request, descriptors });
    },
  };
  const alterPlan = altering((original) => recordIndices(operations = original));
  const outcome = await tryLife({ ...trial, ffi, preserveFds: 1, alterPlan });
  for (const descriptor of [file, trace]) closeSync(descriptor);
  if (Object.keys(outcome).length > 0) throw new Error('the traced container failed', { cause: outcome });
  const bytes = readFileSync(path);
  const executed = new Set<number>();
  for (let at = 0; at < bytes.length; at += 8) executed.add(bytes.readUInt32LE(at));
  return { operations, executed };
}

export function bindFfi(ffi: Ffi): Ffi {
  return {
    syscall: (number, ...args) => ffi.syscall(number, ...args),
    spawn: (request) => ffi.spawn(request),
    address: (memory) => ffi.address(memory),
  };
}

/** What can't fail: a label does nothing, exit_group(2) does not return. */
export function cannotFail({ kind }: Operation): boolean {
  return kind === 'label' || kind === 'exit_group';
}

function failingAt(index: number): Alteration {
  return (operations) => operations.map((operation, i) => (i === index ? failed(operation) : operation));
}

/** Has one operation fail of what was compiled. */
export function failing(index: number): ReturnType<typeof altering> {
  return altering(failingAt(index));
}

/** Has one operation fail of a plan. */
export function failingIn(index: number): (plan: Plan) => Plan {
  return (plan) => ({ ...plan, operations: failingAt(index)(plan.operations) });
}

/** What an operation does when a call fails with an errno that the plan has a way for: each of those ways. A call that
 * does not succeed leaves its slot as it is. */
export function waysOf(operation: Operation): Operation[] {
  const { stage, origin, action } = operation;
  if (!('args' in operation)) return [];
  const ways = (operation.on ?? []).map(({ to }): Operation => ({ kind: 'jump', to, stage, origin, action }));
  // Nothing that goes on with the next operation.
  const passed: Operation = { kind: 'add', slot: operation.result ?? (0 as Slot), value: 0, stage, origin, action };
  return (operation.tolerate ?? []).length > 0 ? [...ways, passed] : ways;
}

/** Has another operation in the place of one; not in a second plan, which a dangling link makes create try with. */
export function replacing(index: number, by: Operation): Trial['alterPlan'] {
  let isFirst = true;
  return altering((operations) => {
    const replaced = operations.map((operation, i) => (i === index && isFirst ? by : operation));
    isFirst = false;
    return replaced;
  });
}

function failed({ stage, origin, action }: Operation): Operation {
  return { kind: 'fail', errno: errno.EIO, stage, origin, action };
}

/** Fails when everything else is done: the last that can keep a container from being created. */
export const failingAtTheEnd: Trial['alterPlan'] = altering((operations) => {
  const report = operations.findIndex(({ action }) => action === 'report that the container is created');
  return operations.map((operation, i) => (i === report ? failed(operation) : operation));
});

interface Fault {
  readonly name: string;
  readonly errno: number;
}

/** An Ffi whose call number `target` fails instead of being made; counts the calls. */
export function faultyFfi(target: number): { ffi: Ffi; calls: string[]; fault: () => Fault | undefined } {
  const calls: string[] = [];
  let fault: Fault | undefined;
  const inject = (name: string): boolean => {
    calls.push(name);
    if (calls.length - 1 !== target) return false;
    fault = { name, errno: errnoFor(name) };
    return true;
  };
  const ffi: Ffi = {
    ...bindFfi(kernel()),
    syscall: (number, ...args) => (inject(nameOf(number)) ? -(fault?.errno ?? 0) : kernel().syscall(number, ...args)),
    spawn: (request) => (inject('spawn') ? -(fault?.errno ?? 0) : kernel().spawn(request)),
  };
  return { ffi, calls, fault: () => fault };
}

/** wait4 has no failure but this one for a child that is there. */
function errnoFor(name: string): number {
  return name === 'wait4' ? errno.EINTR : errno.EIO;
}

function nameOf(number: number): string {
  return Object.entries(syscalls.x86_64).find(([, value]) => value === number)?.[0] ?? `system call ${number}`;
}
