// The driver on ordinary directories: what it makes and removes, without a kernel's opinion. The real one is asked in
// test/integration/cgroup-driver.test.ts.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cgroupfs } from '../../../src/cgroup/cgroupfs.ts';
import type { CgroupPlacement } from '../../../src/cgroup/driver.ts';
import { processesOf } from '../../../src/cgroup/processes.ts';
import { inheritCpuset } from '../../../src/cgroup/v1/cpuset.ts';
import { passControllersTo } from '../../../src/cgroup/v2/controllers.ts';
import type { Ffi } from '../../../src/ffi/port.ts';

// No system call is made on plain directories.
const driver = cgroupfs({} as Ffi);
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nunc-cgroup-'));
  for (const name of ['pids', 'freezer']) mkdirSync(join(root, name));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

function placementOf(cgroupsPath: string): CgroupPlacement {
  const hierarchies = ['pids', 'freezer'].map((name) => {
    return { version: 1, controllers: [name], mountpoint: join(root, name) } as const;
  });
  return driver.resolvePlacement({ cgroupMode: 'v1', hierarchies }, { cgroupsPath, id: 'x' });
}

const exists = (path: string): boolean => existsSync(join(root, path));

describe('createCgroups()', () => {
  test('makes the cgroups and what is missing above them, readable for all', () => {
    const created = driver.createCgroups(placementOf('/a/b/c'));
    expect(created.made).toEqual([true, true]);
    expect(statSync(join(root, 'freezer/a/b/c')).mode & 0o777).toBe(0o755);
    expect(JSON.parse(JSON.stringify(created))).toEqual(created);
  });

  test('uses what is there', () => {
    mkdirSync(join(root, 'pids/a'));
    expect(driver.createCgroups(placementOf('/a')).made).toEqual([false, true]);
  });

  test('leaves nothing when a later one fails', () => {
    writeFileSync(join(root, 'freezer/a'), 'not a directory');
    expect(() => driver.createCgroups(placementOf('/a/b'))).toThrow(
      `cannot create the cgroup "${root}/freezer/a/b": not a directory`,
    );
    expect(exists('pids/a')).toBe(false);
    expect(() => driver.createCgroups(placementOf('/a'))).toThrow('file exists');
    expect(exists('pids/a')).toBe(false);
  });

  test('leaves nothing of the cgroup that fails itself', () => {
    const cpuset = { version: 1, controllers: ['cpuset'], mountpoint: join(root, 'pids') } as const;
    const facts = { cgroupMode: 'v1', hierarchies: [cpuset] } as const;
    const placement = driver.resolvePlacement(facts, { cgroupsPath: '/a/b', id: 'x' });
    // No cpuset.cpus appears in a plain directory.
    expect(() => driver.createCgroups(placement)).toThrow('no such file or directory');
    expect(exists('pids/a')).toBe(false);
  });

  test('does not follow a path that a state file was made to hold', () => {
    const placement = placementOf('/a');
    const cgroups = placement.cgroups.map((cgroup) => ({ ...cgroup, path: `${cgroup.mountpoint}/../escaped` }));
    const expected = /cannot use the cgroup ".*escaped": it is not below/;
    expect(() => driver.createCgroups({ ...placement, cgroups })).toThrow(expected);
    mkdirSync(join(root, 'escaped'));
    expect(() => driver.removeCgroups({ ...placement, cgroups, made: [true, true] })).toThrow(expected);
    expect(() => processesOf({ ...placement, cgroups })).toThrow(expected);
    expect(exists('escaped')).toBe(true);
  });
});

describe('removeCgroups()', () => {
  test('removes what create made, and is content when it is gone', () => {
    const created = driver.createCgroups(placementOf('/a/b/c'));
    driver.removeCgroups(created);
    expect(exists('pids/a')).toBe(false);
    expect(exists('freezer/a')).toBe(false);
    driver.removeCgroups(created);
    expect(exists('pids')).toBe(true);
  });

  test('removes what the container made below', () => {
    const created = driver.createCgroups(placementOf('/a'));
    mkdirSync(join(root, 'pids/a/x/y'), { recursive: true });
    mkdirSync(join(root, 'pids/a/z'));
    driver.removeCgroups(created);
    expect(exists('pids/a')).toBe(false);
  });

  test('keeps parents and cgroups that were there before', () => {
    mkdirSync(join(root, 'pids/a/b'), { recursive: true });
    mkdirSync(join(root, 'freezer/a'));
    driver.removeCgroups(driver.createCgroups(placementOf('/a/b')));
    expect(exists('pids/a/b')).toBe(true);
    expect(exists('freezer/a')).toBe(true);
    expect(exists('freezer/a/b')).toBe(false);
  });

  test('leaves a shared parent to the last of its containers, whoever made it', () => {
    const first = driver.createCgroups(placementOf('/a/first'));
    const second = driver.createCgroups(placementOf('/a/second'));
    driver.removeCgroups(first);
    expect(exists('pids/a/second')).toBe(true);
    driver.removeCgroups(second);
    expect(exists('pids/a')).toBe(false);
  });

  test('goes by the marks when create died before it could tell what it had made', () => {
    mkdirSync(join(root, 'pids/a'));
    driver.createCgroups(placementOf('/a'));
    driver.removeCgroups(placementOf('/a'));
    expect(exists('pids/a')).toBe(true);
    expect(exists('freezer/a')).toBe(false);
  });

  test('removes its own cgroup even if the container took the mark off', () => {
    const created = driver.createCgroups(placementOf('/a'));
    chmodSync(join(root, 'pids/a'), 0o755);
    driver.removeCgroups(created);
    expect(exists('pids/a')).toBe(false);
  });

  test('names the cgroup that stays in use, and removes the others', () => {
    const created = driver.createCgroups(placementOf('/a'));
    // A file keeps an ordinary directory as a process keeps a cgroup.
    writeFileSync(join(root, 'pids/a/file'), '');
    expect(() => driver.removeCgroups(created)).toThrow(
      `cannot remove the cgroup "${root}/pids/a": it still has processes`,
    );
    expect(exists('freezer/a')).toBe(false);
  });
});

describe('processesOf()', () => {
  test('lists the processes of all hierarchies and levels once', () => {
    const placement = placementOf('/a');
    mkdirSync(join(root, 'pids/a/x'), { recursive: true });
    mkdirSync(join(root, 'freezer/a'));
    writeFileSync(join(root, 'pids/a/cgroup.procs'), '30\n0\n4\n');
    writeFileSync(join(root, 'pids/a/x/cgroup.procs'), '5\n');
    writeFileSync(join(root, 'freezer/a/cgroup.procs'), '30\n100\n');
    expect(processesOf(placement)).toEqual([4, 5, 30, 100]);
  });

  test('finds none in cgroups that are gone', () => {
    expect(processesOf(placementOf('/gone'))).toEqual([]);
  });
});

function writeFiles(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8').trim();

describe('inheritCpuset()', () => {
  test('fills empty cgroups from the nearest one above that has a value', () => {
    writeFiles({
      'cpuset/cpuset.cpus': '0-7\n',
      'cpuset/cpuset.mems': '0-1\n',
      'cpuset/a/cpuset.cpus': '2-3\n',
      'cpuset/a/cpuset.mems': '\n',
      'cpuset/a/b/cpuset.cpus': '\n',
      'cpuset/a/b/cpuset.mems': '\n',
    });
    inheritCpuset(join(root, 'cpuset/a/b'), join(root, 'cpuset'));
    expect(read('cpuset/a/b/cpuset.cpus')).toBe('2-3');
    expect(read('cpuset/a/b/cpuset.mems')).toBe('0-1');
    expect(read('cpuset/a/cpuset.mems')).toBe('0-1');
  });

  test('keeps what clone_children or somebody has set', () => {
    writeFiles({ 'cpuset/a/cpuset.cpus': '5\n', 'cpuset/a/cpuset.mems': '0\n' });
    inheritCpuset(join(root, 'cpuset/a'), join(root, 'cpuset'));
    expect(read('cpuset/a/cpuset.cpus')).toBe('5');
  });
});

describe('passControllersTo()', () => {
  test('asks each cgroup above for what it does not pass down yet', () => {
    writeFiles({
      'v2/cgroup.controllers': 'cpu memory\n',
      'v2/cgroup.subtree_control': 'cpu\n',
      'v2/a/cgroup.controllers': 'cpu memory\n',
      'v2/a/cgroup.subtree_control': '\n',
      'v2/a/b/cgroup.controllers': '\n',
      'v2/a/b/cgroup.subtree_control': '\n',
    });
    passControllersTo(join(root, 'v2/a/b'), join(root, 'v2'), ['cpu', 'memory']);
    expect(read('v2/cgroup.subtree_control')).toMatch(/^\+memory/);
    expect(read('v2/a/cgroup.subtree_control')).toBe('+cpu +memory');
    expect(read('v2/a/b/cgroup.subtree_control')).toBe('');
  });

  test('touches nothing when the cgroup has them', () => {
    writeFiles({ 'v2/cgroup.subtree_control': 'x', 'v2/a/cgroup.controllers': 'memory cpu\n' });
    passControllersTo(join(root, 'v2/a'), join(root, 'v2'), ['cpu']);
    expect(read('v2/cgroup.subtree_control')).toBe('x');
  });
});
