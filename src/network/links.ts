// What there is to know and to change of network devices ("links"), over rtnetlink(7). Knows nothing of containers.

import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { IFF_UP } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import * as N from '../linux/netlink.ts';
import {
  type Attribute, decodeAttributes, decodeText, encodeInteger, encodeText, type Message,
} from './messages.ts';
import { type Answer, ask, type NetlinkSocket } from './socket.ts';

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
}

/** struct ifinfomsg: a family, then at 4 the index, at 8 the flags and at 12 which of them are to change. */
function linkPayload(index: number, up: boolean): Uint8Array {
  const payload = new Uint8Array(N.IFINFOMSG_SIZE);
  const view = new DataView(payload.buffer);
  view.setInt32(4, index, true);
  if (up) {
    view.setUint32(8, IFF_UP, true);
    view.setUint32(12, IFF_UP, true);
  }
  return payload;
}

function decodeLink({ payload }: Message): Link {
  const attributes = decodeAttributes(payload, N.IFINFOMSG_SIZE);
  const view = new DataView(payload.buffer, payload.byteOffset);
  let name = '';
  for (const { type, value } of attributes) if (type === N.IFLA_IFNAME) name = decodeText(value);
  return { index: view.getInt32(4, true), name, up: (view.getUint32(8, true) & IFF_UP) !== 0 };
}

/** A device by its name or its index; undefined when there is none. */
export function findLink(ffi: Ffi, socket: NetlinkSocket, by: string | number): Link | undefined {
  const payload = linkPayload(typeof by === 'number' ? by : 0, false);
  const attributes = typeof by === 'number' ? [] : [{ type: N.IFLA_IFNAME, value: encodeText(by) }];
  const answer = ask(ffi, socket, { type: N.RTM_GETLINK, flags: N.NLM_F_ACK, payload, attributes });
  if (answer.errno === errno.ENODEV) return undefined;
  must(answer, 'look for a network device');
  const found = answer.messages.find(({ type }) => type === N.RTM_NEWLINK);
  return found === undefined ? undefined : decodeLink(found);
}

export function listLinks(ffi: Ffi, socket: NetlinkSocket): Link[] {
  const answer = ask(ffi, socket, { type: N.RTM_GETLINK, flags: N.NLM_F_DUMP, payload: linkPayload(0, false) });
  must(answer, 'list the network devices');
  return answer.messages.filter(({ type }) => type === N.RTM_NEWLINK).map(decodeLink);
}

export interface Move {
  readonly index: number;
  /** A descriptor of the namespace. */
  readonly namespace: number;
  /** What it is called there; with `%d` the kernel chooses. */
  readonly name: string;
  /** Its index there (Linux 5.13); the kernel's choice when not given. */
  readonly newIndex?: number;
}

/** Moves a device to another network namespace, which takes it down and its addresses away. */
export function moveLink(ffi: Ffi, socket: NetlinkSocket, move: Move): Answer {
  const attributes: Attribute[] = [
    { type: N.IFLA_IFNAME, value: encodeText(move.name) },
    { type: N.IFLA_NET_NS_FD, value: encodeInteger(move.namespace) },
  ];
  if (move.newIndex !== undefined) attributes.push({ type: N.IFLA_NEW_IFINDEX, value: encodeInteger(move.newIndex) });
  const payload = linkPayload(move.index, false);
  return ask(ffi, socket, { type: N.RTM_NEWLINK, flags: N.NLM_F_ACK, payload, attributes });
}

export function setLinkUp(ffi: Ffi, socket: NetlinkSocket, index: number): Answer {
  return ask(ffi, socket, { type: N.RTM_NEWLINK, flags: N.NLM_F_ACK, payload: linkPayload(index, true) });
}

/** @throws NuncError */
export function must({ errno: number, reason }: Answer, action: string): void {
  if (number !== 0) throw new NuncError('syscall', `cannot ${action}: ${reason}`, { code: 'E_NETWORK' });
}
