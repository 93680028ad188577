// Choices that are the same for the same seed and case. Knows nothing of what is chosen.

export interface Random {
  /** An integer from 0 up to the limit, which is not reached. */
  readonly below: (limit: number) => number;
  readonly chance: (percent: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Splitmix32: cases whose numbers are neighbours have nothing in common. */
export function randomFor(seed: number, index: number): Random {
  let state = Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b);
  const next = (): number => {
    state = (state + 0x9e37_79b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  return { below, chance: (percent) => below(100) < percent, pick: (items) => items[below(items.length)] as never };
}
