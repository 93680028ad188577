// Reproducible random operands for the tests of machine code.

/** A generator of integers below `limit` (at most 2^32), the same for the same seed (xorshift32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const EDGES = [
  0, 1, -1, 127, 128, -128, -129, 0x7fff_ffff, 0x8000_0000, -0x8000_0000, -0x8000_0001, 0xffff_ffff, 0x1_0000_0000,
  Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER,
];

/** Integers of every size and sign that an immediate can have, the edges between encodings included. */
export function immediates(random: (limit: number) => number, count: number): readonly number[] {
  const values = [...EDGES];
  for (let i = 0; i < count; i++) {
    const bits = 1 + random(53);
    const high = random(2 ** Math.max(0, bits - 32));
    const value = high * 0x1_0000_0000 + random(2 ** Math.min(32, bits));
    values.push(random(2) === 0 ? value : -value);
  }
  return values;
}
