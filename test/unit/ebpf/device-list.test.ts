import { describe, expect, test } from 'vitest';
import type { DeviceRule } from '../../../src/config/types.ts';
import { type DeviceList, foldRules, formatException, withoutIdle } from '../../../src/ebpf/device-list.ts';

function fold(rules: readonly DeviceRule[]): DeviceList {
  return foldRules(rules, (hole, wider) => {
    throw new Error(`${formatException(hole)} of ${hole.source}, in ${formatException(wider)} of ${wider.source}`);
  });
}

const shown = ({ allows, exceptions }: DeviceList): string[] => {
  return [allows ? 'allow' : 'deny', ...exceptions.map(formatException)];
};

const rule = (allow: boolean, type: 'b' | 'c', numbers: string, access?: string): DeviceRule => {
  const [major, minor] = numbers.split(':').map((word) => (word === '*' ? undefined : Number(word)));
  return {
    allow, type, ...(major === undefined ? {} : { major }), ...(minor === undefined ? {} : { minor }),
    ...(access === undefined ? {} : { access }),
  };
};

describe('foldRules()', () => {
  const CASES: readonly (readonly [name: string, rules: readonly DeviceRule[], list: readonly string[]])[] = [
    ['no rules deny', [], ['deny']],
    ['what is absent stands for all', [rule(true, 'c', '*:*')], ['deny', 'c *:* rwm']],
    ['-1 and an empty access do too', [{ allow: true, type: 'b', major: -1, minor: -1, access: '' }], [
      'deny', 'b *:* rwm',
    ]],
    ['equal devices are one exception', [rule(true, 'c', '1:3', 'r'), rule(true, 'c', '1:3', 'wr')], [
      'deny', 'c 1:3 rw',
    ]],
    ['a part is taken back', [rule(true, 'c', '1:3', 'rwm'), rule(false, 'c', '1:3', 'w')], ['deny', 'c 1:3 rm']],
    ['all is taken back', [rule(true, 'c', '1:3', 'rw'), rule(false, 'c', '1:3')], ['deny']],
    ['what is not there is taken back', [rule(false, 'c', '1:3')], ['deny']],
    ['a rule for fewer devices stays when one for more is taken back', [
      rule(true, 'c', '1:3', 'r'), rule(true, 'c', '1:*', 'r'), rule(false, 'c', '1:*'),
    ], ['deny', 'c 1:3 r']],
    ['a rule for all types forgets what was before', [
      rule(true, 'c', '1:3'), { allow: true, access: 'r' }, rule(false, 'b', '8:0', 'w'), { allow: false },
    ], ['deny']],
    ['exceptions from "allow"', [{ allow: true, type: 'a' }, rule(false, 'b', '8:*', 'w')], ['allow', 'b 8:* w']],
    ['types are apart', [rule(true, 'c', '8:*', 'r'), rule(false, 'b', '8:0', 'r')], ['deny', 'c 8:* r']],
    ['no hole in what is not there', [rule(true, 'c', '8:*', 'r'), rule(false, 'c', '8:0', 'w')], ['deny', 'c 8:* r']],
  ];

  for (const [name, rules, list] of CASES) test(name, () => expect(shown(fold(rules))).toEqual(list));

  for (const wide of ['*:*', '8:*', '*:1']) {
    test(`no part is taken out of ${wide}`, () => {
      const rules = [{ allow: false }, rule(true, 'c', wide, 'rw'), rule(false, 'c', '8:1', 'wm')];
      expect(() => fold(rules)).toThrow(`c 8:1 wm of 2, in c ${wide} rw of 1`);
    });
  }

  test('tells which rule a part of the list is from', () => {
    const { source, exceptions } = fold([{ allow: true }, { allow: false }, rule(true, 'c', '1:3', 'r')]);
    expect([source, exceptions[0]?.source]).toEqual([1, 2]);
  });
});

test('withoutIdle() leaves out exceptions that a wider one contains', () => {
  const list = fold([
    rule(true, 'c', '1:3', 'rw'), rule(true, 'c', '1:5', 'rwm'), rule(true, 'c', '*:7', 'r'),
    rule(true, 'c', '1:*', 'rw'), rule(true, 'c', '8:7', 'r'), rule(true, 'b', '1:3', 'r'),
  ]);
  expect(shown(withoutIdle(list))).toEqual(['deny', 'c 1:5 rwm', 'c *:7 r', 'c 1:* rw', 'b 1:3 r']);
});

test('withoutIdle() leaves out just what another exception has, for all pairs of exceptions', () => {
  const numbers = ['*:*', '1:*', '*:3', '1:3', '2:3'];
  const every = (['b', 'c'] as const).flatMap((type) => (
    numbers.flatMap((each) => ['r', 'rw', 'rwm'].map((access) => rule(true, type, each, access)))
  ));
  const contains = (wide: string | undefined, narrow: string | undefined): boolean => wide === '*' || wide === narrow;
  for (const one of every) {
    for (const other of every) {
      const list = fold([one, other]);
      const left = list.exceptions.filter((exception) => !list.exceptions.some((wider) => {
        const [type, at = '', access = ''] = formatException(exception).split(' ');
        const [widerType, widerAt = '', widerAccess = ''] = formatException(wider).split(' ');
        const [[major, minor], [widerMajor, widerMinor]] = [at.split(':'), widerAt.split(':')];
        return wider !== exception && type === widerType && contains(widerMajor, major) && contains(widerMinor, minor)
          && Array.from(access).every((letter) => widerAccess.includes(letter));
      }));
      expect(shown(withoutIdle(list))).toEqual(['deny', ...left.map(formatException)]);
    }
  }
});
