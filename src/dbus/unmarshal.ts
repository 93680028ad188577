// Bytes → D-Bus values, the way back of marshal.ts. Pure. Trusts nothing: what is cut short or says of itself what is
// not true is an error.

import { alignmentOf, splitSignature, type Value } from './value.ts';

/** @throws Error when the bytes are not values of these types */
export function unmarshal(signature: string, bytes: Uint8Array): Value[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const input: Input = { bytes, view, at: 0, variants: 0 };
  return splitSignature(signature).map((type) => take(input, type));
}

interface Input {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  /** Around the value that is being taken. */
  variants: number;
}

/** The specification's limit on nesting. */
const DEPTH = 64;

/** Where the next `size` bytes at such a boundary are. */
function advance(input: Input, size: number, alignment = size): number {
  const start = Math.ceil(input.at / alignment) * alignment;
  if (start + size > input.bytes.length) throw new Error('the message is cut short');
  input.at = start + size;
  return start;
}

function take(input: Input, type: string): Value {
  const { view } = input;
  switch (type.charAt(0)) {
    case 'y': return view.getUint8(advance(input, 1));
    case 'b': return view.getUint32(advance(input, 4), true) !== 0;
    case 'n': return view.getInt16(advance(input, 2), true);
    case 'q': return view.getUint16(advance(input, 2), true);
    case 'i': return view.getInt32(advance(input, 4), true);
    case 'x': return view.getBigInt64(advance(input, 8), true);
    case 't': return view.getBigUint64(advance(input, 8), true);
    case 'd': return view.getFloat64(advance(input, 8), true);
    case 's': case 'o': return takeText(input, view.getUint32(advance(input, 4), true));
    case 'g': return takeText(input, view.getUint8(advance(input, 1)));
    case 'v': return takeVariant(input);
    case 'a': return takeArray(input, type.slice(1));
    case '(': case '{':
      advance(input, 0, 8);
      return splitSignature(type.slice(1, -1)).map((field) => take(input, field));
    default:
      // u, and h, an index.
      return view.getUint32(advance(input, 4), true);
  }
}

function takeText(input: Input, length: number): string {
  const start = advance(input, length + 1, 1);
  return new TextDecoder().decode(input.bytes.subarray(start, start + length));
}

function takeVariant(input: Input): Value {
  const signature = takeText(input, input.view.getUint8(advance(input, 1)));
  const [type, ...more] = splitSignature(signature);
  if (type === undefined || more.length > 0) throw new Error(`a variant of type ${JSON.stringify(signature)}`);
  input.variants += 1;
  if (input.variants > DEPTH) throw new Error('its values are nested too deeply');
  const value = take(input, type);
  input.variants -= 1;
  return { signature, value };
}

function takeArray(input: Input, element: string): Value[] {
  const length = input.view.getUint32(advance(input, 4), true);
  advance(input, 0, alignmentOf(element));
  const end = input.at + length;
  if (end > input.bytes.length) throw new Error('the message is cut short');
  const values: Value[] = [];
  while (input.at < end) values.push(take(input, element));
  if (input.at !== end) throw new Error('an array is longer than it says');
  return values;
}
