import { expect, test } from 'vitest';
import { parseDuration } from '../../../src/commands/duration.ts';

// What Go's time.ParseDuration says of each, tried with runc.
test.each([
  ['5s', 5000], ['100ms', 100], ['1m30s', 90_000], ['1h', 3_600_000], ['1.5h', 5_400_000], ['.5s', 500], ['1.s', 1000],
  ['1us', 1e-3], ['1µs', 1e-3], ['1μs', 1e-3], ['1ns', 1e-6], ['0', 0], ['0s', 0], ['+1s', 1000], ['-1s', -1000],
  ['-1.5m1s', -91_000], ['1s1s', 2000],
])('parseDuration(%j) is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
});

test.each(['', '5', '1d', '1 s', ' 1s', '1S', '5m5', '.', '.s', 's', '-', '--1s', '1..5s', '9999999999s', '1e3s'])(
  'parseDuration(%j) is none',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
