import { describe, expect, test } from 'vitest';
import { compareSequences } from '../../../../src/container/explain/sequence.ts';
import { randomFrom } from '../../../support/random.ts';

/** The longest common subsequence, by trying everything. */
function longest(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return 0;
  const [first, ...rest] = one;
  const at = other.indexOf(first ?? '');
  const without = longest(rest, other);
  return at < 0 ? without : Math.max(without, 1 + longest(rest, other.slice(at + 1)));
}

describe('compareSequences()', () => {
  test('keeps as much as can be kept, and loses nothing', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const list = (): string[] => Array.from({ length: random(9) }, () => 'abcd'[random(4)] ?? '');
      const [one, other] = [list(), list()];
      const steps = compareSequences(one, other);
      expect(steps.flatMap(({ before }) => before ?? [])).toEqual(one.map((_, i) => i));
      expect(steps.flatMap(({ after }) => after ?? [])).toEqual(other.map((_, i) => i));
      const kept = steps.filter(({ before, after }) => before !== undefined && after !== undefined);
      for (const { before = -1, after = -1 } of kept) expect(one[before]).toBe(other[after]);
      expect([seed, kept.length]).toEqual([seed, longest(one, other)]);
    }
  });

  test('gives up on lists that would take too long, but for what begins and ends alike', () => {
    const middle = (name: string): string[] => Array.from({ length: 7000 }, (_, i) => `${name}${i}`);
    const list = (name: string): string[] => ['first', ...middle(name), 'last'];
    const steps = compareSequences(list('a'), list('b'));
    expect(steps).toHaveLength(14_002);
    expect([steps[0], steps.at(-1)]).toEqual([{ before: 0, after: 0 }, { before: 7001, after: 7001 }]);
  });
});
