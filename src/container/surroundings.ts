// What a create does around the init besides cgroups: network devices and a resctrl group are taken, and given back
// when there is no container after all; a service manager's news get a place; who wants the init's pidfd gets it.
// Nothing of that happens unless somebody asks for it.

import { closeSync, readFileSync } from 'node:fs';
import type { IntelRdt, Spec } from '../config/types.ts';
import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import type { RequestHandlers } from '../launch/rendezvous.ts';
import { forgetDevices, giveDevicesBack, type MovedDevices,moveDevices } from '../network/devices.ts';
import {
  enterGroup, type Group, makeGroup, planGroup, removeGroups, type Resctrl, resctrlAt,
} from '../resctrl/group.ts';
import { parseResctrlMountpoint } from '../resctrl/mountpoint.ts';
import { type Activation, hasNotifySocket, NO_ACTIVATION } from './activation.ts';
import { connectPidfdSocket, sendPidfd } from './pidfd-socket.ts';
import { type ContainerPlace, makeNotifyDirectory } from './store.ts';

export interface Surroundings {
  readonly resctrl?: { readonly files: Resctrl; readonly group: Group };
  /** Of --pidfd-socket, connected. */
  readonly pidfdSocket?: number;
  /** Whether the container has news for a service manager. */
  readonly notifies: boolean;
  devices?: MovedDevices;
}

interface SurroundingsRequest {
  readonly activation?: Activation;
  readonly pidfdSocket?: string;
  /** In place of the one that is mounted, for tests. */
  readonly resctrl?: Resctrl;
}

interface Container {
  readonly place: ContainerPlace;
  readonly spec: Spec;
}

/** Decides what is to be done, and changes nothing. @throws NuncError when that can't be had */
export function planSurroundings(ffi: Ffi, request: SurroundingsRequest, container: Container): Surroundings {
  const { place, spec } = container;
  const { activation = NO_ACTIVATION, pidfdSocket } = request;
  const intelRdt = spec.linux?.intelRdt;
  return {
    ...(intelRdt === undefined ? {} : { resctrl: planResctrl(request.resctrl ?? findResctrl(), place, intelRdt) }),
    notifies: hasNotifySocket(spec, activation),
    // The last: who throws leaves it open.
    ...(pidfdSocket === undefined ? {} : { pidfdSocket: connectPidfdSocket(ffi, pidfdSocket) }),
  };
}

function planResctrl(files: Resctrl, { id }: ContainerPlace, intelRdt: IntelRdt): NonNullable<Surroundings['resctrl']> {
  return { files, group: planGroup(files, id, intelRdt) };
}

/** The one that is mounted. @throws NuncError */
export function findResctrl(): Resctrl {
  const root = parseResctrlMountpoint(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (root !== undefined) return resctrlAt(root);
  throw new NuncError('host', 'cannot use resctrl: no such file system is mounted (/linux/intelRdt)');
}

/** Before the init is there. */
export function prepareSurroundings({ resctrl, notifies }: Surroundings, place: ContainerPlace): void {
  if (resctrl !== undefined) makeGroup(resctrl.files, resctrl.group);
  if (notifies) makeNotifyDirectory(place);
}

/** As soon as the init is known. */
export function surroundInit({ resctrl }: Surroundings, pid: number): void {
  if (resctrl !== undefined) enterGroup(resctrl.files, resctrl.group, pid);
}

/** What the init waits for. */
export function surroundingsHandlers(ffi: Ffi, { linux }: Spec, surroundings: Surroundings): RequestHandlers {
  const netDevices = linux?.netDevices;
  if (netDevices === undefined) return {};
  return {
    'network-devices': ({ pid }) => {
      surroundings.devices = moveDevices(ffi, pid, netDevices);
    },
  };
}

/** When the container is created: tells who wants to know. */
export function announceInit(ffi: Ffi, { pidfdSocket }: Surroundings, pid: number): void {
  if (pidfdSocket !== undefined) sendPidfd(ffi, pidfdSocket, { pid, kind: 'standard' });
}

/** Gives network devices back. @returns the error to report: `error`, and what else went wrong */
export function returnDevices(ffi: Ffi, { devices }: Surroundings, error: unknown): unknown {
  return devices === undefined ? error : giveDevicesBack(ffi, devices, error);
}

/** Removes the groups that were made. @throws NuncError */
export function returnGroups({ resctrl }: Surroundings): void {
  if (resctrl !== undefined) removeGroups(resctrl.files, [...resctrl.group.made].reverse());
}

/** Before another attempt: lets go of what the one before had, and has given back. */
export function resetSurroundings(surroundings: Surroundings): void {
  if (surroundings.devices !== undefined) forgetDevices(surroundings.devices);
  delete surroundings.devices;
  surroundings.resctrl?.group.made.splice(0);
}

/** Closes what create alone needed. */
export function releaseSurroundings({ devices, pidfdSocket }: Surroundings): void {
  if (devices !== undefined) forgetDevices(devices);
  if (pidfdSocket !== undefined) closeSync(pidfdSocket);
}
