// What `state` and `list` tell of a container.

import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { specVersion } from '../version.ts';
import { lookAt, type Status } from './status.ts';
import { containerExists, type ContainerPlace, listIds, placeIn, type StateFile } from './store.ts';

/** The state of runtime-spec runtime.md, "State", with runc's additions. */
export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 when there is no process any more. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The uid that created it. */
  readonly owner: number;
}

/** @throws NuncError when there is no such container */
export function stateOf(ffi: Ffi, place: ContainerPlace): ContainerState {
  const { state, status } = lookAt(ffi, place);
  return describe(place, state, status);
}

function describe(place: ContainerPlace, state: StateFile | undefined, status: Status): ContainerState {
  return {
    ociVersion: state?.ociVersion ?? specVersion,
    id: place.id,
    pid: status === 'stopped' ? 0 : (state?.pid ?? 0),
    status,
    bundle: state?.bundle ?? '',
    rootfs: state?.rootfs ?? '',
    created: state?.created ?? '',
    annotations: state?.annotations ?? {},
    owner: state?.owner ?? 0,
  };
}

/** The states of all containers; one that is deleted meanwhile is left out. Tells of those that can't be looked at. */
export function statesOf(ffi: Ffi, root: string, warn: (message: string) => void): ContainerState[] {
  const states: ContainerState[] = [];
  for (const id of listIds(root)) {
    const place = placeIn(root, id);
    try {
      states.push(stateOf(ffi, place));
    } catch (error) {
      // Deleted between readdir(3) and here; or its state can't be read, and who is to delete it must know of it.
      if (!containerExists(place)) continue;
      states.push(describe(place, undefined, 'stopped'));
      // It may be running all the same: what is wrong is not the container's.
      if (error instanceof NuncError && error.errno !== undefined) warn(`container "${id}": ${error.message}`);
    }
  }
  return states;
}
