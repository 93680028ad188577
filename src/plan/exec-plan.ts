// The plan of one more process in a container, as a table of contents. It is set up as the container's first one is;
// what is different is the way in: through a pidfd of the init, in the order that the right to each step asks for.
//
//   runtime                       stage 0                        the process
//     │ posix_spawn ─────────────────▶│                               │
//     │                               │ namespaces, root directory    │
//     │                               │ clone3(PARENT, INTO_CGROUP) ─▶│
//     │◀─────── report: PID n ────────│                               │
//     │ wait4                        exit                             │ cgroup and user namespace
//     │◀─────────────────────────────────────────── report: REQUEST … │  the terminal, the seccomp listener
//     │ gate: one byte ──────────────────────────────────────────────▶│  where the answer matters; at last, in the
//     │                                                               │  foreground, that signals are passed on
//     │◀─────────────────────────────────────────────── report: READY │
//     │◀──────────────────────────────── report: end of file, or FAILED, at execve
//
// "report" can bring FAILED {operation, errno} at any time, as in launch/rendezvous.ts.

import type { Process, Spec } from '../config/types.ts';
import type { Finding } from '../finding.ts';
import * as L from '../linux/constants.ts';
import { planClone } from './birth.ts';
import { confineCgroup, type JoiningDraft, openCgroups, planCgroupJoin } from './cgroup-join.ts';
import { planTerminal } from './console.ts';
import {
  type CgroupHierarchy, type CreateInput, type ProgramDraft, type ProgramInput, STRUCT_STATX_SIZE,
} from './create-draft.ts';
import { type Descriptors, layDescriptors } from './descriptors.ts';
import { call, HERE, newDraft, newSlot, reserve, tell } from './draft.ts';
import { endWithRuntime, forbidTracing, planBecomeRoot, planKeyring, reportReady } from './init.ts';
import { planLabelsEarly } from './labels.ts';
import { planOomScore, planRaisedLimits } from './limits.ts';
import type { Plan } from './operation.ts';
import { openHostProcfs } from './procfs.ts';
import { planProgram } from './program.ts';
import { planRequest } from './request.ts';
import { planAffinity } from './scheduling.ts';
import { newStamps, stamp } from './stamps.ts';

export interface ExecInput extends ProgramInput, Pick<CreateInput, 'newKeyring' | 'preserveFds' | 'timings'> {
  /** The container's, with the process that is to join it in place of its own. */
  readonly spec: Spec & { readonly process: Process };
  /** Where the process is to be. */
  readonly cgroups: readonly CgroupHierarchy[];
  /** Whether there is another v2 cgroup for it, should that one have only cgroups below it that may have processes. */
  readonly hasOtherCgroup: boolean;
  /** The runtime waits for the process, and passes signals on to it. */
  readonly inForeground: boolean;
  /** CLONE_NEW… flags of the namespaces in which the init differs from the runtime. */
  readonly namespaces: number;
}

/** What stage 0 is spawned with, besides what every plan has. */
export interface ExecDescriptors extends Descriptors {
  /** A pidfd of the container's init. */
  readonly init: number;
  /** The init's root directory, O_PATH. */
  readonly rootDirectory: number;
  /** Meaningful only with `hasOtherCgroup`. */
  readonly otherCgroup: number;
}

export interface ExecPlan {
  readonly plan: Plan;
  readonly descriptors: ExecDescriptors;
  /** The process sends descriptors to the runtime over descriptors.channel. */
  readonly hasChannel: boolean;
  readonly warnings: readonly Finding[];
  /** What the times say that it reports; none unless asked for. */
  readonly stamps?: readonly string[] | undefined;
}

interface ExecDraft extends ProgramDraft, JoiningDraft {
  readonly input: ExecInput;
  readonly descriptors: ExecDescriptors;
}

/** Compiles the plan that executes `input.spec.process` in a container that is there. */
export function compileExecPlan(input: ExecInput): ExecPlan {
  const hasChannel = input.spec.process.terminal === true;
  const descriptors = layExecDescriptors(input, hasChannel);
  const draft = newExecDraft(input, descriptors);
  planStageZero(draft);
  planProcess(draft);
  return {
    plan: { operations: draft.operations, memory: draft.memory, report: descriptors.report },
    descriptors,
    hasChannel,
    warnings: draft.warnings,
    stamps: draft.stamps?.names,
  };
}

function layExecDescriptors({ preserveFds, cgroups, hasOtherCgroup }: ExecInput, channel: boolean): ExecDescriptors {
  const unified = cgroups.some(({ version }) => version === 2);
  const common = layDescriptors({ preserveFds, channel, unified, joined: [] });
  const init = common.end;
  const otherCgroup = init + 2;
  return { ...common, init, rootDirectory: init + 1, otherCgroup, end: otherCgroup + (hasOtherCgroup ? 1 : 0) };
}

function newExecDraft(input: ExecInput, descriptors: ExecDescriptors): ExecDraft {
  const draft = newDraft();
  return Object.assign(draft, {
    input,
    descriptors,
    root: newSlot(draft),
    target: newSlot(draft),
    context: newSlot(draft),
    statx: reserve(draft, STRUCT_STATX_SIZE),
    openCgroups: [],
    hostProcfs: undefined,
    warnings: [],
    stamps: input.timings === true ? newStamps(draft) : undefined,
  });
}

/** With privileges over the host a user namespace would only take rights away: it is joined last. Without them it is
 * what gives any right at all: it is joined first. */
function joinsUserLast({ facts }: ExecInput): boolean {
  return facts.capabilities.includes('CAP_SYS_ADMIN');
}

/** The namespaces that stage 0 leaves to the process: a cgroup namespace that has been joined keeps CLONE_INTO_CGROUP
 * from working in a v2 tree mounted with nsdelegate (ENOENT). */
function laterNamespaces(input: ExecInput): number {
  return input.namespaces & (L.CLONE_NEWCGROUP | (joinsUserLast(input) ? L.CLONE_NEWUSER : 0));
}

/** In the runtime's namespaces, with its privileges, and at the end in most of the container's. */
function planStageZero(draft: ExecDraft): void {
  const { input, descriptors } = draft;
  const { process } = input.spec;
  tell(draft, '', 'close inherited descriptors');
  stamp(draft, '');
  call(draft, 'close_range', [descriptors.end, L.CLOSE_RANGE_LAST, 0]);
  planOomScore(draft, process);
  planRaisedLimits(draft, process);
  planAffinity(draft, process, 'initial');
  openCgroups(draft);
  if (sharesUser(input)) confineCgroups(draft);
  openHostProcfs(draft);
  planLabelsEarly(draft, { keys: input.newKeyring });
  forbidTracing(draft);
  joinNamespaces(draft, input.namespaces & ~laterNamespaces(input));
  // Joining a mount namespace leads to whatever is mounted uppermost on its root: the init's root is what counts.
  tell(draft, '/root/path', "change to the container's root directory");
  call(draft, 'fchdir', [descriptors.rootDirectory]);
  call(draft, 'chroot', [{ text: '.' }]);
  stamp(draft, 'join cgroups and namespaces');
  tell(draft, '', 'make the process');
  planClone(draft, {
    words: cloneArguments(input, descriptors.cgroup),
    busyWords: input.hasOtherCgroup ? cloneArguments(input, descriptors.otherCgroup) : undefined,
    report: descriptors.report,
    child: 'process',
  });
  stamp(draft, 'make the process');
}

/** A user namespace of the container's own gives its root no right over a process that comes from outside. */
function sharesUser(input: ExecInput): boolean {
  return (input.namespaces & L.CLONE_NEWUSER) === 0 && joinsUserLast(input);
}

function confineCgroups(draft: ExecDraft): void {
  const { descriptors, input: { cgroups, hasOtherCgroup } } = draft;
  if (cgroups.some(({ version }) => version === 2)) confineCgroup(draft, descriptors.cgroup);
  if (hasOtherCgroup) confineCgroup(draft, descriptors.otherCgroup);
}

function joinNamespaces(draft: ExecDraft, flags: number): void {
  if (flags === 0) return;
  tell(draft, '/linux/namespaces', "join the container's namespaces");
  call(draft, 'setns', [draft.descriptors.init, flags]);
}

/** struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
 * cgroup. */
function cloneArguments({ cgroups }: ExecInput, cgroup: number): readonly number[] {
  const intoCgroup = cgroups.some(({ version }) => version === 2);
  const flags = L.CLONE_PARENT + (intoCgroup ? L.CLONE_INTO_CGROUP : 0);
  return [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, intoCgroup ? cgroup : 0];
}

/** In the container. */
function planProcess(draft: ExecDraft): void {
  const { input } = draft;
  const { process } = input.spec;
  tell(draft, '', 'set up the process');
  endWithRuntime(draft);
  planCgroupJoin(draft);
  joinNamespaces(draft, laterNamespaces(input));
  planAffinity(draft, process, 'final');
  planBecomeRoot(draft, { traceable: false });
  tell(draft, '', 'set up the process');
  call(draft, 'setsid', []);
  if (input.newKeyring) planKeyring(draft);
  if (process.terminal === true) {
    tell(draft, '/root/path', 'open the root directory');
    call(draft, 'openat', [HERE, { text: '/' }, L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC], { result: draft.root });
    planTerminal(draft, process);
  }
  stamp(draft, 'enter the container');
  planProgram(draft, process, { ready: (filtered) => planReady(draft, filtered), joins: true });
}

function planReady(draft: ExecDraft, filtered: boolean): undefined {
  tell(draft, '', 'report that the process is set up');
  // A signal to the runtime ends both up to here, and is the program's from here on. A filter may not allow the wait.
  if (draft.input.inForeground && !filtered) planRequest(draft, 'signals');
  reportReady(draft);
}
