// Without a kernel: plain files in the place of cgroup files, which hold what is written to them.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PlacedCgroup } from '../../../src/cgroup/driver.ts';
import { freeze, isFrozen, standsStill, thaw, thawAll } from '../../../src/cgroup/freezer.ts';

interface Fake {
  readonly cgroup: PlacedCgroup;
  readonly read: (file: string) => string;
  readonly write: (file: string, text: string) => void;
}

function makeFake(version: 1 | 2, files: Readonly<Record<string, string>>, controllers: string[] = ['freezer']): Fake {
  const mountpoint = mkdtempSync(join(tmpdir(), 'nunc-freezer-'));
  onTestFinished(() => rmSync(mountpoint, { recursive: true }));
  const path = join(mountpoint, 'c');
  mkdirSync(path);
  const write = (file: string, text: string): void => writeFileSync(join(path, file), text);
  for (const [file, text] of Object.entries(files)) write(file, text);
  const read = (file: string): string => readFileSync(join(path, file), 'utf8');
  return { cgroup: { version, controllers, mountpoint, path }, read, write };
}

const V1 = { 'freezer.state': 'THAWED', 'freezer.self_freezing': '0\n' };
const V2 = { 'cgroup.freeze': '0\n', 'cgroup.events': 'populated 1\nfrozen 0\n' };

describe('isFrozen()', () => {
  test.each([
    [1, { 'freezer.self_freezing': '0\n', 'freezer.state': 'THAWED\n' }, false],
    // By one above it.
    [1, { 'freezer.self_freezing': '0\n', 'freezer.state': 'FROZEN\n' }, false],
    [1, { 'freezer.self_freezing': '1\n', 'freezer.state': 'FREEZING\n' }, false],
    [1, { 'freezer.self_freezing': '1\n', 'freezer.state': 'FROZEN\n' }, true],
    [2, { 'cgroup.freeze': '0\n', 'cgroup.events': 'populated 1\nfrozen 1\n' }, false],
    [2, { 'cgroup.freeze': '1\n', 'cgroup.events': 'populated 1\nfrozen 0\n' }, false],
    [2, { 'cgroup.freeze': '1\n', 'cgroup.events': 'populated 1\nfrozen 1\n' }, true],
    [1, {}, false],
    [2, {}, false],
  ] as const)('of v%i with %j is %j', (version, files, frozen) => {
    expect(isFrozen({ cgroups: [makeFake(version, files).cgroup] })).toBe(frozen);
  });

  test('asks v1 where there are both, wherever it stands', () => {
    const frozen = makeFake(2, { 'cgroup.freeze': '1\n', 'cgroup.events': 'frozen 1\n' });
    const thawed = makeFake(1, V1);
    expect(isFrozen({ cgroups: [frozen.cgroup, thawed.cgroup] })).toBe(false);
    expect(isFrozen({ cgroups: [frozen.cgroup, makeFake(1, {}, ['pids']).cgroup] })).toBe(true);
    expect(isFrozen({ cgroups: [] })).toBe(false);
  });
});

test('standsStill() is also true because of a cgroup above', () => {
  expect(standsStill(makeFake(1, { 'freezer.state': 'FROZEN\n', 'freezer.self_freezing': '0\n' }).cgroup)).toBe(true);
  expect(standsStill(makeFake(1, { 'freezer.state': 'FROZEN\n' }, ['pids']).cgroup)).toBe(false);
});

describe('freeze()', () => {
  test('is done when the kernel says so', () => {
    const v1 = makeFake(1, V1);
    freeze({ cgroups: [v1.cgroup] });
    expect(v1.read('freezer.state')).toBe('FROZEN');
    const v2 = makeFake(2, { ...V2, 'cgroup.events': 'populated 1\nfrozen 1\n' });
    freeze({ cgroups: [v2.cgroup] });
    expect(v2.read('cgroup.freeze')).toMatch(/^1/);
  });

  test('thaws what does not stand still in time', () => {
    const { cgroup, read } = makeFake(2, V2);
    expect(() => freeze({ cgroups: [cgroup] }, 20)).toThrow(/^cannot freeze the cgroup ".*": some of its processes/);
    expect(read('cgroup.freeze')).toMatch(/^0/);
  });

  test('says what is wrong', () => {
    expect(() => freeze({ cgroups: [] })).toThrow('cannot freeze the container: it has no cgroup to freeze');
    const gone = makeFake(1, {}).cgroup;
    expect(() => freeze({ cgroups: [gone] })).toThrow(/^cannot freeze the cgroup ".*": no such file or directory$/);
    expect(() => thaw({ cgroups: [gone] })).toThrow(/^cannot thaw the cgroup ".*": no such file or directory$/);
  });
});

test('thaw() thaws the cgroup alone, thawAll() those below that have been told to freeze as well', () => {
  const { cgroup, read, write } = makeFake(1, { 'freezer.state': 'FROZEN', 'freezer.self_freezing': '1\n' });
  for (const [name, told] of [['told', '1\n'], ['not-told', '0\n']] as const) {
    mkdirSync(join(cgroup.path, name));
    write(`${name}/freezer.state`, 'FROZEN');
    write(`${name}/freezer.self_freezing`, told);
  }
  thaw({ cgroups: [cgroup] });
  expect([read('freezer.state'), read('told/freezer.state')]).toEqual(['THAWED', 'FROZEN']);
  thawAll({ cgroups: [cgroup] });
  expect([read('told/freezer.state'), read('not-told/freezer.state')]).toEqual(['THAWED', 'FROZEN']);
});
