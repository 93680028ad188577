// The list of mounts that were added to a running container, in the container's directory. Knows nothing of mounting.

import { codeOf, messageOf, NuncError } from '../error.ts';
import { readOwnText } from './own-file.ts';
import { type ContainerPlace, replaceFile } from './store.ts';

/** A mount that was added to a container while it was running. */
export interface AddedMount {
  /** The kernel's number, see proc_pid_mountinfo(5). */
  readonly id: number;
  /** Where it was wanted, below the container's root. */
  readonly path: string;
}

function fileOf(place: ContainerPlace): string {
  return `${place.directory}/mounts.json`;
}

/** @throws NuncError */
export function writeAddedMounts(place: ContainerPlace, mounts: readonly AddedMount[]): void {
  replaceFile(fileOf(place), JSON.stringify(mounts));
}

/** @throws NuncError for a list that is not what was written */
export function readAddedMounts(place: ContainerPlace): AddedMount[] {
  let list: unknown;
  try {
    list = JSON.parse(readOwnText(fileOf(place)));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw unreadable(place, messageOf(cause), cause);
  }
  if (Array.isArray(list) && list.every(isAddedMount)) return list;
  throw unreadable(place, 'it is not what was written');
}

function isAddedMount(value: unknown): value is AddedMount {
  if (typeof value !== 'object' || value === null) return false;
  const { id, path } = value as Partial<AddedMount>;
  return Number.isSafeInteger(id) && typeof path === 'string';
}

function unreadable(...[place, reason, cause]: [place: ContainerPlace, reason: string, cause?: unknown]): NuncError {
  const list = JSON.stringify(fileOf(place));
  return new NuncError('state', `cannot read the list of added mounts ${list}: ${reason}`, { cause });
}
