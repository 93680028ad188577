// linux.netDevices: moves devices of the host into a container's network namespace, and back again when the container
// comes to nothing. Knows nothing of the container but that namespace.

import { closeSync, fstatSync, openSync } from 'node:fs';
import { token } from '../config/report.ts';
import type { NetDevice } from '../config/types.ts';
import { messageOf, NuncError, reasonOf } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { errno } from '../linux/errno.ts';
import { addAddress, type Address, isLasting, isTemporary, readAddresses, relabel } from './addresses.ts';
import { findLink, type Link, listLinks, moveLink, must, setLinkUp } from './links.ts';
import { type Answer, type NetlinkSocket, openNetlink, openNetlinkIn } from './socket.ts';

/** A device as it was on the host, and its index in the container. */
interface MovedDevice {
  readonly link: Link;
  readonly addresses: readonly Address[];
  readonly inside: number;
}

/** Devices that have been moved, and the way to both namespaces. The sockets keep the container's alive: a virtual
 * device in it would be destroyed with it. */
export interface MovedDevices {
  readonly host: NetlinkSocket;
  readonly hostNamespace: number;
  readonly inside: NetlinkSocket;
  readonly devices: MovedDevice[];
}

type NetDevices = Readonly<Record<string, NetDevice>>;

/** Between looking for an index that is free inside and using it somebody else may have taken it. */
const MAX_ATTEMPTS = 16;

/**
 * Moves devices into the network namespace of a process, with their lasting addresses, and sets them up.
 *
 * @throws NuncError naming the device; none has been moved then, or the error says which could not be given back
 */
export function moveDevices(ffi: Ffi, pid: number, netDevices: NetDevices): MovedDevices {
  const namespace = openNamespace(pid);
  try {
    const moved = openBoth(ffi, namespace);
    try {
      for (const [name, device] of Object.entries(netDevices)) moveDevice(ffi, moved, { name, device, namespace });
      return moved;
    } catch (error) {
      const failure = giveDevicesBack(ffi, moved, error);
      forgetDevices(moved);
      throw failure;
    }
  } finally {
    closeSync(namespace);
  }
}

function openNamespace(pid: number): number {
  try {
    return openSync(`/proc/${pid}/ns/net`, 'r');
  } catch (cause) {
    throw new NuncError('syscall', `cannot open the container's network namespace: ${reasonOf(cause)}`, {
      cause, code: 'E_NETWORK',
    });
  }
}

function openBoth(ffi: Ffi, namespace: number): MovedDevices {
  const opened: number[] = [];
  try {
    const hostNamespace = openSync('/proc/thread-self/ns/net', 'r');
    opened.push(hostNamespace);
    refuseSame(hostNamespace, namespace);
    const host = openNetlink(ffi);
    opened.push(host.descriptor);
    return { host, hostNamespace, inside: openNetlinkIn(ffi, namespace), devices: [] };
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor);
    throw error;
  }
}

/** A joined namespace can be the runtime's own: a "move" would rename the host's devices. */
function refuseSame(host: number, container: number): void {
  const [one, other] = [fstatSync(host), fstatSync(container)];
  if (one.ino !== other.ino || one.dev !== other.dev) return;
  const reason = "the container is in the runtime's network namespace";
  throw new NuncError('syscall', `cannot move network devices into the container: ${reason} (/linux/netDevices)`, {
    code: 'E_NETWORK', origin: '/linux/netDevices',
  });
}

interface Wanted {
  /** On the host. */
  readonly name: string;
  readonly device: NetDevice;
  readonly namespace: number;
}

function moveDevice(ffi: Ffi, moved: MovedDevices, wanted: Wanted): void {
  const { name, device } = wanted;
  const action = `move the network device ${JSON.stringify(name)} into the container`;
  const pointer = `/linux/netDevices/${token(name)}`;
  try {
    const link = findLink(ffi, moved.host, name);
    if (link === undefined) throw new NuncError('syscall', `cannot ${action}: no such device`);
    // Before the move: it takes them away.
    const addresses = readAddresses(ffi, moved.host, link.index);
    const entry = { link, addresses, action, target: device.name || name, namespace: wanted.namespace };
    const inside = enter(ffi, moved, entry);
    furnish(ffi, moved, { link, addresses, inside });
  } catch (cause) {
    throw new NuncError('syscall', `${messageOf(cause)} (${pointer})`, { cause, code: 'E_NETWORK', origin: pointer });
  }
}

interface Entry {
  readonly link: Link;
  readonly addresses: readonly Address[];
  readonly action: string;
  /** The name inside, or a template for it. */
  readonly target: string;
  readonly namespace: number;
}

/** The move. @returns the device's index inside */
function enter(ffi: Ffi, moved: MovedDevices, entry: Entry): number {
  const { link, addresses, action, target, namespace } = entry;
  let answer: Answer = { errno: errno.EBUSY, reason: '', messages: [] };
  for (let attempt = 0; attempt < MAX_ATTEMPTS && answer.errno === errno.EBUSY; attempt++) {
    const present = listLinks(ffi, moved.inside);
    if (present.some(({ name }) => name === target)) throw clash(action, target);
    const index = freeIndex(present, link.index);
    answer = moveLink(ffi, moved.host, { index: link.index, namespace, name: target, newIndex: index });
    // The kernel renames after the move: a rename that fails leaves the device inside, under its old name.
    if (findLink(ffi, moved.host, link.index)?.name !== link.name) {
      moved.devices.push({ link, addresses, inside: index });
    }
    if (answer.errno === 0) return index;
  }
  if (answer.errno === errno.EEXIST) throw clash(action, target);
  must(answer, action);
  return link.index;
}

function clash(action: string, name: string): NuncError {
  return new NuncError('syscall', `cannot ${action}: there is a device ${JSON.stringify(name)} in it already`);
}

/** Chosen here, because the name that a template becomes is the kernel's choice: by its index the device is found. */
function freeIndex(present: readonly Link[], preferred: number): number {
  let highest = 0;
  let taken = false;
  for (const { index } of present) {
    if (index > highest) highest = index;
    if (index === preferred) taken = true;
  }
  return taken ? highest + 1 : preferred;
}

/** Gives the device inside its addresses, then sets it up. */
function furnish(ffi: Ffi, moved: MovedDevices, device: MovedDevice): void {
  const { link, inside: index } = device;
  const name = findLink(ffi, moved.inside, index)?.name ?? link.name;
  for (const address of device.addresses.filter(isLasting)) {
    const renamed = relabel(address, link.name, name);
    const action = `give the network device ${JSON.stringify(name)} its addresses in the container`;
    must(addAddress(ffi, moved.inside, { index, address: renamed }), action);
  }
  must(setLinkUp(ffi, moved.inside, index), `set the network device ${JSON.stringify(name)} up in the container`);
}

/**
 * Moves the devices back to the host as they were: names, addresses, up or down. Their routes are gone.
 *
 * @returns the error to report: `error`, and what else went wrong
 */
export function giveDevicesBack(ffi: Ffi, moved: MovedDevices, error: unknown): unknown {
  const failures: string[] = [];
  for (const device of moved.devices.splice(0).reverse()) {
    try {
      giveBack(ffi, moved, device);
    } catch (failure) {
      failures.push(messageOf(failure));
    }
  }
  if (failures.length === 0) return error;
  return new NuncError('syscall', [messageOf(error), ...failures].join('; and '), { cause: error });
}

function giveBack(ffi: Ffi, moved: MovedDevices, { link, addresses, inside }: MovedDevice): void {
  const action = `give the network device ${JSON.stringify(link.name)} back to the host`;
  const move = { index: inside, namespace: moved.hostNamespace, name: link.name };
  const answer = moveLink(ffi, moved.inside, { ...move, newIndex: link.index });
  if (answer.errno === errno.EBUSY) must(moveLink(ffi, moved.inside, move), action);
  else must(answer, action);
  const index = findLink(ffi, moved.host, link.name)?.index ?? link.index;
  for (const address of addresses) {
    if (isTemporary(address)) continue;
    must(addAddress(ffi, moved.host, { index, address }), action);
  }
  if (link.up) must(setLinkUp(ffi, moved.host, index), action);
}

/** Lets the devices be where they are. */
export function forgetDevices({ host, hostNamespace, inside }: MovedDevices): void {
  for (const descriptor of [host.descriptor, hostNamespace, inside.descriptor]) closeSync(descriptor);
}
