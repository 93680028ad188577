// The Encoding Standard's two classes, for UTF-8 alone. https://encoding.spec.whatwg.org

import { native } from '../ffi/native.ts';

/** Whatever the bytes are: what is not UTF-8 gets U+FFFD in its place, a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  return native.decode(bytes, false, false) ?? '';
}

export class Utf8Encoder {
  encode(text = ''): Uint8Array<ArrayBuffer> {
    return new Uint8Array(native.encode(text));
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    const written = native.encodeInto(text, into);
    if (written >= 0) return { read: text.length, written };
    const part = decodeUtf8(into.subarray(0, -written - 1));
    return { read: part.length, written: -written - 1 };
  }
}

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

export class Utf8Decoder {
  readonly #fatal: boolean;
  readonly #keepMark: boolean;

  constructor(_label = 'utf-8', { fatal = false, ignoreBOM = false }: DecoderOptions = {}) {
    this.#fatal = fatal;
    this.#keepMark = ignoreBOM;
  }

  /** @throws TypeError when `fatal` */
  decode(bytes: Uint8Array = new Uint8Array(), { stream = false }: { stream?: boolean } = {}): string {
    const text = native.decode(bytes, this.#fatal, stream);
    if (text === undefined) throw new TypeError('The encoded data was not valid utf-8');
    return this.#keepMark || !text.startsWith('\uFEFF') ? text : text.slice(1);
  }
}
