// What is lowered means the same: both texts are run.

import { expect, test } from 'vitest';
import { lowerParameters } from '../../../scripts/build/parameters.ts';

/** What a module of functions gives; `result` is its last expression. */
function run(text: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of this file's texts
  return (new Function(`'use strict'; ${text}\nreturn result;`) as () => unknown)();
}

test.each([
  ['a function', 'function f({ a, b: { c } }, d) { return [a, c, d]; } const result = f({ a: 1, b: { c: 2 } }, 3);'],
  ['two patterns', 'function f({ a }, [b, ...c]) { return [a, b, c]; } const result = f({ a: 1 }, [2, 3, 4]);'],
  ['a rest', 'function f(a, ...[b, c]) { return [a, b, c]; } const result = f(1, 2, 3);'],
  ['an arrow with an expression',
    'const f = ({ a }) => a + 1; const result = [{ a: 1 }, { a: 2 }].map(({ a }) => f({ a }));'],
  ['an arrow with an object', 'const result = (({ a, ...rest }) => ({ a, rest }))({ a: 1, b: 2 });'],
  ['an arrow in an arrow',
    'const result = (({ a }) => ({ b }) => ({ c }) => a + b + c)({ a: 1 })({ b: 2 })({ c: 3 });'],
  ['an arrow behind a comment', 'const result = (({ a }) => // why\n  a * 2)({ a: 3 });'],
  ['a method, a setter, a constructor', `class A { constructor({ a }) { this.a = a; } set b({ c }) { this.c = c; }
    static m({ a }) { return a; } } class B extends A { constructor({ d }) { super({ a: d }); } }
    const b = new B({ d: 5 }); b.b = { c: 6 }; const result = [b.a, b.c, A.m({ a: 7 })];`],
  ['a function within', 'function f({ a }) { return [1].map((x, { b } = { b: 2 }) => g({ a: a + x, b })); }\n'
    + 'function g({ a, b }) { return a + b; } const result = f({ a: 1 });'],
  ['a generator', 'function* f({ a }) { yield a; yield a + 1; } const result = [...f({ a: 1 })];'],
  ['a closure that assigns',
    'function f({ a }) { const add = () => { a += 1; }; add(); return a; } const result = f({ a: 1 });'],
  ['names of one parameter in another', 'function f({ a }, b = a) { return [a, b]; } const result = f({ a: 1 });'],
  ['the number of parameters', 'const result = (function ({ a }, [b], c) { return [a, b, c]; }).length;'],
])('lowerParameters() keeps the meaning of %s', (_, text) => {
  const lowered = lowerParameters(text);
  expect(run(lowered)).toEqual(run(text));
  expect(lowered.split('\n')).toHaveLength(text.split('\n').length);
});

test('lowerParameters() leaves no pattern in a list without defaults', () => {
  expect(lowerParameters('function f({ a }, [b]) { return a; }'))
    .toBe('function f($parameter0, $parameter1) { let { a } = $parameter0, [b] = $parameter1; return a; }');
  expect(lowerParameters('const f = async ({ a }) => a;'))
    .toBe('const f = async ($parameter0) => { let { a } = $parameter0; return a; };');
  const kept = 'function f({ a = 1 }) {} function g({ a }, b = 2) {} function h(a) {}';
  expect(lowerParameters(kept)).toBe(kept);
});

test('lowerParameters() takes no name that is taken', () => {
  expect(() => lowerParameters('let $parameter0;')).toThrow('begins with "$parameter"');
});
