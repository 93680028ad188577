import { describe, expect, test } from 'vitest';
import { columnsOf, formatTable } from '../../../src/commands/text-table.ts';

function table(...rows: string[][]): string {
  return formatTable(rows.map((row) => row.map((text) => ({ text }))));
}

describe('columnsOf()', () => {
  test.each([
    ['', 0], ['abc', 3], ['é', 1], ['e\u0301', 1], ['漢字', 4], ['한글', 4], ['ｱ', 1], ['Ａ', 2], ['🙂', 2], ['𠀀', 2],
    ['かな', 4], ['→', 1], ['Ω', 1], ['ไทย', 3], ['น้ำ', 2],
  ])('of %j is %d', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe('formatTable()', () => {
  test('has columns that begin below each other, with room between them', () => {
    expect(table(['ID', 'BUNDLE', 'OWNER'], ['a', '/b', 'root'], ['a'.repeat(20), '/b', 'root'])).toBe([
      'ID                     BUNDLE      OWNER', 'a                      /b          root',
      `${'a'.repeat(20)}   /b          root`, '',
    ].join('\n'));
  });

  test('counts what wide characters take', () => {
    const lines = table(['ID', 'OWNER'], ['漢字漢字漢字', 'root'], ['abcdefghijkl', 'root']).split('\n');
    expect(lines[1]).toBe('漢字漢字漢字   root');
    expect(lines[2]).toBe('abcdefghijkl   root');
  });

  test('lets nothing in a cell break or forge a line', () => {
    const lines = table(['ID', 'BUNDLE'], ['x', '/b\nevil   1   running\u001b[2J\u202e\t']).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe('x           /b\\nevil   1   running\\x1b[2J\\u202e\\t');
  });

  test('does not count colours', () => {
    const paint = (text: string): string => `<${text}>`;
    expect(formatTable([[{ text: 'ab', paint }, { text: 'c' }]])).toBe(`<ab>${' '.repeat(10)}c\n`);
  });
});
