// The constants of a plan: strings, bytes and structures, each with its address from the moment it is added. They grow
// upwards from a fixed address. Strings are kept as they are and encoded at the end, all in one: that is why they are
// taken to be ASCII, unless told that they are not. Knows nothing of what they mean.

import type { Address, Word } from '../plan/operation.ts';

const encoder = new TextEncoder();

export interface Constants {
  /** The strings in the order of their addresses, each with a NUL behind it, and NULs where structures are. */
  readonly parts: string[];
  /** The address behind the last constant. */
  end: number;
  /** The address of the first one; a multiple of 8. */
  readonly begin: number;
  /** Where the plan's memory is. */
  readonly memory: number;
  /** Whether each string's bytes are counted. */
  readonly exact: boolean;
  readonly texts: Map<string, number>;
  /** Constants that were added before, by identity: planners share the structures that repeat. */
  readonly others: Map<Uint8Array | readonly Word[], number>;
  /** What the structures hold, and their addresses. */
  readonly structures: (Uint8Array | readonly number[])[];
  readonly addresses: number[];
}

/** No constants yet, to begin at an address. */
export function createConstants({ begin, memory, exact }: Pick<Constants, 'begin' | 'memory' | 'exact'>): Constants {
  return {
    parts: [], end: begin, begin, memory, exact, texts: new Map(), others: new Map(), structures: [], addresses: [],
  };
}

/** Where a NUL-terminated string is; adds it when it is new. */
export function addText(constants: Constants, text: string): number {
  const { texts, parts, end } = constants;
  const known = texts.get(text);
  if (known !== undefined) return known;
  parts[parts.length] = text;
  constants.end = end + 1 + (constants.exact ? encoder.encode(text).length : text.length);
  texts.set(text, end);
  return end;
}

/** Takes an aligned place. */
function addStructure(constants: Constants, content: Uint8Array | readonly number[], size: number): number {
  const { end, parts, structures, addresses } = constants;
  const address = (end + 7) & ~7;
  const behind = address + size;
  // One of the NULs is that which every part has behind it.
  if (behind > end) parts[parts.length] = '\0'.repeat(behind - end - 1);
  constants.end = behind;
  structures[structures.length] = content;
  addresses[addresses.length] = address;
  return address;
}

function addBytes(constants: Constants, bytes: Uint8Array): number {
  const known = constants.others.get(bytes);
  if (known !== undefined) return known;
  const address = addStructure(constants, bytes, bytes.length);
  constants.others.set(bytes, address);
  return address;
}

function addWords(constants: Constants, words: readonly Word[]): number {
  const known = constants.others.get(words);
  if (known !== undefined) return known;
  const { length } = words;
  const values: number[] = [];
  for (let i = 0; i < length; i++) {
    const word = words[i] ?? 0;
    values[i] = typeof word === 'number' ? word : addressOf(constants, word);
  }
  const address = addStructure(constants, values, length * 8);
  constants.others.set(words, address);
  return address;
}

/** Where an operand is in the running init; adds it to the constants when it is one. */
export function addressOf(constants: Constants, address: Address): number {
  if ('text' in address) return addText(constants, address.text);
  if ('words' in address) return addWords(constants, address.words);
  if ('memory' in address) return constants.memory + address.memory;
  return addBytes(constants, address.bytes);
}

/**
 * Writes all constants to where the first one is to be, a multiple of 8.
 *
 * @returns whether their strings were as long as they were taken to be; if not, addresses are wrong
 */
export function writeConstants({ parts, begin, end, structures, addresses }: Constants, into: Uint8Array): boolean {
  const bytes = encoder.encode(`${parts.join('\0')}\0`);
  if (parts.length > 0 && bytes.length !== end - begin) return false;
  into.set(parts.length > 0 ? bytes : []);
  const words = new Int32Array(into.buffer, into.byteOffset, into.length >> 2);
  for (let i = 0; i < structures.length; i++) {
    const content = structures[i] ?? [];
    const at = (addresses[i] ?? 0) - begin;
    if (content instanceof Uint8Array) into.set(content, at);
    else writeWords(words, content, at >> 2);
  }
  return true;
}

/** Integers as 64 bits of two's complement, little-endian. Exact for |value| < 2^53. */
export function writeWords(words: Int32Array, values: readonly number[], at: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const index = at + 2 * i;
    words[index] = value;
    words[index + 1] = Math.floor(value / 0x1_0000_0000);
  }
}
