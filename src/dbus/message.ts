// D-Bus messages: method calls to bytes, and bytes to what comes back ("Message Protocol" of the D-Bus specification).
// Pure.
//
//   0        1      2       3         4               8        12
//   │ endian │ type │ flags │ version │ length of body │ serial │ fields: a(yv), padded to 8 │ body …

import { marshal } from './marshal.ts';
import { unmarshal } from './unmarshal.ts';
import { type Value, type Variant,variant } from './value.ts';

/** Before the fields, with their length. */
export const FIXED_SIZE = 16;
const LITTLE_ENDIAN = 'l'.charCodeAt(0);
const VERSION = 1;
/** Far more than any answer that is asked for here; the specification allows 128 MiB. */
const MAX_SIZE = 2 ** 20;

export interface MethodCall {
  /** The name of whom it is for; absent where there is no bus between. */
  readonly destination?: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Of `body`. */
  readonly signature: string;
  readonly body: readonly Value[];
}

export interface Message {
  readonly type: 'call' | 'return' | 'error' | 'signal';
  /** Of the call that it answers. */
  readonly replySerial?: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly body: readonly Value[];
}

const TYPES = ['call', 'return', 'error', 'signal'] as const;

/** Numbers of the header's fields. */
const field = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, signature: 8 } as const;

/** @param serial 1 or more; different for each call of a connection */
export function encodeCall(call: MethodCall, serial: number): Uint8Array {
  const fields: Value[] = [
    [field.path, variant('o', call.path)],
    [field.interface, variant('s', call.interface)],
    [field.member, variant('s', call.member)],
  ];
  if (call.destination !== undefined) fields.push([field.destination, variant('s', call.destination)]);
  if (call.signature !== '') fields.push([field.signature, variant('g', call.signature)]);
  const body = marshal(call.signature, call.body);
  const type = TYPES.indexOf('call') + 1;
  const header = marshal('yyyyuua(yv)', [LITTLE_ENDIAN, type, 0, VERSION, body.length, serial, fields]);
  const start = padded(header.length);
  const message = new Uint8Array(start + body.length);
  message.set(header);
  message.set(body, start);
  return message;
}

function padded(length: number): number {
  return (length + 7) & ~7;
}

/** How long the message is that begins with these bytes, at least FIXED_SIZE. @throws Error for what begins none */
export function messageSize(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FIXED_SIZE);
  if (view.getUint8(0) !== LITTLE_ENDIAN || view.getUint8(3) !== VERSION) throw new Error('it sends no D-Bus messages');
  const [body, fields] = [view.getUint32(4, true), view.getUint32(12, true)];
  // Looked at before they are rounded up, which is done in 32 bits.
  if (body + fields > MAX_SIZE) throw new Error(`it sends a message of ${FIXED_SIZE + fields + body} bytes`);
  return padded(FIXED_SIZE + fields) + body;
}

/** @param bytes one whole message @throws Error for what is none */
export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FIXED_SIZE);
  const header = padded(FIXED_SIZE + view.getUint32(12, true));
  const [, type, , , , , fields] = unmarshal('yyyyuua(yv)', bytes.subarray(0, header));
  const found = new Map(fields as readonly (readonly [number, Variant])[]);
  const read = (number: number): Value | undefined => found.get(number)?.value;
  const name = TYPES[Number(type) - 1];
  if (name === undefined) throw new Error(`it sends a message of type ${Number(type)}`);
  const texts: Record<string, string> = {};
  for (const key of ['path', 'interface', 'member', 'errorName'] as const) {
    const value = read(field[key]);
    if (typeof value === 'string') texts[key] = value;
  }
  const replySerial = read(field.replySerial);
  const signature = read(field.signature);
  return {
    type: name,
    ...texts,
    ...(typeof replySerial === 'number' ? { replySerial } : {}),
    body: typeof signature === 'string' ? unmarshal(signature, bytes.subarray(header)) : [],
  };
}
