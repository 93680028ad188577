import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PlacedCgroup } from '../../../../src/cgroup/driver.ts';
import { rejoin } from '../../../../src/cgroup/systemd/rejoin.ts';

/** Files in place of cgroups: what is written to cgroup.procs replaces the start of what is there. */
function cgroupsWith(processes: Readonly<Record<string, string>>): PlacedCgroup[] {
  const mountpoint = mkdtempSync(join(tmpdir(), 'nunc-rejoin-'));
  onTestFinished(() => rmSync(mountpoint, { recursive: true }));
  return Object.entries(processes).map(([controller, pids]) => {
    const path = join(mountpoint, controller);
    mkdirSync(path);
    if (pids !== 'gone') writeFileSync(join(path, 'cgroup.procs'), pids);
    return { version: controller === 'unified' ? 2 : 1, controllers: [controller], mountpoint, path };
  });
}

function rejoined(processes: Readonly<Record<string, string>>): string[] {
  const cgroups = cgroupsWith(processes);
  rejoin({ manager: 'systemd', mode: 'hybrid', cgroupsPath: '/x', cgroups });
  return cgroups.map(({ path }) => readFileSync(join(path, 'cgroup.procs'), 'utf8'));
}

test('rejoin() puts what has been taken out back into cgroups of version 1', () => {
  expect(rejoined({ pids: '', devices: '71\n', 'name=systemd': '71\n' })).toEqual(['71', '71\n', '71\n']);
});

test('rejoin() goes by version 2 where that is there, and leaves it alone', () => {
  expect(rejoined({ unified: '72\n', pids: '', memory: '72\n' })).toEqual(['72\n', '72', '72\n']);
});

test('rejoin() does nothing when no process is left, or no hierarchy counts them', () => {
  expect(rejoined({ unified: '', pids: '' })).toEqual(['', '']);
  expect(rejoined({ memory: '73\n', pids: '' })).toEqual(['73\n', '']);
});

test('rejoin() says which cgroup takes no process', () => {
  const cgroups = cgroupsWith({ 'name=systemd': '74\n', pids: 'gone' });
  const placement = { manager: 'systemd', mode: 'v1', cgroupsPath: '/x', cgroups } as const;
  expect(() => rejoin(placement)).toThrow(/^cannot move the container's process into the cgroup ".*\/pids": no such file/);
});
