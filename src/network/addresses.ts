// The addresses of a network device, over rtnetlink(7): read from one, given to another. Looks into none of them: what
// the kernel says of an address is what it is told.

import type { Ffi } from '../ffi/port.ts';
import * as N from '../linux/netlink.ts';
import { must } from './links.ts';
import { type Attribute, decodeAttributes, decodeText, encodeText, type Message } from './messages.ts';
import { type Answer, ask, type NetlinkSocket } from './socket.ts';

export interface Address {
  readonly family: number;
  readonly prefixLength: number;
  readonly scope: number;
  /** IFA_F_… */
  readonly flags: number;
  /** Those that describe the address rather than the device. */
  readonly attributes: readonly Attribute[];
}

/** An address is all of these: also its peer, its broadcast address, how long it is valid, its route's metric. */
const KEPT = [
  N.IFA_ADDRESS, N.IFA_LOCAL, N.IFA_LABEL, N.IFA_BROADCAST, N.IFA_CACHEINFO, N.IFA_FLAGS, N.IFA_RT_PRIORITY,
  N.IFA_PROTO,
];

const LONGEST_NAME = 15;
const AF_INET6 = 10;

/** The addresses of a device, of all families, in the order in which they have to be added to be in this order again:
 * the first IPv4 address of a network is the primary one, of IPv6 addresses the kernel prefers the one added last. */
export function readAddresses(ffi: Ffi, socket: NetlinkSocket, index: number): Address[] {
  const payload = new Uint8Array(N.IFADDRMSG_SIZE);
  const answer = ask(ffi, socket, { type: N.RTM_GETADDR, flags: N.NLM_F_DUMP, payload });
  must(answer, 'list the addresses of the network devices');
  const addresses: Address[] = [];
  const latestFirst: Address[] = [];
  for (const message of answer.messages) {
    if (message.type !== N.RTM_NEWADDR || deviceOf(message) !== index) continue;
    const address = decodeAddress(message);
    (address.family === AF_INET6 ? latestFirst : addresses).push(address);
  }
  return [...addresses, ...latestFirst.reverse()];
}

/** struct ifaddrmsg: family, prefix length, flags and scope, a byte each, then the device's index. */
function deviceOf({ payload }: Message): number {
  return payload.length < N.IFADDRMSG_SIZE ? -1 : new DataView(payload.buffer, payload.byteOffset).getUint32(4, true);
}

function decodeAddress({ payload }: Message): Address {
  const attributes = decodeAttributes(payload, N.IFADDRMSG_SIZE).filter(({ type }) => KEPT.includes(type));
  const [family = 0, prefixLength = 0, oldFlags = 0, scope = 0] = payload;
  let flags = oldFlags;
  for (const { type, value } of attributes) {
    // The flags have outgrown their byte.
    if (type !== N.IFA_FLAGS || value.length < 4) continue;
    flags = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
  }
  return { family, prefixLength, scope, flags, attributes };
}

/** Whether the kernel has made an address itself, and will make others in its place. */
export function isTemporary({ family, flags }: Address): boolean {
  return family === AF_INET6 && (flags & N.IFA_F_TEMPORARY) !== 0;
}

/** Whether an address has to follow its device into a container: it holds everywhere, and for good. */
export function isLasting({ flags, scope }: Address): boolean {
  return (flags & N.IFA_F_PERMANENT) !== 0 && scope === N.RT_SCOPE_UNIVERSE;
}

/** An address as the device has it under another name: a label is the name, or begins with it and a colon. */
export function relabel(address: Address, from: string, to: string): Address {
  const attributes = address.attributes.flatMap((attribute): Attribute[] => {
    if (attribute.type !== N.IFA_LABEL) return [attribute];
    const label = decodeText(attribute.value);
    const kept = label.startsWith(`${from}:`) ? to + label.slice(from.length) : to;
    const value = encodeText(kept);
    return [{ type: N.IFA_LABEL, value: value.length - 1 > LONGEST_NAME ? encodeText(to) : value }];
  });
  return { ...address, attributes };
}

/** Gives an address to a device; one that it has already is no error. */
export function addAddress(ffi: Ffi, socket: NetlinkSocket, to: { index: number; address: Address }): Answer {
  const { index, address } = to;
  const payload = new Uint8Array(N.IFADDRMSG_SIZE);
  // A byte of the flags: IFA_FLAGS has all of them.
  payload.set([address.family, address.prefixLength, address.flags & 0xff, address.scope]);
  new DataView(payload.buffer).setUint32(4, index, true);
  const flags = N.NLM_F_ACK | N.NLM_F_CREATE | N.NLM_F_REPLACE;
  return ask(ffi, socket, { type: N.RTM_NEWADDR, flags, payload, attributes: address.attributes });
}
