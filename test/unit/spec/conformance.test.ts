// spec/conformance.md points at code and tests: they have to be there.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const rows = readFileSync(`${root}/spec/conformance.md`, 'utf8').split('\n').filter((line) => /^\| (?!clause|---)/.test(line));

function pathsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** `*` stands for any name: the directory has to be there. */
function exists(path: string): boolean {
  return existsSync(`${root}/${path.includes('*') ? path.slice(0, path.indexOf('*')) : path}`);
}

test.each(rows)('spec/conformance.md points at what exists: %s', (row) => {
  const [, source = '', tests = ''] = row.split(' | ');
  const sources = pathsIn(source).map((path) => (path.startsWith('spec/') ? path : `src/${path}`));
  const testPaths = pathsIn(tests).map((path) => `test/${path}`);
  expect(sources).not.toEqual([]);
  expect(testPaths).not.toEqual([]);
  expect([...sources, ...testPaths].filter((path) => !exists(path))).toEqual([]);
});
