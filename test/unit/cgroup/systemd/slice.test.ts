import { describe, expect, test } from 'vitest';
import { escapeId, expandSlice, isUnitName } from '../../../../src/cgroup/systemd/slice.ts';

describe('expandSlice()', () => {
  test.each([
    ['a.slice', '/a.slice'],
    ['a-b.slice', '/a.slice/a-b.slice'],
    ['kubepods-burstable-pod1.slice', '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice'],
    [String.raw`system-x\x2dy.slice`, String.raw`/system.slice/system-x\x2dy.slice`],
    ['-.slice', ''],
  ])('expands %s', (slice, path) => {
    expect(expandSlice(slice)).toBe(path);
  });

  test.each(['', 'a', '.slice', 'a.service', 'a/b.slice', '-a.slice',
    'a-.slice', 'a--b.slice', '--.slice', '../a.slice', 'ä.slice',
    `${'a'.repeat(250)}.slice`])('refuses %.20s', (slice) => {
    expect(expandSlice(slice)).toBeUndefined();
  });
});

describe('escapeId()', () => {
  test('makes a unit name of every id', () => {
    expect(isUnitName(`nunc-${escapeId('a+b_c.d-e')}.scope`)).toBe(true);
    expect(escapeId('a+b')).toBe(String.raw`a\x2bb`);
  });
});
