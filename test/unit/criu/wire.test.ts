import { expect, test } from 'vitest';
import { decodeFields, encodeFields } from '../../../src/criu/wire.ts';

// From the documentation of the format (protobuf.dev, "Encoding"): the numbers 150 and "testing" in its examples.
test('encodeFields() writes what the format says', () => {
  expect(encodeFields([[1, 150]])).toEqual(Uint8Array.of(0x08, 0x96, 0x01));
  expect(encodeFields([[2, 'testing']])).toEqual(Uint8Array.of(0x12, 0x07, ...new TextEncoder().encode('testing')));
  expect(encodeFields([[3, [[1, 150]]]])).toEqual(Uint8Array.of(0x1a, 0x03, 0x08, 0x96, 0x01));
  expect(encodeFields([[1, -2]])).toEqual(Uint8Array.of(8, 0xfe, ...Array<number>(8).fill(0xff), 1));
});

test('decodeFields() reads back what encodeFields() writes', () => {
  const numbers = [0, 1, 127, 128, 0x4000_0000, 0xffff_ffff, -1, -4095];
  const decoded = decodeFields(encodeFields(numbers.map((value, i) => [i + 1, value] as const)));
  expect(decoded).toEqual(numbers.map((value, i) => ({ number: i + 1, value })));
});

test('decodeFields() skips what has a fixed size, and refuses what is no message', () => {
  expect(decodeFields(Uint8Array.of(0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x18, 5))).toEqual([
    { number: 3, value: 5 },
  ]);
  expect(() => decodeFields(Uint8Array.of(0x12, 5, 1))).toThrow('longer than its message');
  expect(() => decodeFields(Uint8Array.of(0x08, 0x80))).toThrow('longer than its message');
  expect(() => decodeFields(Uint8Array.of(0x0b))).toThrow('unknown wire type 3');
  expect(() => decodeFields(Uint8Array.of(8, ...Array<number>(11).fill(0x80)))).toThrow('more than 64 bits');
});
