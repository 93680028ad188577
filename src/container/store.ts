// The state directory: <root>/<id>/ of every container, and what is in it. Knows nothing of what the files mean to the
// kernel.
//
//   state.json    who the container is; replaced by rename, never half written
//   config.json   the config as it was at create
//   mounts.json   what was mounted there later (added-mounts.ts)
//   seccomp.bpf   the compiled profile of linux.seccomp, when there is one
//   report, gate  the fifos of launch/rendezvous.ts; `gate` is removed by start
//   criu-root/    where CRIU finds the rootfs while it restores the container, and nobody else
//   notify/       what the container sees as /run/notify, where a service manager waits for its news (notify-proxy.ts)
//
// A directory without a state.json is one whose create has only begun, or was killed there.

import {
  chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync,
} from 'node:fs';
import type { RemovableCgroups } from '../cgroup/driver.ts';
import { type ContainerId, parseContainerId, parseNewContainerId } from '../config/container-id.ts';
import type { Hooks } from '../config/types.ts';
import { codeOf, NuncError, reasonOf } from '../error.ts';
import type { Fifos } from '../launch/ends.ts';
import type { OperationStory } from '../launch/failure.ts';
import { flawOfState } from './check-state.ts';
import { readOwnText } from './own-file.ts';
import { rootHint, verifyRoot } from './state-root.ts';

/** Where one container's files are. */
export interface ContainerPlace {
  readonly root: string;
  readonly id: ContainerId;
  readonly directory: string;
}

/** The operations that run when the container is started, so that `start` can tell which one failed. */
export interface StartOperations {
  /** Index in the plan of the first one. */
  readonly first: number;
  readonly total: number;
  readonly stories: readonly OperationStory[];
}

export interface StateFile {
  readonly ociVersion: string;
  readonly id: string;
  /** The init's pid in the runtime's pid namespace; absent until it is known. */
  readonly pid?: number;
  /** When the init was started, in clock ticks since boot (proc_pid_stat(5)): tells it from a later one of its pid. */
  readonly startTime?: number;
  readonly bundle: string;
  readonly rootfs: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string;
  /** The uid that created the container. */
  readonly owner: number;
  /** False until create has ended well. */
  readonly complete: boolean;
  /** Whether the container has a pid namespace of its own, which takes every process with it when its init ends. */
  readonly ownPidNamespace: boolean;
  readonly cgroups: RemovableCgroups;
  /** Directories of the resctrl file system that go with the container, in this order. */
  readonly resctrl?: readonly string[];
  /** JSON of StartOperations: every command reads the state, but only who has to tell a failure needs these. */
  readonly startOperations: string;
  /** Whether a seccomp agent has a say in what the init calls. */
  readonly hasSeccompAgent?: boolean;
  /** Whether the container has a session keyring of its own. */
  readonly newKeyring: boolean;
  /** Those that start and delete run; absent when there are none. */
  readonly hooks?: LaterHooks;
}

export type LaterHooks = Pick<Hooks, 'startContainer' | 'poststart' | 'poststop'>;

/** @throws NuncError for an id that is none, and a root that is not the caller's */
export function placeOf(root: string, id: string): ContainerPlace {
  const checked = parseContainerId(id);
  verifyRoot(root);
  return placeIn(root, checked);
}

/** The same for a root that has been verified: of each of many containers. */
export function placeIn(root: string, id: ContainerId): ContainerPlace {
  return { root, id, directory: `${root}/${id}` };
}

/** For a container that is to be made. @throws NuncError as well for an id that no new container may have */
export function newPlaceOf(root: string, id: string): ContainerPlace {
  parseNewContainerId(id);
  return placeOf(root, id);
}

export function fifosOf(place: ContainerPlace): Fifos {
  return { report: `${place.directory}/report`, gate: `${place.directory}/gate` };
}

/** Only in a mount namespace of CRIU's something is mounted there. */
export function criuRootOf(place: ContainerPlace): string {
  return `${place.directory}/criu-root`;
}

/** Where the socket for the container's news is made; there only when it has one. */
export function notifyDirectoryOf(place: ContainerPlace): string {
  return `${place.directory}/notify`;
}

/** Makes it, whatever the umask: the container's user has to come in. */
export function makeNotifyDirectory(place: ContainerPlace): void {
  const directory = notifyDirectoryOf(place);
  try {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
  } catch (cause) {
    throw failed(`make the directory "${directory}"`, cause);
  }
}

function failed(action: string, cause: unknown, hint?: string): NuncError {
  return new NuncError('syscall', `cannot ${action}: ${reasonOf(cause)}`, { cause, hint });
}

export function notFound(place: ContainerPlace, cause?: unknown): NuncError {
  const message = `container does not exist: ${JSON.stringify(place.id)}`;
  return new NuncError('state', message, { cause, code: 'E_NOT_FOUND' });
}

export function alreadyExists(place: ContainerPlace, cause?: unknown): NuncError {
  const message = `container with given ID already exists: ${JSON.stringify(place.id)}`;
  return new NuncError('state', message, { cause, code: 'E_EXISTS' });
}

/** Sticky is what cleaners of a runtime directory are to leave alone (XDG Base Directory Specification). */
const ROOT_MODE = 0o1700;

/** Takes the id: makes the container's directory. @throws NuncError when there is one */
export function makeDirectory(place: ContainerPlace): void {
  try {
    mkdirSync(place.root, { recursive: true, mode: ROOT_MODE });
    mkdirSync(place.directory, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw alreadyExists(place, cause);
    }
    const hint = codeOf(cause) === 'EACCES' ? rootHint() : undefined;
    throw failed(`make the state directory "${place.directory}"`, cause, hint);
  }
}

/** Whether create has written anything: the state is what it writes first. */
export function isInUse(place: ContainerPlace): boolean {
  return existsSync(stateFileOf(place));
}

/** Gives back an id for which nothing has been written; a directory that is another command's by now stays. */
export function removeEmptyDirectory(place: ContainerPlace): void {
  try {
    rmdirSync(place.directory);
  } catch {
    // Gone, or in use.
  }
}

/** Writes beside the file and renames: whoever reads sees the old content or the new. @throws NuncError */
export function replaceFile(path: string, content: string): void {
  try {
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw failed(`write ${JSON.stringify(path)}`, cause);
  }
}

/** A file that nobody reads while it is half written. @throws NuncError */
export function writeOnce(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content, { mode: 0o600 });
  } catch (cause) {
    throw failed(`write ${JSON.stringify(path)}`, cause);
  }
}

export function writeState(place: ContainerPlace, state: StateFile): void {
  replaceFile(stateFileOf(place), JSON.stringify(state));
}

function stateFileOf(place: ContainerPlace): string {
  return `${place.directory}/state.json`;
}

/** Once, when the state says that the container is not complete yet: nobody who could meet half of it looks at it. */
export function writeConfig(place: ContainerPlace, text: string): void {
  writeOnce(frozenConfigOf(place), text);
}

export function frozenConfigOf(place: ContainerPlace): string {
  return `${place.directory}/config.json`;
}

/** The text of config.json as it was at create. @throws NuncError */
export function readFrozenConfig(place: ContainerPlace): string {
  try {
    return readOwnText(frozenConfigOf(place));
  } catch (cause) {
    throw unreadableConfig(place, cause);
  }
}

export function unreadableConfig(place: ContainerPlace, cause: unknown): NuncError {
  const what = `the config of container ${JSON.stringify(place.id)}`;
  return new NuncError('state', `cannot read ${what}: ${reasonOf(cause)}`, { cause });
}

/** struct sock_filter[]. */
export function filterFileOf(place: ContainerPlace): string {
  return `${place.directory}/seccomp.bpf`;
}

/** The state of a container; undefined when its create has not come to writing one. @throws NuncError: no such
 * container */
export function readState(place: ContainerPlace): StateFile | undefined {
  let text: string;
  try {
    text = readOwnText(stateFileOf(place));
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw unreadable(place, cause);
    if (!containerExists(place)) throw notFound(place, cause);
    return undefined;
  }
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw unreadable(place, cause);
  }
  const flaw = flawOfState(state, place.id);
  if (flaw !== undefined) throw unreadable(place, flaw);
  return state as StateFile;
}

function unreadable(place: ContainerPlace, cause: unknown): NuncError {
  const what = `the state of container ${JSON.stringify(place.id)}`;
  return new NuncError('state', `cannot read ${what}: ${reasonOf(cause)}`, { cause });
}

/** Whether the id is taken. */
export function containerExists(place: ContainerPlace): boolean {
  return lstatSync(place.directory, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Ids of all containers, half-created ones included. */
export function listIds(root: string): ContainerId[] {
  verifyRoot(root);
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw failed(`read the state directory "${root}"`, cause);
  }
  const ids: ContainerId[] = [];
  for (const name of names.sort()) {
    try {
      ids.push(parseContainerId(name));
    } catch {
      // Not a container's.
    }
  }
  return ids;
}

/** What nearly every container has when it is deleted; the gate only if it was never started. */
const FILES = ['gate', 'report', 'seccomp.bpf', 'config.json', 'state.json'];

/** Gives the id back. The state goes last: until then the container can still be found and deleted. */
export function removeDirectory(place: ContainerPlace): void {
  for (const name of FILES) {
    // Whatever has come to be there in place of a file.
    rmSync(`${place.directory}/${name}`, { force: true, recursive: true });
  }
  try {
    rmdirSync(place.directory);
  } catch (error) {
    if (codeOf(error) === 'ENOTEMPTY') rmSync(place.directory, { recursive: true, force: true });
    else if (codeOf(error) !== 'ENOENT') throw error;
  }
}
