// When which hook runs, and what it is told (runtime-spec runtime.md, "Lifecycle", and config.md, "POSIX-platform
// Hooks"): prestart, createRuntime and createContainer at create, before pivot_root; startContainer and poststart at
// start, before and after the user's program is executed; poststop when the container is gone. A poststop hook that
// fails is warned of; any other ends the container. Knows nothing of how a hook's process is made.

import { readFileSync, statSync } from 'node:fs';
import { exactLimits } from '../config/exact-limits.ts';
import type { Hook, Hooks, Spec } from '../config/types.ts';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { probeHost } from '../host/probe.ts';
import { type HookCall, type InitPlace, runContainerHook, runHostHook } from '../launch/hook.ts';
import { parseFrozenSpec } from './frozen-config.ts';
import { isAlive } from './status.ts';
import { type ContainerPlace, readFrozenConfig, type StateFile } from './store.ts';

/** What hooks are told of a container. */
type Told = Pick<StateFile, 'ociVersion' | 'id' | 'bundle' | 'annotations'>;

type Status = 'creating' | 'created' | 'running' | 'stopped';

/** The state of runtime.md, "State". */
function stateJson({ ociVersion, id, bundle, annotations }: Told, status: Status, pid?: number): string {
  const told = Object.keys(annotations).length === 0 ? {} : { annotations };
  return JSON.stringify({ ociVersion, id, status, ...(pid === undefined ? {} : { pid }), bundle, ...told });
}

/** The pid that a process has in its own pid namespace, see proc_pid_status(5). */
function innerPid(pid: number): number {
  const line = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '';
  return Number(line.trim().split(/\s+/).at(-1));
}

/** Where hooks in the runtime's namespaces start; poststop hooks outlive many a bundle. */
function directoryOf({ bundle }: Told): string {
  return statSync(bundle, { throwIfNoEntry: false })?.isDirectory() === true ? bundle : '/';
}

interface HostHooks {
  readonly list: Exclude<HookCall['list'], 'createContainer' | 'startContainer'>;
  readonly hooks: readonly Hook[] | undefined;
  readonly input: string;
}

function runHostHooks(ffi: Ffi, told: Told, { list, hooks = [], input }: HostHooks): void {
  hooks.forEach((hook, index) => runHostHook(ffi, { list, index, hook, input }, directoryOf(told)));
}

export interface CreateHooks {
  readonly state: StateFile & { readonly pid: number };
  readonly spec: Spec;
  readonly facts: InitPlace['facts'];
}

/** The hooks of create, while the init waits for them. @throws NuncError of the first that fails */
export function runCreateHooks(ffi: Ffi, { state, spec, facts }: CreateHooks): void {
  const { prestart, createRuntime, createContainer = [] } = spec.hooks ?? {};
  const input = stateJson(state, 'creating', state.pid);
  runHostHooks(ffi, state, { list: 'prestart', hooks: prestart, input });
  runHostHooks(ffi, state, { list: 'createRuntime', hooks: createRuntime, input });
  if (createContainer.length === 0) return;
  const place = initPlace(state, spec, facts);
  const inside = stateJson(state, 'creating', innerPid(state.pid));
  createContainer.forEach((hook, index) => {
    runContainerHook(ffi, { list: 'createContainer', index, hook, input: inside }, place);
  });
}

function initPlace(state: CreateHooks['state'], spec: Spec, facts: InitPlace['facts']): InitPlace {
  return {
    pid: state.pid,
    id: state.id as InitPlace['id'],
    spec,
    facts,
    cgroups: state.cgroups.cgroups,
    newKeyring: state.newKeyring,
    verify: () => {
      if (!isAlive(state)) throw new NuncError('state', "the container's init has ended");
    },
  };
}

/** The hooks of start that come before the user's program. @throws NuncError of the first that fails */
export function runStartContainerHooks(ffi: Ffi, place: ContainerPlace, state: StateFile): void {
  const { pid, hooks: { startContainer = [] } = {} } = state;
  if (startContainer.length === 0 || pid === undefined) return;
  const text = readFrozenConfig(place);
  const spec = parseFrozenSpec(place, text);
  const init = { ...initPlace({ ...state, pid }, spec, probeHost()), exactLimits: exactLimits(text, spec) };
  const input = stateJson(state, 'created', innerPid(pid));
  startContainer.forEach((hook, index) => {
    runContainerHook(ffi, { list: 'startContainer', index, hook, input }, init);
  });
}

/** The hooks of start that come after the user's program was executed. @throws NuncError of the first that fails */
export function runPoststartHooks(ffi: Ffi, state: StateFile): void {
  const input = stateJson(state, 'running', state.pid);
  runHostHooks(ffi, state, { list: 'poststart', hooks: state.hooks?.poststart, input });
}

/** The hooks of delete, when the container is gone: all of them, whatever one does. */
export function runPoststopHooks(
  ffi: Ffi,
  state: Told & { readonly hooks?: Pick<Hooks, 'poststop'> },
  warn: (message: string) => void,
): void {
  const input = stateJson(state, 'stopped');
  (state.hooks?.poststop ?? []).forEach((hook, index) => {
    try {
      runHostHook(ffi, { list: 'poststop', index, hook, input }, directoryOf(state));
    } catch (error) {
      warn(messageOf(error));
    }
  });
}
