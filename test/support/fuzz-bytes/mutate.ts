// Makes bytes, and JSON, into what they should not be: one mistake or a few, by a seeded random generator. Knows
// nothing of what reads them.

import { pick, type Random } from '../random.ts';

/** Bytes that mean something to somebody: ends of texts, signs, halves of UTF-8 sequences. */
const ODD_BYTES = [0x00, 0x01, 0x0a, 0x22, 0x2d, 0x5c, 0x7f, 0x80, 0xc3, 0xed, 0xf5, 0xff] as const;
/** Numbers where lengths, signs and doubles end. */
const ODD_NUMBERS = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff,
] as const;

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

/** One of the ways in which bytes go wrong. */
const WAYS: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, random) => bytes.slice(0, random(bytes.length + 1)),
  (bytes, random) => concat(bytes, randomBytes(random, 1 + random(64))),
  (bytes, random) => changed(bytes, random, (at) => (bytes[at] ?? 0) ^ (1 << random(8))),
  (bytes, random) => changed(bytes, random, () => random(256)),
  (bytes, random) => changed(bytes, random, () => pick(random, ODD_BYTES)),
  (bytes, random) => {
    const [from, to] = [random(bytes.length + 1), random(bytes.length + 1)].sort((a, b) => a - b);
    return concat(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, random) => {
    const [from, to] = [random(bytes.length + 1), random(bytes.length + 1)].sort((a, b) => a - b);
    return concat(bytes.subarray(0, to), bytes.subarray(from));
  },
  (bytes, random) => {
    if (bytes.length < 4) return bytes;
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint32(random(bytes.length - 3), pick(random, ODD_NUMBERS), random(4) > 0);
    return copy;
  },
  (bytes, random) => bytes.slice().fill(pick(random, ODD_BYTES), random(bytes.length + 1)),
];

function changed(bytes: Uint8Array, random: Random, byteAt: (at: number) => number): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) {
    const at = random(copy.length);
    copy[at] = byteAt(at);
  }
  return copy;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A few mistakes in bytes. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  // A copy: a part of a Buffer is the Buffer's own memory.
  let mutated: Uint8Array = new Uint8Array(bytes);
  for (let left = 1 + random(3); left > 0; left--) mutated = pick(random, WAYS)(mutated, random);
  return mutated;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values of every type, among them those that numbers and paths go wrong with. */
const ODD_VALUES: readonly Json[] = [
  null, true, false, 0, 1, -1, 2, 1.5, 1e308, -2147483649, 4294967296, Number.MAX_SAFE_INTEGER, '', '/', '..', '/../..',
  '0', '1', '-1', 'null', '\0', '\ud800', '\u001b[31m\n', 'x'.repeat(5000), [], {}, [[]], [null], [0], [''], { '': '' },
  { __proto__: null, length: 7 },
];

interface Place {
  readonly in: Record<string, Json>;
  readonly key: string;
}

/** Every place of a document in which there is a value. */
function placesIn(document: Json): Place[] {
  const places: Place[] = [];
  const pending: Json[] = [document];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const entries = value as Record<string, Json>;
    for (const key of Object.keys(entries)) {
      places.push({ in: entries, key });
      pending.push(entries[key] as Json);
    }
  }
  return places;
}

/** A document in which something is missing, of another type, twice, or in another's place.
 *
 * @param more values that are worse than others here */
export function mutateJson(random: Random, document: Json, more: readonly Json[] = []): Json {
  const whole: { document?: Json } = { document: structuredClone(document) };
  for (let left = 1 + random(2); left > 0; left--) {
    const places = placesIn(whole);
    if (places.length === 0) break;
    const [place, other] = [pick(random, places), pick(random, places)];
    const how = random(6);
    if (how === 0 && Array.isArray(place.in)) place.in.splice(Number(place.key), 1);
    else if (how === 0) Reflect.deleteProperty(place.in, place.key);
    else if (how === 1) place.in[place.key] = structuredClone(other.in[other.key] ?? null);
    else if (how === 2) place.in[`${place.key}x`] = place.in[place.key] ?? null;
    else if (how === 3 && more.length > 0) place.in[place.key] = structuredClone(pick(random, more));
    else place.in[place.key] = structuredClone(pick(random, ODD_VALUES));
  }
  return whole.document ?? null;
}

/** So many of the items, in an order of chance; all of them when there are not more. */
export function some<Item>(random: Random, items: readonly Item[], count: number): Item[] {
  const left = [...items];
  const chosen: Item[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random(left.length), 1));
  return chosen;
}

/** What a case can be repeated with, for a message. */
export function describeCase(run: { readonly seed: number; readonly round: number }, input: Uint8Array): string {
  const bytes = Buffer.from(input);
  return `EFFORT_SEED=${run.seed} round ${run.round}: base64 ${bytes.subarray(0, 6000).toString('base64')}`;
}
