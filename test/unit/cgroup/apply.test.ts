// Settings on directories that stand for cgroups: which files are written, and what is said when that fails. What the
// kernel makes of values is in test/integration/resources.test.ts.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applySettings } from '../../../src/cgroup/apply.ts';
import type { PlacedCgroup } from '../../../src/cgroup/driver.ts';
import type { Setting } from '../../../src/cgroup/setting.ts';

let mountpoint: string;
beforeEach(() => {
  mountpoint = mkdtempSync(join(tmpdir(), 'nunc-settings-'));
});
afterEach(() => {
  rmSync(mountpoint, { recursive: true });
});

/** A cgroup with files. */
function cgroup(version: 1 | 2, files: Readonly<Record<string, string>>): PlacedCgroup {
  const path = `${mountpoint}/c`;
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(`${path}/${file}`, content);
  return { version, controllers: ['x'], mountpoint, path };
}

const setting = (file: string, value: string, more: Partial<Setting> = {}): Setting => {
  return { origin: '/linux/resources/x', cgroup: 0, file, value, ...more };
};

function apply(place: PlacedCgroup, settings: readonly Setting[], fresh?: readonly boolean[]): void {
  applySettings({ cgroups: [place] }, settings, fresh);
}

const read = (file: string): string => readFileSync(`${mountpoint}/c/${file}`, 'utf8');

describe('applySettings()', () => {
  test('writes in order, the last value stays', () => {
    apply(cgroup(1, { a: '', b: '' }), [setting('a', '1'), setting('b', '2'), setting('a', '3')]);
    expect([read('a'), read('b')]).toEqual(['3', '2']);
  });

  test('leaves what a new cgroup has, and writes it to others', () => {
    const place = cgroup(1, { a: '-' });
    apply(place, [setting('a', 'max', { isDefault: true })], [true]);
    expect(read('a')).toBe('-');
    apply(place, [setting('a', 'max', { isDefault: true })], [false]);
    expect(read('a')).toBe('max');
  });

  test('does without files that nobody needs', () => {
    const place = cgroup(1, { a: '' });
    const settings = [setting('b', '1', { optional: true }), setting('c', '1', { isDefault: true }), setting('a', '1')];
    apply(place, settings);
    expect(read('a')).toBe('1');
  });

  test('takes the other file where the first is missing', () => {
    const otherwise = { file: 'io.weight', value: '4950' };
    const weight = setting('io.bfq.weight', '500', { otherwise });
    apply(cgroup(2, { 'io.weight': '' }), [weight]);
    expect(read('io.weight')).toBe('4950');
    writeFileSync(`${mountpoint}/c/io.bfq.weight`, '');
    apply({ version: 2, controllers: [], mountpoint, path: `${mountpoint}/c` }, [weight]);
    expect([read('io.bfq.weight'), read('io.weight')]).toEqual(['500', '4950']);
  });

  test('names the property, the value, the file, the reason and a hint when a file is missing', () => {
    const place = cgroup(1, {});
    const path = `${mountpoint}/c`;
    expect(() => apply(place, [setting('memory.memsw.limit_in_bytes', '1')])).toThrow(
      expect.objectContaining({
        message: `cannot set /linux/resources/x: write "1" to "${path}/memory.memsw.limit_in_bytes": `
          + 'no such file or directory',
        hint: 'the kernel does not count swap: it has no swap accounting',
        code: 'E_CGROUP',
        origin: '/linux/resources/x',
        errno: { name: 'ENOENT', number: 2 },
      }),
    );
    expect(() => apply(place, [setting('x.y', '1')])).toThrow(/x\.y": no such file or directory$/);
    const otherwise = { file: 'blkio.bfq.weight', value: '5' };
    expect(() => apply(place, [setting('blkio.weight', '5', { otherwise })])).toThrow(
      expect.objectContaining({ hint: 'the kernel has no I/O scheduler with weights, such as BFQ' }),
    );
  });

  test('reports the first of several that fail', () => {
    const place = cgroup(1, { a: '' });
    expect(() => apply(place, [setting('b', '1'), setting('a', '2'), setting('c', '3')])).toThrow(/write "1" to/);
    expect(read('a')).toBe('2');
  });

  test('writes nothing when a limit is below what is in use', () => {
    const place = cgroup(2, { 'memory.max': 'max', 'memory.current': '8192\n', a: '' });
    const limit = (value: string): Setting[] => {
      return [setting('a', '1'), setting('memory.max', value, { notBelow: 'memory.current' })];
    };
    expect(() => apply(place, limit('8191'))).toThrow(
      `cannot set /linux/resources/x: 8191 is less than the 8192 in use ("${mountpoint}/c/memory.current")`,
    );
    expect([read('a'), read('memory.max')]).toEqual(['', 'max']);
    apply(place, limit('8192'));
    expect(read('memory.max')).toBe('8192');
    rmSync(`${mountpoint}/c/memory.current`);
    apply(place, limit('4096'));
    expect(read('memory.max')).toBe('4096');
  });

  test('passes the controllers of v2 files down, and no others', () => {
    const place = cgroup(2, { 'memory.max': '', 'cgroup.controllers': '' });
    writeFileSync(`${mountpoint}/cgroup.controllers`, 'cpu memory io\n');
    writeFileSync(`${mountpoint}/cgroup.subtree_control`, '\n');
    apply(place, [setting('memory.max', '1')]);
    expect(readFileSync(`${mountpoint}/cgroup.subtree_control`, 'utf8')).toBe('+memory');
  });

  test('says which cgroup does not pass a controller on', () => {
    const place = cgroup(2, { 'cgroup.controllers': '' });
    writeFileSync(`${mountpoint}/cgroup.controllers`, 'memory\n');
    mkdirSync(`${mountpoint}/cgroup.subtree_control`);
    expect(() => apply(place, [setting('memory.max', '1')])).toThrow(
      `cannot set /linux/resources/x: the cgroup "${mountpoint}" does not pass the controller memory on: `
      + 'is a directory',
    );
  });
});
