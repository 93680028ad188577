// The making of a process that joins a container: its plan, what the plan needs of the container, and who serves it.

import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import type { PlacedCgroup } from '../cgroup/driver.ts';
import { ownCgroupPath } from '../cgroup/own.ts';
import { subCgroupsOf } from '../cgroup/sub-cgroup.ts';
import { processPart } from '../config/process.ts';
import { assemble } from '../elf/assemble.ts';
import { NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { must, pidfdOpen } from '../ffi/system-calls.ts';
import { lineOf } from '../finding.ts';
import { differentNamespaces } from '../launch/different-namespaces.ts';
import { openPipes } from '../launch/ends.ts';
import { type Pair, sealExecutable } from '../launch/executable.ts';
import { launchProgram, type RequestHandlers } from '../launch/rendezvous.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { compileExecPlan, type ExecDescriptors } from '../plan/exec-plan.ts';
import { handOverTerminal } from './console-socket.ts';
import type { ExecRequest } from './exec.ts';
import type { PreparedExec } from './exec-process.ts';
import { keptFilter } from './filter.ts';
import { sendListener } from './seccomp-agent.ts';
import { processesOf } from './signal.ts';
import { isAlive } from './status.ts';
import { addTimes, lap } from './stopwatch.ts';
import type { StateFile } from './store.ts';
import { endChildren } from './strays.ts';

export type RunningState = StateFile & { readonly pid: number };

interface Joining {
  readonly prepared: PreparedExec;
  readonly state: RunningState;
  /** Connected to request.consoleSocket. */
  readonly socket: number | undefined;
}

/** What of a container is open. */
interface OpenContainer {
  /** A pidfd of its init. */
  readonly init: number;
  readonly rootDirectory: number;
  /** CLONE_NEW… flags of the namespaces that are not the runtime's. */
  readonly namespaces: number;
  /** The cgroup directory for CLONE_INTO_CGROUP, and the one for when that may have no processes. */
  readonly cgroup: number | undefined;
  readonly otherCgroup: number | undefined;
}

/** Has the process executed. @returns its pid, a child of this process @throws NuncError; nothing is left then */
export function joinContainer(ffi: Ffi, request: ExecRequest, joining: Joining): number {
  const { prepared, state } = joining;
  const { stopwatch } = request;
  const cgroups = subCgroupsOf(state.cgroups.cgroups, request.cgroups);
  const opened: number[] = [];
  const open = (descriptor: number): number => {
    opened.push(descriptor);
    return descriptor;
  };
  let pid = 0;
  try {
    const container = openContainer(ffi, request, { state, cgroups, open });
    const compiled = compileExecPlan({
      ...prepared,
      filter: prepared.spec.linux?.seccomp === undefined ? undefined : keptFilter(request.place),
      id: request.place.id,
      newKeyring: state.newKeyring,
      preserveFds: request.preserveFds,
      cgroups,
      hasOtherCgroup: container.otherCgroup !== undefined,
      inForeground: !request.detach,
      namespaces: container.namespaces,
      timings: stopwatch !== undefined,
    });
    lap(stopwatch, 'plan');
    for (const warning of compiled.warnings) {
      request.warn(warning.pointer.startsWith('/process/') ? processPart.word(warning) : lineOf(warning));
    }
    const launched = request.alterPlan === undefined ? compiled : request.alterPlan(compiled);
    const executable = open(sealExecutable(ffi, assemble(launched.plan, prepared.facts.architecture)));
    lap(stopwatch, 'assemble the process');
    return launchProgram(ffi, {
      compiled: launched,
      purpose: 'execute the process',
      executable,
      ends: openPipes(ffi),
      given: givenTo(launched.descriptors, container),
      onPid: (known) => { pid = known; },
      handlers: handlersOf(ffi, request, joining),
      onTimes: (times) => { addTimes(stopwatch, compiled.stamps, times); },
    });
  } catch (error) {
    // Stage 0 can have made the process and then died before it told of it.
    if (pid === 0) endChildren(ffi, processesOf(state));
    throw error;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

interface Opening {
  readonly state: RunningState;
  /** Those that the process is to be in. */
  readonly cgroups: readonly PlacedCgroup[];
  readonly open: (descriptor: number) => number;
}

function openContainer(ffi: Ffi, request: ExecRequest, { state, cgroups, open }: Opening): OpenContainer {
  const stopped = (): NuncError => new NuncError('state', 'cannot exec in a stopped container');
  // Whose it is, the last look below tells.
  const init = pidfdOpen(ffi, state.pid);
  if (init === -errno.ESRCH) throw stopped();
  open(must(init, "open the container's process"));
  const unified = cgroups.find(({ version }) => version === 2);
  // With --cgroup nothing else will do.
  const other = unified === undefined || request.cgroups.size > 0 ? undefined : cgroupOfInit(state, unified);
  try {
    const container = {
      init,
      rootDirectory: open(openSync(`/proc/${state.pid}/root`, L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC)),
      namespaces: differentNamespaces(state.pid),
      cgroup: unified === undefined ? undefined : open(openCgroup(unified.path)),
      otherCgroup: other === undefined ? undefined : open(openCgroup(other)),
    };
    // All of it was the init's if the init is still there.
    if (!isAlive(state)) throw stopped();
    return container;
  } catch (cause) {
    if (cause instanceof NuncError) throw cause;
    if (!isAlive(state)) throw stopped();
    throw new NuncError('syscall', `cannot look at the container's init: ${reasonOf(cause)}`, { cause });
  }
}

/** A container can have moved its processes to cgroups of its own making, and have controllers for those: then its own
 * can have no processes any more (cgroups(7), "no internal processes"). @returns undefined when it has not */
function cgroupOfInit({ pid }: RunningState, unified: PlacedCgroup): string | undefined {
  const path = unified.mountpoint + ownCgroupPath(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), unified);
  return path.startsWith(`${unified.path}/`) ? path : undefined;
}

function openCgroup(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw new NuncError('syscall', `cannot open the cgroup ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

function givenTo(descriptors: ExecDescriptors, container: OpenContainer): Pair[] {
  const given: Pair[] = [
    [container.init, descriptors.init], [container.rootDirectory, descriptors.rootDirectory],
  ];
  if (container.cgroup !== undefined) given.push([container.cgroup, descriptors.cgroup]);
  if (container.otherCgroup !== undefined) given.push([container.otherCgroup, descriptors.otherCgroup]);
  return given;
}

/** Who does what the process asks for. */
function handlersOf(ffi: Ffi, request: ExecRequest, { prepared, state, socket }: Joining): RequestHandlers {
  return {
    terminal: ({ receive }) => { handOverTerminal(ffi, receive(), { request, socket }); },
    signals: ({ pid }) => request.onSetUp?.(pid),
    listener: ({ pid, value }) => {
      sendListener(ffi, value, { ...state, pid, init: state.pid, seccomp: prepared.spec.linux?.seccomp });
    },
  };
}
