import { describe, expect, test } from 'vitest';
import { splitSignature } from '../../../src/dbus/value.ts';

describe('splitSignature()', () => {
  test.each([
    ['', []],
    ['s', ['s']],
    ['ssa(sv)a(sa(sv))', ['s', 's', 'a(sv)', 'a(sa(sv))']],
    ['aay{sv}', ['aay', '{sv}']],
    ['(i(xt)b)d', ['(i(xt)b)', 'd']],
  ])('splits %j', (signature, types) => {
    expect(splitSignature(signature)).toEqual(types);
  });

  test.each(['z', 'a', '(', '(s', '()', 's)', 'a{s', '1', 'a'.repeat(100),
    '('.repeat(10_000)])('refuses %.20s', (signature) => {
    expect(() => splitSignature(signature)).toThrow('invalid signature');
  });
});
