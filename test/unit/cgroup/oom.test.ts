// Texts are captures: memory.oom_control of Linux 6.18, memory.events of 6.1 and of 5.4.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CgroupPlacement } from '../../../src/cgroup/driver.ts';
import { oomKills, parseOomKills } from '../../../src/cgroup/oom.ts';
import type { CgroupMode, Hierarchy } from '../../../src/host/facts.ts';

const OOM_CONTROL = 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n';
const EVENTS = 'low 0\nhigh 0\nmax 75\noom 2\noom_kill 1\noom_group_kill 0\n';

test.each([
  [OOM_CONTROL, 3],
  [EVENTS, 1],
  ['low 0\nhigh 0\nmax 0\noom 7\n', 0],
  ['', 0],
])('parseOomKills(%j) is %i', (text, kills) => {
  expect(parseOomKills(text)).toBe(kills);
});

function placement(mode: CgroupMode, cgroups: readonly Pick<Hierarchy, 'version' | 'controllers'>[]): CgroupPlacement {
  const root = mkdtempSync(join(tmpdir(), 'nunc-oom-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const placed = cgroups.map((cgroup, index) => {
    const path = `${root}/${index}/a`;
    mkdirSync(path, { recursive: true });
    return { ...cgroup, mountpoint: `${root}/${index}`, path };
  });
  return { manager: 'cgroupfs', mode, cgroupsPath: '/a', cgroups: placed };
}

const memory = { version: 1, controllers: ['memory'] } as const;
const pids = { version: 1, controllers: ['pids'] } as const;
const unified = { version: 2, controllers: ['memory'] } as const;

function write(cgroups: CgroupPlacement, index: number, [file, text]: [string, string]): void {
  writeFileSync(`${cgroups.cgroups[index]?.path}/${file}`, text);
}

describe('oomKills()', () => {
  test("is v1's of the memory controller, beside v2 too", () => {
    const cgroups = placement('hybrid', [pids, unified, memory]);
    write(cgroups, 1, ['memory.events', EVENTS]);
    write(cgroups, 2, ['memory.oom_control', OOM_CONTROL]);
    expect(oomKills(cgroups)).toBe(3);
  });

  test("is v2's", () => {
    const cgroups = placement('v2', [unified]);
    write(cgroups, 0, ['memory.events', EVENTS]);
    expect(oomKills(cgroups)).toBe(1);
  });

  test('is 0 without the controller, without cgroups, and when they are gone', () => {
    expect(oomKills(placement('v1', [pids]))).toBe(0);
    expect(oomKills(placement('v2', [unified]))).toBe(0);
    expect(oomKills(placement('none', []))).toBe(0);
  });
});
