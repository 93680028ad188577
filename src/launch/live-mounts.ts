// Runs the plans that add mounts to a running container and that take them away (plan/live-mount-plan.ts has the
// drawing, plan/unmount-plan.ts). Knows nothing of state files.

import { closeSync, openSync, writeSync } from 'node:fs';
import { assemble } from '../elf/assemble.ts';
import { messageOf, NuncError } from '../error.ts';
import { makePipe } from '../ffi/child-calls.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, pidfdOpen, waitProcess } from '../ffi/system-calls.ts';
import { receiveDescriptor, socketPair } from '../ffi/unix-socket.ts';
import * as L from '../linux/constants.ts';
import type { CreateInput } from '../plan/create-draft.ts';
import { compileLiveMountPlan, type LiveMountPlan } from '../plan/live-mount-plan.ts';
import type { Plan } from '../plan/operation.ts';
import { type RequestKind, REQUESTS } from '../plan/report.ts';
import { compileDetachPlan, compileUnmountPlan, type Unmount, UNMOUNT_DESCRIPTORS } from '../plan/unmount-plan.ts';
import { differentNamespaces } from './different-namespaces.ts';
import { type Pair, sealExecutable, spawnImage } from './executable.ts';
import { DanglingLinkError, describeFailure } from './failure.ts';
import { fileHandlers } from './init-files.ts';
import { readRecord } from './read-report.ts';
import { endChild, type RequestHandlers } from './rendezvous.ts';
import { openIdMapNamespaces } from './user-namespace.ts';

export interface LivePlace {
  readonly facts: CreateInput['facts'];
  /** The init's pid. */
  readonly pid: number;
  /** Throws when the init is not the process of that pid any more. */
  readonly verify: () => void;
  /** For fault injection: the plan that is run in place of the compiled one. */
  readonly alterPlan?: (compiled: Plan) => Plan;
}

/** A mount that was added. */
export interface AttachedMount {
  readonly descriptor: number;
  /** Index in mounts[]. */
  readonly index: number;
}

/** What is known of a running container while its mounts are changed; all of it was the init's. */
interface Init {
  readonly pid: number;
  readonly pidfd: number;
  readonly root: number;
  readonly namespaces: number;
  /** Closes a descriptor when the work is done. */
  readonly hold: (descriptor: number) => number;
}

/**
 * Makes the mounts of `input.spec` in a running container: all of them, or none when one fails.
 *
 * @param attached called with the descriptors of the new mounts, which are closed when it returns
 * @throws NuncError
 */
export function addLiveMounts(
  ffi: Ffi,
  input: CreateInput,
  { place, attached }: { place: LivePlace; attached: (mounts: readonly AttachedMount[]) => void },
): void {
  withInit(ffi, place, (init) => {
    try {
      attached(tryToAdd(ffi, input, { init, place }));
    } catch (error) {
      // As at create (docs/decisions/dangling-targets.md); what had been added is gone again.
      if (!(error instanceof DanglingLinkError)) throw error;
      attached(tryToAdd(ffi, { ...input, runtimeMakesTargets: true }, { init, place }));
    }
  });
}

/** Unmounts, all or nothing as far as it can be told beforehand. @throws NuncError */
export function removeLiveMounts(
  ffi: Ffi,
  place: LivePlace,
  wanted: { unmounts: readonly Unmount[]; added: readonly number[] },
): void {
  withInit(ffi, place, (init) => {
    const { report, init: pidfd, root, mounts: end } = UNMOUNT_DESCRIPTORS;
    const plan = compileUnmountPlan({ ...wanted, namespaces: init.namespaces });
    const pairs: Pair[] = [[init.pidfd, pidfd], [init.root, root]];
    const serve: Serve = (kind) => { throw refused(kind); };
    runPlan(ffi, altered(plan, place), { place, pairs, report, end, serve });
  });
}

function withInit<Result>(ffi: Ffi, { pid, verify }: LivePlace, use: (init: Init) => Result): Result {
  const opened: number[] = [];
  const hold = (descriptor: number): number => {
    opened.push(descriptor);
    return descriptor;
  };
  try {
    const pidfd = hold(must(pidfdOpen(ffi, pid), "open the container's process"));
    const root = hold(openSync(`/proc/${pid}/root`, L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC));
    const namespaces = differentNamespaces(pid);
    verify();
    if ((namespaces & L.CLONE_NEWNS) === 0) {
      throw new NuncError('state', "cannot change the container's mounts: it has no mount namespace of its own");
    }
    return use({ pid, pidfd, root, namespaces, hold });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function altered(plan: Plan, { alterPlan }: LivePlace): Plan {
  return alterPlan === undefined ? plan : alterPlan(plan);
}

function tryToAdd(ffi: Ffi, input: CreateInput, { init, place }: { init: Init; place: LivePlace }): AttachedMount[] {
  const compiled = compileLiveMountPlan(input, init.namespaces);
  const opened: number[] = [];
  const attached: AttachedMount[] = [];
  try {
    attach(ffi, input, { compiled, init, place, opened, attached });
  } catch (error) {
    throw takeBack(ffi, attached, { init, place, error });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
  return attached;
}

interface Addition {
  readonly compiled: LiveMountPlan;
  readonly init: Init;
  readonly place: LivePlace;
  /** To be closed, whatever happens. */
  readonly opened: number[];
  readonly attached: AttachedMount[];
}

function attach(ffi: Ffi, input: CreateInput, addition: Addition): void {
  const { compiled: { plan, descriptors, targets }, init, place, opened, attached } = addition;
  const idMaps = openIdMapNamespaces(ffi, descriptors.idMaps, { facts: place.facts, opened });
  const joined = descriptors.joined.map(() => openSync(`/proc/${init.pid}/ns/user`, 'r'));
  opened.push(...joined);
  const gate = makePipe(ffi);
  opened.push(gate.reader, gate.writer);
  const [near, far] = socketPair(ffi);
  opened.push(near, far);
  const pairs: Pair[] = [
    [gate.reader, descriptors.gate], [far, descriptors.channel],
    ...[...joined, ...idMaps].map((descriptor, i): Pair => [descriptor, descriptors.firstNamespace + i]),
    [init.pidfd, descriptors.init], [init.root, descriptors.root],
  ];
  place.verify();
  const handlers: RequestHandlers = {
    ...fileHandlers(ffi, input.spec, targets),
    attaching: ({ receive, value: index }) => { attached.push({ descriptor: init.hold(receive()), index }); },
  };
  const serve: Serve = (kind, value) => {
    const handler = handlers[kind];
    if (handler === undefined) throw refused(kind);
    handler({ pid: init.pid, value, receive: () => receiveDescriptor(ffi, near) });
    if (REQUESTS[kind].waits) writeSync(gate.writer, '1');
  };
  const { report, end } = descriptors;
  runPlan(ffi, altered(plan, place), { place, pairs, report, end, serve });
}

/** Unmounts what has been mounted. @returns the error to report */
function takeBack(
  ffi: Ffi,
  mounts: readonly AttachedMount[],
  { init, place, error }: { init: Init; place: LivePlace; error: unknown },
): unknown {
  if (mounts.length === 0) return error;
  const { report, init: pidfd, root, mounts: first } = UNMOUNT_DESCRIPTORS;
  const known = mounts.map(({ descriptor }, i): Pair => [descriptor, first + i]);
  const pairs: Pair[] = [[init.pidfd, pidfd], [init.root, root], ...known];
  try {
    const plan = compileDetachPlan(mounts.length, init.namespaces);
    const serve: Serve = (kind) => { throw refused(kind); };
    runPlan(ffi, plan, { place, pairs, report, end: first + mounts.length, serve });
    return error;
  } catch (second) {
    return new NuncError('syscall', `${messageOf(error)}; and ${messageOf(second)}`, { cause: error });
  }
}

type Serve = (kind: RequestKind, value: number) => void;

function refused(kind: RequestKind): NuncError {
  return failed(`it has sent the unexpected request "${kind}"`);
}

function failed(reason: string): NuncError {
  return new NuncError('syscall', `cannot change the container's mounts: the process that does it failed: ${reason}`, {
    code: 'E_MOUNT',
  });
}

interface Program {
  readonly place: LivePlace;
  readonly pairs: readonly Pair[];
  /** The number of the report in the process, and the first one that it does not have. */
  readonly report: number;
  readonly end: number;
  readonly serve: Serve;
}

/** Runs a plan in a process of its own to its end. @throws NuncError of the operation that has failed */
function runPlan(ffi: Ffi, plan: Plan, { place, pairs, report, end, serve }: Program): void {
  const opened = new Set<number>();
  const close = (descriptor: number): void => {
    opened.delete(descriptor);
    closeSync(descriptor);
  };
  let pid = 0;
  try {
    const executable = sealExecutable(ffi, assemble(plan, place.facts.architecture));
    opened.add(executable);
    const pipe = makePipe(ffi);
    opened.add(pipe.reader).add(pipe.writer);
    const descriptors: Pair[] = [...pairs, [pipe.writer, report]];
    pid = spawnImage(ffi, { executable, descriptors, end, what: 'the process that mounts' });
    // Or the report would never end.
    close(pipe.writer);
    follow(plan, pipe.reader, serve);
    const { status } = waitProcess(ffi, pid, 0);
    pid = 0;
    if (status !== 0) throw failed(`wait status ${status}`);
  } finally {
    if (pid !== 0) endChild(ffi, pid);
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function follow({ operations }: Plan, report: number, serve: Serve): void {
  for (let record = readRecord(report); record !== undefined; record = readRecord(report)) {
    const story = record.kind === 'failed' ? operations[record.operation] : undefined;
    if (record.kind === 'request') serve(record.request, record.value);
    else if (record.kind === 'failed' && story !== undefined) {
      const { operation: index, errno, log } = record;
      // Pointers start at the array that was given.
      const origin = story.origin.replace(/^\/mounts(?=\/)/, '');
      throw describeFailure({ story: { ...story, origin }, index, total: operations.length, errno, log });
    } else throw failed('it has sent an unexpected report');
  }
}
