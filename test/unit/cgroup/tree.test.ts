import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fileIn, walkTree } from '../../../src/cgroup/tree.ts';

function makeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'nunc-tree-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return root;
}

function walked(root: string): string[] {
  const found: string[] = [];
  walkTree(root, (path) => void found.push(String(path).slice(root.length)));
  return found;
}

test('walkTree() comes to each directory after those below it', () => {
  const root = makeRoot();
  for (const name of ['a/b/c', 'a/d', 'e']) mkdirSync(join(root, name), { recursive: true });
  const found = walked(root);
  expect([...found].sort()).toEqual(['', '/a', '/a/b', '/a/b/c', '/a/d', '/e']);
  for (const path of found) {
    const below = found.filter((other) => other.startsWith(`${path}/`));
    for (const other of below) expect(found.indexOf(other)).toBeLessThan(found.indexOf(path));
  }
});

test('walkTree() of what is not there comes to it alone', () => {
  expect(walked('/nonexistent/cgroup')).toEqual(['']);
});

test('walkTree() closes what it opens, also when the visit fails', () => {
  const root = makeRoot();
  mkdirSync(join(root, ...Array.from({ length: 10 }, () => 'x'.repeat(100))), { recursive: true });
  const opened = (): number => readdirSync('/proc/self/fd').length;
  const before = opened();
  expect(walked(root)).toHaveLength(11);
  expect(opened()).toBe(before);
  let count = 0;
  const fail = (): void => {
    count++;
    throw new Error('enough');
  };
  expect(() => walkTree(root, fail)).toThrow('enough');
  expect(count).toBe(1);
  expect(opened()).toBe(before);
});

test('fileIn() adds to texts and to bytes', () => {
  expect(fileIn('/a', 'b')).toBe('/a/b');
  expect(fileIn(Buffer.of(0x2f, 0xff), Buffer.of(0xfe))).toEqual(Buffer.of(0x2f, 0xff, 0x2f, 0xfe));
});
