// The smallest document that still shows a mistake: parts are taken away, one after another, as long as it does. Knows
// nothing of configs.

type Container = Record<string, unknown>;

const MOST_TRIES = 3000;

/** Candidates that are a little smaller than a value, the smallest first. */
function* smaller(value: unknown): Generator {
  if (typeof value === 'string') {
    if (value.length > 1) yield* [value.slice(0, value.length >> 1), value.slice(value.length >> 1), value.slice(1)];
  } else if (Array.isArray(value)) {
    const list = value as readonly unknown[];
    for (let size = list.length; size > 0; size >>= 1) {
      for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
    }
    for (const [i, item] of list.entries()) for (const other of smaller(item)) yield list.with(i, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) yield without(value as Container, key);
    for (const [key, inner] of Object.entries(value)) {
      for (const other of smaller(inner)) yield withKey(value, key, other);
    }
  }
}

function without(value: Container, key: string): Container {
  const { [key]: _, ...rest } = value;
  return rest;
}

function withKey(value: object, key: string, inner: unknown): object {
  const entries = Object.entries(value).map(([name, old]) => [name, name === key ? inner : old] as const);
  return Object.fromEntries(entries);
}

/** @param fails whether a document shows the mistake */
export function minimise(document: unknown, fails: (document: unknown) => boolean): unknown {
  let smallest = document;
  let tries = 0;
  for (let found = true; found && tries < MOST_TRIES;) {
    found = false;
    for (const candidate of smaller(smallest)) {
      if (tries++ >= MOST_TRIES) break;
      if (!fails(candidate)) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}
