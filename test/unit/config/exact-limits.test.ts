import { expect, test } from 'vitest';
import { exactLimits } from '../../../src/config/exact-limits.ts';
import type { Spec } from '../../../src/config/types.ts';

function limits(numbers: string, rest = ''): ReturnType<typeof exactLimits> {
  const text = `{"process": {${rest} "rlimits": [{"type": "RLIMIT_CORE", ${numbers}}]}}`;
  return exactLimits(text, JSON.parse(text) as Spec);
}

test('exactLimits() leaves alone what a double holds', () => {
  expect(limits('"soft": 0, "hard": 9007199254740991')).toBeUndefined();
  expect(exactLimits('{}', {})).toBeUndefined();
});

test.each([
  ['9007199254740993', 9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['18446744073709551614', 18446744073709551614n],
  ['18446744073709551615', 18446744073709551615n],
  ['18446744073709552000', 18446744073709551615n],
  ['1.844674407370955e19', 18446744073709551616n - 2048n],
])('exactLimits() of %s', (number, value) => {
  expect(limits(`"soft": 1, "hard": ${number}`)).toEqual([{ soft: 1n, hard: value }]);
});

test('exactLimits() is not misled by strings, fractions and escapes', () => {
  const rest = '"a": "\\\\\\" 12345678901234567890 ", "b": 1.12345678901234567890, "c": -12345678901234567890,';
  expect(limits('"hard": 12345678901234567890, "soft": 3', rest)).toEqual([{ soft: 3n, hard: 12345678901234567890n }]);
});
