// The state directory: <root>/<id>/ of every container, and what is in it. Knows nothing of what the files mean to the
// kernel.
//
//   state.json    who the container is; replaced by rename, never half written
//   config.json   the config as it was at create
//   report, gate  the fifos of launch/rendezvous.ts; `gate` is removed by start
//
// A directory without a state.json is one whose create has only begun, or was killed there.

import {
  chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, unlinkSync, writeFileSync,
} from 'node:fs';

import type { RemovableCgroups } from '../cgroup/driver.ts';
import { type ContainerId, parseContainerId } from '../config/container-id.ts';
import { NuncError } from '../error.ts';
import type { OperationStory } from '../launch/failure.ts';
import type { Fifos } from '../launch/rendezvous.ts';

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
  readonly startOperations: StartOperations;
}

export function placeOf(root: string, id: string): ContainerPlace {
  const checked = parseContainerId(id);
  return { root, id: checked, directory: `${root}/${checked}` };
}

export function fifosOf(place: ContainerPlace): Fifos {
  return { report: `${place.directory}/report`, gate: `${place.directory}/gate` };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

export function notFound(place: ContainerPlace, cause?: unknown): NuncError {
  return new NuncError('state', `container ${JSON.stringify(place.id)} does not exist`, { cause });
}

/** Takes the id: makes the container's directory. @throws NuncError when there is one */
export function makeDirectory(place: ContainerPlace): void {
  try {
    mkdirSync(place.root, { recursive: true, mode: 0o700 });
    mkdirSync(place.directory, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw new NuncError('state', `container with given ID already exists: ${JSON.stringify(place.id)}`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NuncError('syscall', `cannot make the state directory "${place.directory}": ${reason}`, { cause });
  }
}

/** Writes beside the file and renames: whoever reads sees the old content or the new. */
function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function writeState(place: ContainerPlace, state: StateFile): void {
  replaceFile(`${place.directory}/state.json`, JSON.stringify(state));
}

export function writeConfig(place: ContainerPlace, text: string): void {
  writeFileSync(`${place.directory}/config.json`, text, { mode: 0o600 });
}

/** The state of a container; undefined when its create has not come to writing one. @throws NuncError: no such container */
export function readState(place: ContainerPlace): StateFile | undefined {
  let text: string;
  try {
    text = readFileSync(`${place.directory}/state.json`, 'utf8');
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw unreadable(place, cause);
    if (!containerExists(place)) throw notFound(place, cause);
    return undefined;
  }
  try {
    return JSON.parse(text) as StateFile;
  } catch (cause) {
    throw unreadable(place, cause);
  }
}

function unreadable(place: ContainerPlace, cause: unknown): NuncError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NuncError('state', `cannot read the state of container ${JSON.stringify(place.id)}: ${reason}`, { cause });
}

/** Whether the id is taken. */
export function containerExists(place: ContainerPlace): boolean {
  return lstatSync(place.directory, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Ids of all containers, half-created ones included. */
export function listIds(root: string): ContainerId[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new NuncError('syscall', `cannot read the state directory "${root}": ${String(cause)}`, { cause });
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

const FILES = ['gate', 'report', 'config.json', 'state.json'];

/** Gives the id back. The state goes last: until then the container can still be found and deleted. */
export function removeDirectory(place: ContainerPlace): void {
  for (const name of FILES) {
    try {
      unlinkSync(`${place.directory}/${name}`);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  try {
    rmdirSync(place.directory);
  } catch (error) {
    if (codeOf(error) === 'ENOTEMPTY') rmSync(place.directory, { recursive: true, force: true });
    else if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Writes a pid file as managers expect it: decimal, no newline, complete as soon as it is there. */
export function writePidFile(path: string, pid: number): void {
  const slash = path.lastIndexOf('/');
  const temporary = `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.${process.pid}`;
  try {
    writeFileSync(temporary, String(pid));
    chmodSync(temporary, 0o644);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NuncError('syscall', `cannot write the pid file "${path}": ${reason}`, { cause });
  }
}
