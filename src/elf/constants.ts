// The constants of a plan: strings, bytes and structures, each with its address from the moment it is added. They grow
// downwards from an end address, which lets them grow without moving. Knows nothing of what they mean.

import type { Address, Word } from '../plan/operation.ts';
import { write64 } from './code.ts';

const encoder = new TextEncoder();

export interface Constants {
  /** Filled from its end. */
  bytes: Uint8Array;
  used: number;
  /** The address behind the last byte; a multiple of 8. */
  readonly end: number;
  /** Where the plan's memory is. */
  readonly memory: number;
  readonly texts: Map<string, number>;
  /** Constants that were added before, by identity: planners share the structures that repeat. */
  readonly others: Map<Uint8Array | readonly Word[], number>;
}

/** No constants yet, to end at an address; `memory` is where the plan's memory is. */
export function createConstants(end: number, memory: number): Constants {
  return { bytes: new Uint8Array(16384), used: 0, end, memory, texts: new Map(), others: new Map() };
}

/** The bytes of all constants, in the order of their addresses. */
export function constantBytes(constants: Constants): Uint8Array {
  return constants.bytes.subarray(constants.bytes.length - constants.used);
}

/** Takes `size` zero bytes at an aligned address; returns their index in `bytes`. */
function allocate(constants: Constants, size: number, alignment: 1 | 8): number {
  let used = constants.used + size;
  if (alignment === 8) used = (used + 7) & ~7;
  if (used > constants.bytes.length) {
    const grown = new Uint8Array(Math.ceil(used / 4096) * 8192);
    grown.set(constantBytes(constants), grown.length - constants.used);
    constants.bytes = grown;
  }
  constants.used = used;
  return constants.bytes.length - used;
}

/** Where a NUL-terminated string is; adds it when it is new. */
export function addText(constants: Constants, text: string): number {
  const known = constants.texts.get(text);
  if (known !== undefined) return known;
  const { length } = text;
  const at = allocate(constants, length + 1, 1);
  const target = constants.bytes.subarray(at, at + length);
  // @types/bun names a result type that @types/node 20 lacks.
  const { read, written } = encoder.encodeInto(text, target) as { read: number; written: number };
  if (read !== length || written !== length) {
    // Not ASCII: longer than guessed. The NUL is in place already.
    const encoded = encoder.encode(text);
    const start = allocate(constants, encoded.length - length, 1);
    constants.bytes.set(encoded, start);
  }
  const address = constants.end - constants.used;
  constants.texts.set(text, address);
  return address;
}

function addBytes(constants: Constants, bytes: Uint8Array): number {
  const known = constants.others.get(bytes);
  if (known !== undefined) return known;
  // allocate() may replace constants.bytes, so it comes first.
  const at = allocate(constants, bytes.length, 8);
  constants.bytes.set(bytes, at);
  const address = constants.end - constants.used;
  constants.others.set(bytes, address);
  return address;
}

function addWords(constants: Constants, words: readonly Word[]): number {
  const known = constants.others.get(words);
  if (known !== undefined) return known;
  const values: number[] = [];
  // What the words point to comes first: adding it may move the bytes.
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    values.push(typeof word === 'number' ? word : addressOf(constants, word));
  }
  const at = allocate(constants, words.length * 8, 8);
  const view = new DataView(constants.bytes.buffer, at, words.length * 8);
  for (let i = 0; i < words.length; i++) write64(view, i * 8, values[i] ?? 0);
  const address = constants.end - constants.used;
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
