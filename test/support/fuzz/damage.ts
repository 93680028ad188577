// Damage to bytes: what disks, editors and hands do to a file. Knows nothing of what is in it.

import type { Random } from './random.ts';

const PIECES: readonly (readonly number[])[] = [
  [], [0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf], [0xe2, 0x80],
  ...['"', '\\', ',', ':', '}', ']', '{', '[', '0', '-', 'e', '.', ' ', '\n', '\t', '\u001b', 'u', '\\u00',
    '\\ud800', '\\u0000',
    'null', 'true', '1e999', '-0', '00', '0x1', '9'.repeat(30), '1.', '//', '/*', "'", 'NaN',
    '"__proto__":1,', '{"a":1,"a":2},',
    '['.repeat(100), '{"a":'.repeat(50), 'é', '\u2028', '\u{1f600}'].map((text) => [...Buffer.from(text)]),
];

/** A copy with a few changes at any place. */
export function damage(bytes: Buffer, random: Random): Buffer {
  let damaged = bytes;
  for (let i = random.pick([1, 1, 1, 2, 3, 10]); i > 0; i--) damaged = change(damaged, random);
  return damaged;
}

function change(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const piece = Buffer.from(random.pick(PIECES));
  const before = bytes.subarray(0, at);
  const length = random.pick([1, 1, 2, 10, 100]);
  switch (random.below(8)) {
    case 0: return before;
    case 1: return Buffer.concat([before, bytes.subarray(at + length)]);
    case 2: return flip(bytes, random);
    case 3: return Buffer.concat([before, bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 4: return Buffer.concat([piece, bytes]);
    case 5: return Buffer.concat([before, piece, bytes.subarray(at + 1)]);
    default: return Buffer.concat([before, piece, bytes.subarray(at)]);
  }
}

function flip(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  const at = random.below(Math.max(1, bytes.length));
  flipped[at] = (flipped[at] ?? 0) ^ 1 << random.below(8);
  return flipped;
}
