// Netlink messages as bytes, see netlink(7): a header, the family's own structure, attributes. Pure; knows no message's
// meaning but that of errors.
//
//   0       4      6       8          12      16
//   │ length│ type │ flags │ sequence │ port  │ body … │ attributes: length (2), type (2), value │ …
//
// All numbers are the machine's, little-endian here. Attributes, and messages in one datagram, begin at multiples of 4.

import { NuncError } from '../error.ts';
import * as N from '../linux/netlink.ts';

const HEADER_SIZE = 16;
const ATTRIBUTE_HEADER_SIZE = 4;

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header: the family's structure and attributes. */
  readonly payload: Uint8Array;
}

/** What NLMSG_ERROR and NLMSG_DONE say. */
export interface Verdict {
  /** 0 for an acknowledgement. */
  readonly errno: number;
  /** The kernel's own words, where it has any. */
  readonly hint: string;
}

function align(length: number): number {
  return (length + 3) & ~3;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function garbled(): NuncError {
  return new NuncError('syscall', 'cannot understand what the kernel answers over netlink', { code: 'E_NETWORK' });
}

/** A whole request. `payload` is the family's structure, whose size is a multiple of 4. */
export function encodeMessage(message: Message, attributes: readonly Attribute[] = []): Uint8Array {
  let length = HEADER_SIZE + message.payload.length;
  for (const { value } of attributes) length += align(ATTRIBUTE_HEADER_SIZE + value.length);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint32(0, length, true);
  view.setUint16(4, message.type, true);
  view.setUint16(6, message.flags, true);
  view.setUint32(8, message.sequence, true);
  bytes.set(message.payload, HEADER_SIZE);
  let at = HEADER_SIZE + message.payload.length;
  for (const { type, value } of attributes) {
    view.setUint16(at, ATTRIBUTE_HEADER_SIZE + value.length, true);
    view.setUint16(at + 2, type, true);
    bytes.set(value, at + ATTRIBUTE_HEADER_SIZE);
    at += align(ATTRIBUTE_HEADER_SIZE + value.length);
  }
  return bytes;
}

/** The messages of one datagram. @throws NuncError when their lengths make no sense */
export function decodeMessages(bytes: Uint8Array): Message[] {
  const view = viewOf(bytes);
  const messages: Message[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < HEADER_SIZE) throw garbled();
    const length = view.getUint32(at, true);
    if (length < HEADER_SIZE || length > bytes.length - at) throw garbled();
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: bytes.subarray(at + HEADER_SIZE, at + length),
    });
    at += align(length);
  }
  return messages;
}

/** The attributes that follow a structure of `offset` bytes. @throws NuncError when their lengths make no sense */
export function decodeAttributes(payload: Uint8Array, offset: number): Attribute[] {
  const view = viewOf(payload);
  const attributes: Attribute[] = [];
  if (payload.length < offset) throw garbled();
  let at = align(offset);
  while (at < payload.length) {
    if (payload.length - at < ATTRIBUTE_HEADER_SIZE) throw garbled();
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_SIZE || length > payload.length - at) throw garbled();
    const type = view.getUint16(at + 2, true) & N.NLA_TYPE_MASK;
    attributes.push({ type, value: payload.subarray(at + ATTRIBUTE_HEADER_SIZE, at + length) });
    at += align(length);
  }
  return attributes;
}

/** Reads NLMSG_ERROR: an errno, the header of the request, and what the kernel adds about it; or NLMSG_DONE, which has
 * no request. */
export function decodeVerdict({ type: kind, flags, payload }: Message): Verdict {
  if (payload.length < 4) throw garbled();
  const view = viewOf(payload);
  const errno = 0 - view.getInt32(0, true);
  if (errno < 0) throw garbled();
  if (errno === 0 || (flags & N.NLM_F_ACK_TLVS) === 0) return { errno, hint: '' };
  let offset = 4;
  if (kind === N.NLMSG_ERROR) {
    if (payload.length < 4 + HEADER_SIZE) throw garbled();
    offset += (flags & N.NLM_F_CAPPED) === 0 ? view.getUint32(4, true) : HEADER_SIZE;
  }
  for (const { type, value } of decodeAttributes(payload, offset)) {
    if (type === N.NLMSGERR_ATTR_MSG) return { errno, hint: decodeText(value) };
  }
  return { errno, hint: '' };
}

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** The text up to its NUL. */
export function decodeText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
}

export function encodeInteger(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, value, true);
  return bytes;
}
