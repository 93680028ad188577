// The wire format of protocol buffers, as far as CRIU's messages use it: varints and length-delimited fields
// (protobuf.dev, "Encoding"). Knows nothing of what the fields mean.

/** A number is an integer, an enum or a flag; a list of fields is a message within the message. */
export type WireValue = number | string | readonly Field[];
export type Field = readonly [number: number, value: WireValue];

/** What a message has for one field: a varint, or the bytes of a string or of a message. */
export interface ReceivedField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

export function encodeFields(fields: readonly Field[]): Uint8Array {
  const bytes: number[] = [];
  appendFields(bytes, fields);
  return Uint8Array.from(bytes);
}

function appendFields(bytes: number[], fields: readonly Field[]): void {
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      appendVarint(bytes, number * 8 + VARINT);
      appendVarint(bytes, value);
      continue;
    }
    const content = typeof value === 'string' ? new TextEncoder().encode(value) : encodeFields(value);
    appendVarint(bytes, number * 8 + DELIMITED);
    appendVarint(bytes, content.length);
    for (const byte of content) bytes.push(byte);
  }
}

/** Seven bits a byte, the lowest first; what is negative takes all 64 bits. */
function appendVarint(bytes: number[], value: number): void {
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
}

/** @throws RangeError for bytes that are no message */
export function decodeFields(bytes: Uint8Array): ReceivedField[] {
  const fields: ReceivedField[] = [];
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = readVarint(reader);
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === VARINT) fields.push({ number, value: readVarint(reader) });
    else if (type === DELIMITED) fields.push({ number, value: take(reader, readVarint(reader)) });
    else if (type === FIXED64) take(reader, 8);
    else if (type === FIXED32) take(reader, 4);
    else throw new RangeError(`unknown wire type ${type}`);
  }
  return fields;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function take(reader: Reader, length: number): Uint8Array {
  const end = reader.at + length;
  if (length < 0 || end > reader.bytes.length) throw new RangeError('a field is longer than its message');
  const taken = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return taken;
}

function readVarint(reader: Reader): number {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const [byte = 0] = take(reader, 1);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return Number(BigInt.asIntN(64, value));
  }
  throw new RangeError('a number has more than 64 bits');
}
