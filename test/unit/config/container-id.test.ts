import { describe, expect, test } from 'vitest';
import { parseContainerId, parseNewContainerId } from '../../../src/config/container-id.ts';
import { NuncError } from '../../../src/error.ts';

describe('parseContainerId()', () => {
  test.each(['a', 'Web_1', 'a.b', '...', '-a', '+', 'x'.repeat(1024), '0'])('takes %j', (text) => {
    expect(parseContainerId(text)).toBe(text);
  });

  test.each([
    ['', 'invalid container id "": it is empty'],
    ['.', 'invalid container id ".": it is the name of a directory'],
    ['..', 'invalid container id "..": it is the name of a directory'],
    ['../x', 'invalid container id "../x": "/" is not one of A-Z a-z 0-9 _ + . -'],
    ['a b', 'invalid container id "a b": " " is not one of A-Z a-z 0-9 _ + . -'],
    ['a\n', 'invalid container id "a\\n": "\\n" is not one of A-Z a-z 0-9 _ + . -'],
    ['a\0', 'invalid container id "a\\u0000": "\\u0000" is not one of A-Z a-z 0-9 _ + . -'],
    ['é', 'invalid container id "é": "é" is not one of A-Z a-z 0-9 _ + . -'],
    ['😀', 'invalid container id "😀": "😀" is not one of A-Z a-z 0-9 _ + . -'],
    ['x'.repeat(1025), `invalid container id "${'x'.repeat(64)}…": it has 1025 characters, at most 1024 are allowed`],
  ])('refuses %j', (text, message) => {
    expect(() => parseContainerId(text)).toThrow(new NuncError('usage', message));
  });
});

describe('parseNewContainerId()', () => {
  test('takes and refuses what parseContainerId() does, and nothing that looks like an option', () => {
    expect(parseNewContainerId('a-')).toBe('a-');
    expect(() => parseNewContainerId('..')).toThrow('invalid container id "..": it is the name of a directory');
    const message = 'invalid container id "-a": it begins as an option does';
    expect(() => parseNewContainerId('-a')).toThrow(new NuncError('usage', message));
  });
});
