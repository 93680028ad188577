// What nunc uses of Node's Buffer.

import { native } from './native.ts';

export class Bytes extends Uint8Array<ArrayBuffer> {
  static override from(value: string | ArrayLike<number>): Bytes {
    return typeof value === 'string' ? new Bytes(native.encode(value)) : new Bytes(value);
  }

  static concat(parts: readonly Uint8Array[]): Bytes {
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

  static byteLength(text: string): number {
    return native.encode(text).byteLength;
  }

  override toString(encoding?: string): string {
    if (encoding !== 'hex') return native.decode(this, false, false) ?? '';
    let text = '';
    for (const byte of this) text += byte.toString(16).padStart(2, '0');
    return text;
  }
}
