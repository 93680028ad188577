// The plan of one hook in the container's namespaces: createContainer, which sees the host's file system, and
// startContainer, which is a process of the container like the user's. Knows nothing of the hook's input and output.
//
//   runtime                        stage 0                    hook
//     │ posix_spawn ──────────────────▶│                         │
//     │                                │ cgroups, namespaces     │
//     │                                │ clone3(CLONE_PARENT) ──▶│
//     │◀────────── report: PID n ──────│                         │
//     │ wait4                         exit                       │ credentials, execve
//     │ pipes, ppoll, wait4 ◀───────────────────────────────────▶│
//
// "report" can bring FAILED {operation, errno} at any time, as in launch/rendezvous.ts.

import type { Hook, Process } from '../config/types.ts';
import type { HostFacts } from '../host/facts.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { planClone } from './birth.ts';
import type { CgroupHierarchy, CreateInput, ProcessDraft } from './create-draft.ts';
import { grantCapabilities, planBoundingSet, planCapabilitySets, planIds } from './credentials.ts';
import { branch, call, mark, newDraft, newLabel, newSlot, set, tell } from './draft.ts';
import { writeFile } from './files.ts';
import { planKeyring } from './init.ts';
import { planExecLabels } from './labels.ts';
import { planLimits, planOomScore, planRaisedLimits } from './limits.ts';
import type { Address, Plan } from './operation.ts';
import { lastOfEach, planEnvironment } from './process.ts';
import { openHostProcfs, openProcfs } from './procfs.ts';
import { planIoPriority, planMemoryPolicy, planScheduler } from './scheduling.ts';

/** The descriptors that stage 0 is spawned with, besides the hook's standard streams. */
export const HOOK_DESCRIPTORS = {
  /** Write end of the report's pipe. */
  report: 3,
  /** A pidfd of the container's init. */
  init: 4,
  /** The init's root and working directories, O_PATH. */
  root: 5,
  directory: 6,
  end: 7,
} as const;

export interface HookInput extends Pick<CreateInput, 'id' | 'spec' | 'exactLimits' | 'newKeyring'> {
  readonly facts: HostFacts;
  readonly list: 'createContainer' | 'startContainer';
  readonly index: number;
  readonly hook: Hook;
  readonly cgroups: readonly CgroupHierarchy[];
  /** CLONE_NEW… flags of the namespaces in which the init differs from the runtime. */
  readonly namespaces: number;
}

interface HookDraft extends ProcessDraft {
  readonly input: HookInput;
}

/** Compiles the plan that runs one hook. */
export function compileHookPlan(input: HookInput): Plan {
  const draft = newHookDraft(input);
  planStageZero(draft);
  planBirth(draft);
  planHook(draft);
  return { operations: draft.operations, memory: draft.memory, report: HOOK_DESCRIPTORS.report };
}

function newHookDraft(input: HookInput): HookDraft {
  const draft = newDraft();
  const slots = { target: newSlot(draft), context: newSlot(draft), hostProcfs: undefined };
  return Object.assign(draft, { input, warnings: [], ...slots });
}

/** The container's process, when the hook is to be like it. */
function modelOf({ list, spec }: HookInput): Process | undefined {
  return list === 'startContainer' ? spec.process : undefined;
}

/** In the runtime's namespaces, with its privileges, and at the end in the container's. */
function planStageZero(draft: HookDraft): void {
  const { namespaces, facts } = draft.input;
  tell(draft, '', 'close inherited descriptors');
  call(draft, 'close_range', [HOOK_DESCRIPTORS.end, L.CLOSE_RANGE_LAST, 0]);
  if (facts.effectiveUid === 0) {
    // A joined pid namespace has processes that would find directories of the host here (CVE-2016-9962).
    tell(draft, '', 'forbid other processes to trace this one');
    call(draft, 'prctl', [L.PR_SET_DUMPABLE, 0, 0, 0, 0]);
  }
  const model = modelOf(draft.input);
  if (model !== undefined) {
    planOomScore(draft, model);
    planRaisedLimits(draft, model);
  }
  planCgroups(draft);
  openHostProcfs(draft);
  tell(draft, '/linux/namespaces', "join the container's namespaces");
  if (namespaces !== 0) call(draft, 'setns', [HOOK_DESCRIPTORS.init, namespaces]);
  // Joining a mount namespace leads to whatever is mounted uppermost on its root: the init's root is what counts.
  tell(draft, '/root/path', "change to the container's root directory");
  call(draft, 'fchdir', [HOOK_DESCRIPTORS.root]);
  call(draft, 'chroot', [{ text: '.' }]);
}

/** All of them by file: CLONE_INTO_CGROUP fails in a v2 tree mounted with nsdelegate once the cgroup namespace is
 * joined, as the process then comes from outside of it (ENOENT). */
function planCgroups(draft: HookDraft): void {
  for (const { version, path } of draft.input.cgroups) {
    tell(draft, '/linux/cgroupsPath', `join the cgroup ${JSON.stringify(path)}`);
    writeFile(draft, `${path}/${version === 1 ? 'tasks' : 'cgroup.procs'}`, '0');
  }
}

/** The hook is the runtime's child, and the first of stage 0 in the container's pid namespace. */
function planBirth(draft: HookDraft): void {
  tell(draft, '', "make the hook's process");
  const words = [L.CLONE_PARENT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  planClone(draft, { words, report: HOOK_DESCRIPTORS.report, child: 'hook' });
}

function planHook(draft: HookDraft): void {
  const { list, index, hook, namespaces, newKeyring } = draft.input;
  const origin = `/hooks/${list}/${index}`;
  tell(draft, origin, "set up the hook's process");
  if ((namespaces & L.CLONE_NEWUSER) !== 0) {
    // A user namespace can forbid setgroups(2) (user_namespaces(7)).
    call(draft, 'setgroups', [0, 0], { tolerate: [errno.EPERM] });
    call(draft, 'setresgid', [0, 0, 0]);
    call(draft, 'setresuid', [0, 0, 0]);
  }
  if (newKeyring) planKeyring(draft);
  const inherited = planModel(draft);
  tell(draft, origin, "set up the hook's process");
  // Behind every change of ids, which takes it back (PR_SET_PDEATHSIG(2const)).
  call(draft, 'prctl', [L.PR_SET_PDEATHSIG, L.SIGKILL, 0, 0, 0]);
  call(draft, 'close_range', [HOOK_DESCRIPTORS.report, L.CLOSE_RANGE_LAST, L.CLOSE_RANGE_CLOEXEC]);
  tell(draft, `${origin}/path`, `exec: ${JSON.stringify(hook.path)}`);
  const environment = hook.env === undefined ? inherited : pointers(hook.env);
  call(draft, 'execve', [{ text: hook.path }, pointers(argumentsOf(hook)), environment]);
}

/** A hook's argv. */
export function argumentsOf({ path, args = [] }: Hook): readonly string[] {
  return args.length === 0 ? [path] : args;
}

function pointers(strings: readonly string[]): Address {
  return { words: [...strings.map((text): Address => ({ text })), 0] };
}

/** Where the hook starts, and who it is. @returns the environment of a hook that has none of its own */
function planModel(draft: HookDraft): Address {
  const { spec } = draft.input;
  const model = modelOf(draft.input);
  if (model === undefined) {
    planLimits(draft, {});
    enterDirectory(draft);
    const variables = lastOfEach(spec.process?.env ?? []);
    return pointers([...variables].map(([name, value]) => `${name}=${value}`));
  }
  const environment = planEnvironment(draft, model);
  const procfs = openProcfs(draft);
  if (procfs !== undefined) planExecLabels(draft, procfs);
  if (model.noNewPrivileges === true) {
    tell(draft, '/process/noNewPrivileges', 'set no_new_privs');
    call(draft, 'prctl', [L.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
  }
  planScheduler(draft, model);
  planIoPriority(draft, model);
  planMemoryPolicy(draft);
  planLimits(draft, model);
  const granted = grantCapabilities(draft, model);
  // As root it can be out of reach, as the user too: either will do, as for the user's process.
  const pending = newSlot(draft);
  set(draft, pending, 1);
  enterDirectory(draft, { result: pending, tolerate: [errno.EACCES] });
  planBoundingSet(draft, granted);
  planIds(draft, model);
  planCapabilitySets(draft, granted);
  const entered = newLabel(draft, 'entered');
  branch(draft, { slot: pending }, { test: 'equal', operand: 0, to: entered });
  enterDirectory(draft);
  mark(draft, entered);
  tell(draft, '/process/user/umask', 'set the file mode creation mask');
  call(draft, 'umask', [model.user?.umask ?? 0o022]);
  return environment;
}

function enterDirectory(draft: HookDraft, options?: Parameters<typeof call>[3]): void {
  tell(draft, '', "change to the init's working directory");
  call(draft, 'fchdir', [HOOK_DESCRIPTORS.directory], options);
}
