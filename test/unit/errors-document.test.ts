import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/error.ts';
import { brokenCases } from '../support/broken-cases.ts';
import { parseErrors } from '../support/errors-document.ts';

const { codes, rows } = parseErrors(readFileSync(resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8'));
/** docker and podman choose exit statuses by them. */
const PHRASES = [
  'permission denied', 'operation not permitted', 'no such file or directory', 'executable file not found',
];
const cases = Object.values(brokenCases).flat();

describe('docs/errors.md', () => {
  test('explains every code, and no other', () => {
    expect(codes).toEqual([...ERROR_CODES]);
  });

  test('has a row for every broken case, and no other', () => {
    expect([...rows.keys()]).toEqual(cases.map(({ what }) => what));
    expect(cases.length).toBeGreaterThanOrEqual(40);
    for (const [what, message] of rows) expect(message, what).not.toBe('');
  });

  // A bug's is provoked by main.test.ts, that of a call with no other by log.test.ts and others.
  test('every code but those two is that of a case', () => {
    const seen = new Set(cases.map(({ code }) => code));
    expect(ERROR_CODES.filter((code) => !seen.has(code))).toEqual(['E_SYSCALL', 'E_INTERNAL']);
  });

  test('no hint has words that managers take for another reason', () => {
    for (const message of rows.values()) {
      const [said = '', ...hints] = message.split('; ');
      for (const words of PHRASES) {
        if (!said.includes(words)) expect(hints.join('; ')).not.toContain(words);
      }
    }
  });
});
