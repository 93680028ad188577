import { expect, test } from 'vitest';
import { lineAt, placeOf } from '../../../src/config/lines.ts';
import { randomFor } from '../../support/fuzz/random.ts';

/** Lines of every length, so that pieces end anywhere. */
function longText(seed: number): string {
  const random = randomFor(seed, 0);
  return Array.from({ length: 400 }, () => 'x'.repeat(random.pick([0, 0, 1, 50, 3000, 70_000]) % 70_001)).join('\n');
}

test.each([1, 2, 3])('placeOf() and lineAt() agree with a split of the text, %s', (seed) => {
  const text = longText(seed);
  const lines = text.split('\n');
  let start = 0;
  for (const [i, line] of lines.entries()) {
    expect(lineAt(text, i + 1) === line, `line ${i + 1}`).toBe(true);
    expect(placeOf(text, start)).toBe(`line ${i + 1}, column 1`);
    expect(placeOf(text, start + line.length)).toBe(`line ${i + 1}, column ${line.length + 1}`);
    start += line.length + 1;
  }
});

test('lineAt() of a text without lines', () => {
  expect([lineAt('', 1), lineAt('a', 1), lineAt('a', 5), lineAt('\n', 2), placeOf('', 0)])
    .toEqual(['', 'a', 'a', '', 'line 1, column 1']);
});
