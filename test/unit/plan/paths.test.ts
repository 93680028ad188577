import { expect, test } from 'vitest';
import { splitPath } from '../../../src/plan/paths.ts';

test.each([
  ['/', []],
  ['', []],
  ['/a//b/', ['a', 'b']],
  ['a/./b', ['a', 'b']],
  ['/../../etc/../proc', ['proc']],
  ['/a/b/../../..', []],
])('splitPath(%j) is %j', (path, components) => {
  expect(splitPath(path)).toEqual(components);
});
