// Changes to a document at any place of it: what somebody forgets, mistypes, or tries. Knows nothing of what it means.

import type { Random } from './random.ts';
import { HOSTILE, hostileValue, NUMBERS } from './values.ts';

type Container = Record<string, unknown>;

interface Place {
  readonly holder: Container;
  readonly key: string;
}

/** Every value within a document that is not too deep. */
function placesOf(document: unknown): Place[] {
  const places: Place[] = [];
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 12) return;
    for (const key of Object.keys(value).slice(0, 200)) {
      places.push({ holder: value as Container, key });
      walk((value as Container)[key], depth + 1);
    }
  };
  walk(document, 0);
  return places;
}

/** Changes a document in place, at `count` places. @param donor where subtrees come from */
export function mutate(document: unknown, donor: unknown, { random, count }: { random: Random; count: number }): void {
  for (let i = 0; i < count; i++) {
    const places = placesOf(document);
    if (places.length === 0) return;
    const place = random.pick(places);
    change(place, random, { places, donors: placesOf(donor) });
  }
}

interface Others {
  readonly places: readonly Place[];
  readonly donors: readonly Place[];
}

function change({ holder, key }: Place, random: Random, { places, donors }: Others): void {
  const set = (value: unknown): void => { define(holder, key, value); };
  const old = holder[key];
  switch (random.below(10)) {
    case 0: remove(holder, key); break;
    case 1: set(hostileValue(random)); break;
    case 2: set(typeof old === 'string' ? random.pick(HOSTILE) : random.pick(NUMBERS)); break;
    case 3: set(typeof old === 'string' ? twist(old, random) : random.pick(NUMBERS)); break;
    case 4: set(copyOf(random.pick(places))); break;
    case 5: if (donors.length > 0) set(copyOf(sameKey(donors, key, random))); break;
    case 6: duplicate(holder, key, random); break;
    case 7: define(holder, random.pick(HOSTILE), copyOf({ holder, key })); break;
    case 8: set(Array.isArray(old) ? (old as unknown[]).concat(old) : [old]); break;
    default: set(typeof old === 'number' ? old + random.pick([-1, 1, 0.5, 2 ** 32]) : hostileValue(random));
  }
}

/** Not by assignment: `__proto__` is a key as others. */
function define(holder: Container, key: string, value: unknown): void {
  // What a list gets by a name that is no index would not be written.
  if (Array.isArray(holder) && !/^\d+$/.test(key)) return;
  if (Array.isArray(holder) && Number(key) > holder.length) return;
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function remove(holder: Container, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
}

function copyOf({ holder, key }: Place): unknown {
  return structuredClone(holder[key]);
}

function sameKey(donors: readonly Place[], key: string, random: Random): Place {
  const same = donors.filter((donor) => donor.key === key);
  return random.pick(same.length > 0 && random.chance(70) ? same : donors);
}

function twist(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return random.pick([
    text.toUpperCase(), `${text} `, `/${text}`, text.slice(at),
    text.slice(0, at) + random.pick(HOSTILE) + text.slice(at),
    text.repeat(2), `${text}/../${text}`, `./${text}`, text.replaceAll('/', '//'),
  ]);
}

function duplicate(holder: Container, key: string, random: Random): void {
  if (!Array.isArray(holder)) return;
  const copies = random.pick([1, 1, 2, 30, 150]);
  const list = holder as unknown[];
  for (let i = 0; i < copies; i++) list.splice(random.below(list.length + 1), 0, structuredClone(list[Number(key)]));
}
