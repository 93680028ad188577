import { describe, expect, test } from 'vitest';
import { findSyntaxError, parseJson } from '../../../src/config/json.ts';

describe('parseJson() tells where a text stops being JSON', () => {
  test.each([
    ['', 'line 1, column 1: the end of the file where a value is expected'],
    ['{"a":', 'line 1, column 6: the end of the file where a value is expected'],
    ['{"a" 1}', 'line 1, column 6: "1" where ":" is expected'],
    ['{\n  "a": 1,\n}', 'line 3, column 1: "}" where a key is expected'],
    ['{\r\n  a: 1}', 'line 2, column 3: "a" where a key or "}" is expected'],
    ['{"a":1 "b":2}', 'line 1, column 8: "\\"" where "," or "}" is expected'],
    ['[1,2', 'line 1, column 5: the end of the file where "," or "]" is expected'],
    ['[1,]', 'line 1, column 4: "]" where a value is expected'],
    ['[}', 'line 1, column 2: "}" where a value or "]" is expected'],
    ['{]', 'line 1, column 2: "]" where a key or "}" is expected'],
    ['{} x', 'line 1, column 4: "x" where the end is expected'],
    ['[01]', 'line 1, column 2: "01" where a value or "]" is expected'],
    ['[+1]', 'line 1, column 2: "+1" where a value or "]" is expected'],
    ['[1.]', 'line 1, column 2: "1." where a value or "]" is expected'],
    ['[NaN]', 'line 1, column 2: "NaN" where a value or "]" is expected'],
    ['[tru]', 'line 1, column 2: "tru" where a value or "]" is expected'],
    ["['a']", 'line 1, column 2: "\'" where a value or "]" is expected'],
    ['["\\x"]', 'line 1, column 3: "\\\\x" where an escape of JSON is expected'],
    ['["\\u12"]', 'line 1, column 3: "\\\\u" where an escape of JSON is expected'],
    ['["a', 'line 1, column 4: the end of the file where the rest of a string is expected'],
    ['["a\nb"]', 'line 1, column 4: "\\n" where the rest of a string is expected'],
    ['{"a": "\u0000"}', 'line 1, column 8: "\\u0000" where the rest of a string is expected'],
    ['\ufeff{}', 'line 1, column 1: "\\ufeff" where a value is expected'],
    ['[😀]', 'line 1, column 2: "😀" where a value or "]" is expected'],
    ['// comment\n{}', 'line 1, column 1: "/" where a value is expected'],
  ])('%j', (text, message) => {
    expect(errorOf(text)).toBe(message);
  });

  test('behind a string of ten million letters', () => {
    const text = `["${'x'.repeat(10_000_000)}" 1]`;
    expect(errorOf(text)).toBe('line 1, column 10000005: "1" where "," or "]" is expected');
  });

  test('nested a million times, without a look at all of it', () => {
    const message = 'line 1, column 10001: level 10001 of nesting where at most 10000 is expected';
    expect(errorOf('['.repeat(1_000_000))).toBe(message);
    expect(errorOf(`{"a":${'['.repeat(9999)}`))
      .toBe('line 1, column 10005: the end of the file where a value or "]" is expected');
  });

  test('behind a million lines, and in a string of ten million letters', () => {
    expect(errorOf(`${'\n'.repeat(1_000_000)}x`)).toBe('line 1000001, column 1: "x" where a value is expected');
    expect(errorOf(`["${'x'.repeat(10_000_000)}\n"]`))
      .toBe('line 1, column 10000003: "\\n" where the rest of a string is expected');
  });

  test('shows the beginning of a long word', () => {
    expect(errorOf('x'.repeat(10_000_000))).toBe(`line 1, column 1: "${'x'.repeat(80)}…" where a value is expected`);
  });
});

function errorOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return '';
}

describe('findSyntaxError() agrees with JSON.parse', () => {
  const original = '{"a": [1, -2.5e+3, "x\\n\\u00e9"], "b": {"c": true, "d": null}, "e": [], "f": {}, "g": false}';
  const alphabet = '{}[]",:\\ \n\t0123.eE+-truefalsnxu/';

  /** The multiplicative generator of Park and Miller: every run has the same texts. */
  let state = 20241121;
  function random(limit: number): number {
    state = (state * 48271) % 2147483647;
    return state % limit;
  }

  function mutate(text: string): string {
    const at = random(text.length);
    const letter = alphabet.charAt(random(alphabet.length));
    return text.slice(0, at) + letter + text.slice(at + random(3));
  }

  test('on 20000 texts with one to three changes', () => {
    let valid = 0;
    for (let i = 0; i < 20000; i++) {
      let text = original;
      for (let changes = random(3); changes >= 0; changes--) text = mutate(text);
      const accepted = isJson(text);
      if (accepted) valid++;
      expect([text, findSyntaxError(text) === undefined]).toEqual([text, accepted]);
    }
    // Neither side of the comparison is empty.
    expect(valid).toBeGreaterThan(500);
    expect(valid).toBeLessThan(19500);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
