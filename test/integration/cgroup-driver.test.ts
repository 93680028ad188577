// The cgroupfs driver on the kernel, in cgroups of the test's own.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, onTestFinished } from 'vitest';
import { cgroupfs } from '../../src/cgroup/cgroupfs.ts';
import type { CgroupPlacement } from '../../src/cgroup/driver.ts';
import { joinFiles } from '../../src/cgroup/placement.ts';
import { processesOf } from '../../src/cgroup/processes.ts';
import { probeHost } from '../../src/host/probe.ts';
import { hostState, settledDifference } from '../support/host-state.ts';
import { kernel } from '../support/library.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups');
const driver = cgroupfs(kernel());
const facts = probeHost();
const parent = `/nunc-test-${process.pid}`;
const scope = { belongs: [parent] };
const nothing = hostState(scope);

const place = (cgroupsPath: string): CgroupPlacement => driver.resolvePlacement(facts, { cgroupsPath, id: 'x' });

/** A child process that waits, to be moved about. Ends with the test. */
function startSleeper(): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  if (child.pid === undefined) throw new Error('cannot start sleep');
  return Object.assign(child, { pid: child.pid });
}

/** Moves a process as the init moves itself: by its (only) thread in v1, as a process in v2. */
function moveInto(placement: CgroupPlacement, pid: number): void {
  const { tasks, unified } = joinFiles(placement);
  for (const file of tasks) writeFileSync(file, String(pid));
  if (unified !== undefined) writeFileSync(`${unified}/cgroup.procs`, String(pid));
}

/** The places of a process in its cgroups, without those of hierarchies that are not mounted. */
function placesOf(pid: number): Map<string, string> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return new Map(lines.map((line) => [line.split(':')[1] ?? '', line.split(':').slice(2).join(':')]));
}

afterEach(async () => {
  // A killed child of the test shows its cgroup until Node has reaped it.
  expect(await settledDifference(nothing, scope)).toEqual([]);
});

describe('cgroupfs', () => {
  test('makes, fills and removes the cgroups of every hierarchy', () => {
    const placement = place(`${parent}/pod/web`);
    const created = driver.createCgroups(placement);
    expect(created.made).toEqual(facts.hierarchies.map(() => true));
    expect(processesOf(placement)).toEqual([]);

    const child = startSleeper();
    moveInto(placement, child.pid);
    const places = placesOf(child.pid);
    for (const { version, controllers } of placement.cgroups) {
      expect(places.get(version === 2 ? '' : controllers.join(','))).toBe(`${parent}/pod/web`);
    }
    expect(processesOf(placement)).toEqual([child.pid]);

    child.kill('SIGKILL');
    // No wait for the exit: removal has to cope with a process that is dying.
    driver.removeCgroups(created);
  });

  test('removes cgroups that the container made, dying processes within', () => {
    const placement = place(`${parent}/web`);
    const created = driver.createCgroups(placement);
    const child = startSleeper();
    const nested = placement.cgroups.map((cgroup) => ({ ...cgroup, path: `${cgroup.path}/a/b` }));
    driver.createCgroups({ ...placement, cgroups: nested });
    moveInto({ ...placement, cgroups: nested }, child.pid);
    expect(processesOf(placement)).toEqual([child.pid]);
    child.kill('SIGKILL');
    driver.removeCgroups(created);
  });

  test('gives up after two seconds on a process that lives, and can be asked again', () => {
    const placement = place(`${parent}/web`);
    const created = driver.createCgroups(placement);
    const child = startSleeper();
    moveInto(placement, child.pid);
    const start = Date.now();
    expect(() => driver.removeCgroups(created)).toThrow(/cannot remove the cgroup ".*\/web": it still has processes/);
    expect(Date.now() - start).toBeGreaterThan(1500);
    expect(Date.now() - start).toBeLessThan(4000);
    child.kill('SIGKILL');
    driver.removeCgroups(created);
    expect(processesOf(placement)).toEqual([]);
  }, 10_000);

  test('keeps what was there before', () => {
    const existing = place(`${parent}/pod`);
    for (const { path } of existing.cgroups) mkdirSync(path, { recursive: true });
    driver.removeCgroups(driver.createCgroups(place(`${parent}/pod/web`)));
    driver.removeCgroups(driver.createCgroups(existing));
    for (const { path, mountpoint } of existing.cgroups) {
      expect(existsSync(path)).toBe(true);
      rmdirSync(path);
      rmdirSync(mountpoint + parent);
    }
  });

  test('leaves nothing when a cgroup can not be made', () => {
    // The kernel has a file of this name in every cgroup, so that the last component can't be a directory.
    expect(() => driver.createCgroups(place(`${parent}/web/cgroup.procs`))).toThrow(
      /cannot create the cgroup ".*\/web\/cgroup.procs": file exists/,
    );
  });

  test('survives creators and removers that share their parents', async () => {
    const worker = join(import.meta.dirname, '../support/cgroup-worker.ts');
    const bun = join(import.meta.dirname, '../../node_modules/.bin/bun');
    const run = promisify(execFile);
    const workers = Array.from({ length: 6 }, async (_, index) => {
      // Two levels are shared by all, so that every removal races with every creation for them.
      const { stdout } = await run(bun, [worker, `${parent}/shared/deep/w${index}`, '60']);
      return stdout;
    });
    expect(await Promise.all(workers)).toEqual(Array.from({ length: 6 }, () => 'ok\n'));
  }, 60_000);
});

describe('cgroupfs on v1', () => {
  const v1 = requires('root', 'cgroup-v1');
  const root = facts.hierarchies.find(({ controllers }) => controllers.includes('cpuset'))?.mountpoint;

  v1('lets processes into a cpuset that is new at every level', () => {
    if (root === undefined) return;
    const created = driver.createCgroups(place(`${parent}/a/b`));
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      expect(readFileSync(`${root}${parent}/a/b/${file}`, 'utf8')).toBe(readFileSync(`${root}/${file}`, 'utf8'));
    }
    driver.removeCgroups(created);
  });
});

describe('cgroupfs on v2', () => {
  const v2 = requires('root', 'cgroup-v2');

  v2('passes the controllers down to the container', () => {
    const placement = place(`${parent}/a/b`);
    const created = driver.createCgroups(placement);
    const [unified] = placement.cgroups;
    const words = (file: string): string[] => readFileSync(file, 'utf8').trim().split(' ').sort();
    expect(words(`${unified?.path}/cgroup.controllers`)).toEqual(words(`${unified?.mountpoint}/cgroup.controllers`));
    driver.removeCgroups(created);
  });
});
