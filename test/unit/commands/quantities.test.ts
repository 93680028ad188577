import { expect, test } from 'vitest';
import { parseInteger, parseSize } from '../../../src/commands/quantities.ts';

test.each([
  ['0', 0], ['512', 512], ['512b', 512], ['1k', 1024], ['1K', 1024], ['1kb', 1024], ['1KiB', 1024], ['64 MiB', 2 ** 26],
  ['1.5g', 1.5 * 2 ** 30], ['2t', 2 ** 41], ['1p', 2 ** 50], ['0.5k', 512], ['1.0009k', 1024], ['-1', -1],
  ['7p', 7 * 2 ** 50], ['8191p', 8191 * 2 ** 50],
])('parseSize() takes %s', (text, bytes) => {
  expect(parseSize('memory', text)).toBe(bytes);
});

test.each([
  '', ' ', 'm', '-2', '-1m', '+1', '1e3', '0x10', '1mm', '1bb', '1bk', '1ib', '1.m', '.5m', '1,5m', '1  m', ' 1m',
  '1m ', 'NaN', 'Infinity', '1\n', '١',
])('parseSize() refuses %j', (text) => {
  expect(() => parseSize('memory', text)).toThrow(/^invalid value for memory: invalid size: "/);
});

test.each(['8192p', '99999999999999999999g', '9223372036854775808'])('parseSize() says that %s is too much', (text) => {
  expect(() => parseSize('memory-swap', text)).toThrow(/^invalid value for memory-swap: ".*" is out of range$/);
});

test.each([['0', 0], ['010', 10], ['100000', 100_000], ['9007199254740993', 9_007_199_254_740_992]])(
  'parseInteger() takes %s', (text, value) => {
    expect(parseInteger('cpu-period', text, { signed: false })).toBe(value);
    expect(parseInteger('cpu-quota', `-${text}`, { signed: true })).toBe(-value);
  });

test.each(['', '-1', '+1', '1.5', '1e3', '0x10', 'abc', ' 1', '1 ', '1\n'])('parseInteger() refuses %j', (text) => {
  const parse = (): number => parseInteger('cpu-period', text, { signed: false });
  expect(parse).toThrow(/^invalid value for cpu-period: ".*" is not a/);
});

test('parseInteger() knows the range of 64 bits', () => {
  for (const [text, signed] of [['18446744073709551616', false], ['9223372036854775808', true]] as const) {
    expect(() => parseInteger('x', text, { signed })).toThrow('is out of range');
  }
  expect(parseInteger('x', '-9223372036854775808', { signed: true })).toBe(-(2 ** 63));
});
