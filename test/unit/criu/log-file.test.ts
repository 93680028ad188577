import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lastErrors } from '../../../src/criu/log-file.ts';

test('lastErrors() takes the last errors of a log, without their times', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const log = join(directory, 'dump.log');
  const errors = [1, 2, 3, 4, 5].map((number) => `(00.00000${number}) Error (criu/a.c:${number}): e${number}`);
  const others = ['(00.0) Warn  (criu/b.c:1): Error of another', ...errors, '(00.9) Unlock network', ''];
  writeFileSync(log, others.join('\n'));
  const last = [2, 3, 4, 5].map((number) => `Error (criu/a.c:${number}): e${number}`).join('; ');
  expect(lastErrors(log)).toBe(last);
  expect(lastErrors(join(directory, 'none'))).toBe('');
});
