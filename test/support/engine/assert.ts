// What the contract of the FFI port uses of node:assert/strict, where the executable's engine runs it.

import { show } from './show.ts';

function ok(value: unknown, message = 'the value is falsy'): asserts value {
  if (value === undefined || value === null || value === false || value === 0 || value === 0n || value === '') {
    throw new Error(message);
  }
}

function equal(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${show(actual)} is not ${show(expected)}`);
}

function deepEqual(actual: unknown, expected: unknown): void {
  if (show(actual) !== show(expected)) throw new Error(`${show(actual)} is not ${show(expected)}`);
}

export default { ok, equal, deepEqual };
