// Bytes → the document that they are, as yet unchecked: UTF-8, JSON, and no nulls. Knows nothing of what is in it.

import { ConfigError } from '../error.ts';
import { JsonSyntaxError, parseJson } from './json.ts';

/** @throws ConfigError for what is not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    // Keeps a byte order mark, which JSON doesn't allow: RFC 8259, section 8.1.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ConfigError([{ pointer: '', text: `byte ${invalidByte(bytes)} is not UTF-8` }]);
  }
}

/** JSON, without the properties that are null: they count as absent, see spec/README.md. @throws ConfigError */
export function parseDocument(text: string): unknown {
  try {
    const document = parseJson(text);
    // Nearly no config has a null; a false alarm, from within a string, costs little.
    if (text.includes('null')) removeNulls(document);
    return document;
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) throw new ConfigError([{ pointer: '', text: cause.message }]);
    throw cause;
  }
}

/**
 * Removes every property whose value is null, in place. Go programs write null for lists and objects that they have
 * not set, and Go's decoder takes it for absence. A null in a list stays, for the schema to refuse.
 */
function removeNulls(document: unknown): void {
  const pending = [document];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const container = value as Record<string, unknown>;
    for (const key of Object.keys(container)) {
      const inner = container[key];
      if (inner === null && !Array.isArray(value)) Reflect.deleteProperty(container, key);
      else if (typeof inner === 'object') pending.push(inner);
    }
  }
}

/** The offset of the byte with which the text stops being UTF-8: the longest good prefix's length, by bisection. */
function invalidByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    // With `stream` a character that is cut off at the end is no error.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
