import { describe, expect, test } from 'vitest';
import { complaint, type Outcomes, renderTable, summarise } from '../../managers/verdict.ts';

const same: Outcomes = { runc: { observation: { a: 1 } }, nunc: { observation: { a: 1, b: undefined } } };
const different: Outcomes = { runc: { observation: 'x' }, nunc: { observation: 'y' } };
const baselineFails: Outcomes = { runc: { failure: 'no | criu' }, nunc: { observation: 1 } };
const nuncFails: Outcomes = { runc: { observation: 1 }, nunc: { failure: 'exit status 1\nnot 0' } };

describe('complaint()', () => {
  test('has nothing against equal observations', () => {
    expect(complaint({}, same)).toBeUndefined();
    expect(complaint({}, { runc: { observation: undefined }, nunc: { observation: undefined } })).toBeUndefined();
  });

  test('tells observations that differ, unless that is announced', () => {
    expect(complaint({}, different)).toBe('nunc\'s observation differs from runc\'s\nrunc: "x"\nnunc: "y"');
    expect(complaint({ difference: 'y is better' }, different)).toBeUndefined();
  });

  test('tells announced differences that are none', () => {
    expect(complaint({ difference: 'other words' }, same)).toMatch(/^the observations are the same, although "other/);
    expect(complaint({ difference: 'other words' }, nuncFails)).toMatch(/^nunc fails where runc passes/);
  });

  test('tells failures, of the baseline unless they are announced', () => {
    expect(complaint({}, nuncFails)).toMatch(/^nunc fails where runc passes\nrunc: 1\nnunc: fails: exit status 1/);
    expect(complaint({}, baselineFails)).toMatch(/^the baseline fails\n/);
    expect(complaint({ runcFails: 'no criu' }, baselineFails)).toBeUndefined();
    expect(complaint({ runcFails: 'no criu' }, same)).toBe('runc passes, although "no criu"');
  });
});

const rows = [
  { name: 'alike', outcomes: same },
  { name: 'unlike', outcomes: different },
  { name: 'announced', difference: 'y is better', outcomes: different },
  { name: 'broken', outcomes: nuncFails },
  { name: 'not here', runcFails: 'no criu', outcomes: baselineFails },
  { name: 'left out', outcomes: undefined },
];

describe('renderTable()', () => {
  test('has a line for each case, with what there is to say of it', () => {
    expect(renderTable(rows).split('\n').slice(2)).toEqual([
      '| alike | passes | passes |  |',
      '| unlike | passes | passes | runc: "x" nunc: "y" |',
      '| announced | passes | passes | y is better |',
      '| broken | passes | fails | nunc: exit status 1 not 0 |',
      '| not here | fails | passes | no criu |',
      '| left out | not run | not run |  |',
    ]);
  });

  test('keeps a cell on its line and short', () => {
    const failure = `a | b\n${'x'.repeat(500)}`;
    const table = renderTable([{ name: 'long', outcomes: { runc: { failure }, nunc: { observation: 1 } } }]);
    expect(table.split('\n')[2]).toMatch(/^\| long \| fails \| passes \| runc: a \\\| b x{100,150}… \|$/);
  });
});

describe('summarise()', () => {
  test('counts what was run and what is wrong', () => {
    expect(summarise(rows)).toBe('5 of 6 cases run: runc passes 4, nunc 4; 2 not as expected');
  });
});
