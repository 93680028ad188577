import { describe, expect, test } from 'vitest';
import { findDifference } from '../../../src/resctrl/schemata.ts';

const schemata = '    MB:0= 20;1=  70\n    L3:0=007f0;1=0001f\nL3CODE:0=ff\n';

describe('findDifference()', () => {
  test.each([
    ['the same', ['L3:0=007f0;1=0001f', 'MB:0=20;1=70']],
    ['numbers that are written otherwise', ['L3:0=7f0;1=1F', 'MB:0=020']],
    ['domains in another order', ['L3:1=1f;0=7f0']],
    ['some of the domains', ['L3:1=1f']],
    ['a semicolon at the end', ['L3:0=7f0;']],
    ['bandwidth that the kernel rounds up', ['MB:0=11;1=61']],
    ['several lines in one', ['L3:0=7f0\nL3CODE:0=ff']],
    ['nothing', []],
  ])('finds none in %s', (_, wanted) => {
    expect(findDifference(wanted, schemata, 10)).toBeUndefined();
  });

  test.each([
    ['another value', ['L3:0=7f0', 'L3:1=f'], 'L3:1=f'],
    ['a mask that is read as hexadecimal', ['L3:0=2032'], 'L3:0=2032'],
    ['bandwidth that is rounded elsewhere', ['MB:0=21'], 'MB:0=21'],
    ['a mask, which is not rounded', ['L3:0=7ef'], 'L3:0=7ef'],
    ['a domain that there is not', ['L3:2=f'], 'L3:2=f'],
    ['a resource that there is not', ['L2:0=f'], 'L2:0=f'],
    ['one of several lines', ['L3:0=7f0\nMB:1=10'], 'MB:1=10'],
    ['what can not be understood', ['L3'], 'L3'],
    ['a value that is none', ['L3:0=xyz'], 'L3:0=xyz'],
  ])('finds %s', (_, wanted, expected) => {
    expect(findDifference(wanted, schemata, 10)).toBe(expected);
  });
});
