// D-Bus values → bytes, little endian ("Marshaling" of the D-Bus specification). Pure. Trusts that values are of the
// types that their signature says: they are this program's own.

import { alignmentOf, splitSignature, type Value, type Variant } from './value.ts';

/** The bytes of values of a signature's types, as if they began at a multiple of 8. */
export function marshal(signature: string, values: readonly Value[]): Uint8Array {
  const bytes: number[] = [];
  splitSignature(signature).forEach((type, index) => put(bytes, type, values[index] ?? 0));
  return Uint8Array.from(bytes);
}

function pad(bytes: number[], alignment: number): void {
  while (bytes.length % alignment !== 0) bytes.push(0);
}

function put(bytes: number[], type: string, value: Value): void {
  pad(bytes, alignmentOf(type));
  switch (type.charAt(0)) {
    case 'y':
      { putInteger(bytes, value, 1); return; }
    case 'n': case 'q':
      { putInteger(bytes, value, 2); return; }
    case 'x': case 't':
      { putInteger(bytes, value, 8); return; }
    case 'd':
      bytes.push(...new Uint8Array(Float64Array.of(Number(value)).buffer));
      return;
    case 's': case 'o':
      { putText(bytes, value as string, 4); return; }
    case 'g':
      { putText(bytes, value as string, 1); return; }
    case 'v':
      putText(bytes, (value as Variant).signature, 1);
      { put(bytes, (value as Variant).signature, (value as Variant).value); return; }
    case 'a':
      { putArray(bytes, type.slice(1), value as readonly Value[]); return; }
    case '(': case '{':
      splitSignature(type.slice(1, -1)).forEach((field, index) => {
        put(bytes, field, (value as readonly Value[])[index] ?? 0);
      });
      return;
    default:
      // b, i, u and h.
      { putInteger(bytes, value, 4); return; }
  }
}

function putInteger(bytes: number[], value: Value, size: number): void {
  if (size < 8) {
    for (let i = 0; i < size; i++) bytes.push((Number(value) >> (8 * i)) & 0xff);
    return;
  }
  const unsigned = BigInt.asUintN(64, value as bigint);
  for (let i = 0; i < size; i++) bytes.push(Number((unsigned >> BigInt(8 * i)) & 0xffn));
}

/** With its length, of `size` bytes, before it and a NUL behind it. */
function putText(bytes: number[], text: string, size: number): void {
  const encoded = new TextEncoder().encode(text);
  putInteger(bytes, encoded.length, size);
  bytes.push(...encoded, 0);
}

/** The length of an array does not count the padding before its first element. */
function putArray(bytes: number[], element: string, values: readonly Value[]): void {
  const at = bytes.length;
  bytes.push(0, 0, 0, 0);
  pad(bytes, alignmentOf(element));
  const start = bytes.length;
  for (const value of values) put(bytes, element, value);
  const length = bytes.length - start;
  for (let i = 0; i < 4; i++) bytes[at + i] = (length >> (8 * i)) & 0xff;
}
