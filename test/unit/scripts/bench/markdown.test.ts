import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { benchMarks, renderTable, replaceMarked } from '../../../../scripts/bench/markdown.ts';

describe('renderTable()', () => {
  test('pads every column to its widest cell', () => {
    expect(renderTable(['name', 'n'], [['a', '1000'], ['long name', '2']])).toBe(
      '| name      |    n |\n| --------- | ----:|\n| a         | 1000 |\n| long name |    2 |',
    );
  });
});

describe('replaceMarked()', () => {
  const marks = benchMarks('v1');

  test('replaces what is between the marks and nothing else', () => {
    const document = `before\n${marks.begin}\nold\n${marks.end}\nafter\n`;
    const replaced = replaceMarked(document, 'new', marks);
    expect(replaced).toBe(`before\n${marks.begin}\nnew\n${marks.end}\nafter\n`);
    expect(replaceMarked(replaced, 'new', marks)).toBe(replaced);
  });

  test.each(['no marks', marks.begin, `${marks.end}\n${marks.begin}`])('refuses %j', (document) => {
    expect(() => replaceMarked(document, 'new', marks)).toThrow('the document has no');
  });
});

describe('benchMarks()', () => {
  const document = readFileSync(new URL('../../../../docs/performance.md', import.meta.url), 'utf8');

  test.each(['v1', 'v2'])('are in docs/performance.md for cgroup %s', (version) => {
    expect(() => replaceMarked(document, '', benchMarks(version))).not.toThrow();
  });
});
