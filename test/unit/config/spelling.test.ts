import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/commands/table.ts';
import { editDistance, nearestWords } from '../../../src/config/spelling.ts';

const names = commands.map(({ name }) => name);

describe('editDistance()', () => {
  test.each<[string, string, number]>([
    ['', '', 0], ['', 'abc', 3], ['abc', '', 3], ['abc', 'abc', 0], ['abc', 'abd', 1], ['abc', 'ab', 1],
    ['abc', 'xabc', 1], ['abcd', 'abdc', 1], ['abcd', 'badc', 2], ['kitten', 'sitting', 3], ['ca', 'abc', 3],
  ])('from %j to %j is %d', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});

describe('nearestWords()', () => {
  test.each<[string, string[]]>([
    ['strat', ['start']], ['staet', ['start', 'state']], ['craete', ['create']], ['remove', []], ['sate', ['state']],
    ['crate', ['create']], ['List', ['list']], ['del', ['delete']], ['delet', ['delete']], ['paus', ['pause']],
    ['sta', ['start', 'state']], ['kil', ['kill']], ['resum', ['resume']], ['', []], ['x', []], ['xy', []],
    ['nosuch', []], ['completely-different', []], ['p', []],
  ])('of %j are %j', (word, expected) => {
    expect(nearestWords(word, names).toSorted()).toEqual(expected);
  });

  test('are three at most', () => {
    expect(nearestWords('cpu-xx', ['cpu-ab', 'cpu-cd', 'cpu-ef', 'cpu-gh'])).toHaveLength(3);
  });
});
