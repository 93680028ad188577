// What nunc uses of Node's Buffer.

import { native } from '../ffi/native.ts';
import { decodeUtf8 } from './text.ts';

/** Without the static functions, which are not those of the class below it. */
export class Bytes extends Uint8Array {
  override toString(encoding?: string): string {
    if (encoding !== 'hex') return decodeUtf8(this);
    let text = '';
    for (const byte of this) text += byte.toString(16).padStart(2, '0');
    return text;
  }
}

export function concatBytes(parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Bytes(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** The global `Buffer`: what it makes are Bytes. */
export const bufferFunctions = {
  from: (value: string | ArrayLike<number>) => {
    return typeof value === 'string' ? new Bytes(native.encode(value)) : new Bytes(value);
  },
  concat: concatBytes,
  byteLength: (text: string) => native.encode(text).byteLength,
} as const;
