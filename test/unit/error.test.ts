import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeOf, ConfigError, type ErrorKind, NuncError, sentenceOf } from '../../src/error.ts';

function failedRead(): unknown {
  try {
    return readFileSync('/no/such/file');
  } catch (error) {
    return error;
  }
}

describe('NuncError', () => {
  test.each<[ErrorKind, string]>([
    ['usage', 'E_USAGE'], ['config', 'E_CONFIG'], ['state', 'E_STATE'], ['syscall', 'E_SYSCALL'], ['hook', 'E_HOOK'],
    ['host', 'E_HOST'],
  ])('of kind %s has the code %s unless told', (kind, code) => {
    expect(new NuncError(kind, 'x').code).toBe(code);
    expect(new NuncError(kind, 'x', { code: 'E_MOUNT' }).code).toBe('E_MOUNT');
  });

  test.each(['EACCES', 'EPERM'])('has a code of its own for %s of a system call', (name) => {
    expect(new NuncError('syscall', 'x', { errno: { name, number: 1 } }).code).toBe('E_PERMISSION');
    expect(new NuncError('host', 'x', { errno: { name, number: 1 } }).code).toBe('E_HOST');
  });

  test("has the engine's errno", () => {
    expect(new NuncError('syscall', 'x', { cause: failedRead() }).errno).toEqual({ name: 'ENOENT', number: 2 });
    expect(new NuncError('syscall', 'x', { cause: new Error('y') }).errno).toBeUndefined();
  });

  test('has what its cause knows and it does not', () => {
    const cause = new NuncError('syscall', 'x', {
      code: 'E_MOUNT', hint: 'the hint', origin: '/mounts/0', errno: { name: 'EPERM', number: 1 },
      operation: { index: 1, of: 2, kind: 'mount', action: 'x' },
    });
    const { code, hint, origin, errno, operation } = cause;
    expect(new NuncError('state', 'y', { cause })).toMatchObject({ code, hint, origin, errno, operation });
    expect(new NuncError('state', 'y', { cause, code: 'E_HOOK', hint: 'another' })).toMatchObject({
      code: 'E_HOOK', hint: 'another', origin,
    });
  });
});

describe('ConfigError', () => {
  const [one, other] = [{ pointer: '/mounts/0/type', text: 'x', hint: 'do y' }, { pointer: '', text: 'z' }];

  test('has the origin and the hint of what alone is wrong', () => {
    expect(new ConfigError([one])).toMatchObject({ code: 'E_CONFIG', origin: '/mounts/0/type', hint: 'do y' });
    for (const findings of [[other], [one, other], []]) {
      const { origin, hint } = new ConfigError(findings);
      expect([origin, hint]).toEqual([undefined, undefined]);
    }
  });
});

test('sentenceOf() ends with the hint', () => {
  expect(sentenceOf(new NuncError('host', 'cannot x'))).toBe('cannot x');
  expect(sentenceOf(new NuncError('host', 'cannot x', { hint: 'do y' }))).toBe('cannot x; do y');
});

test("codeOf() is the engine's name of an errno only", () => {
  expect(codeOf(failedRead())).toBe('ENOENT');
  for (const other of [new NuncError('host', 'x'), 'x']) expect(codeOf(other)).toBeUndefined();
});
