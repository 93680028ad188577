import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CgroupPlacement } from '../../../../src/cgroup/driver.ts';
import type { Setting } from '../../../../src/cgroup/setting.ts';
import { completeSettings, keepFiles, lostOf, withOtherHalf } from '../../../../src/cgroup/systemd/kept.ts';

const setting = (file: string, value: string): Setting => ({ origin: '', cgroup: 0, file, value });
const valuesOf = (settings: readonly Setting[]): string[] => settings.map(({ file, value }) => `${file} ${value}`);

function placementWith(files: Readonly<Record<string, string>>): CgroupPlacement {
  const path = mkdtempSync(join(tmpdir(), 'nunc-kept-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [file, value] of Object.entries(files)) writeFileSync(join(path, file), `${value}\n`);
  const cgroups = [{ version: 2 as const, controllers: [], mountpoint: '/', path }];
  return { manager: 'systemd', mode: 'v2', cgroupsPath: '/', cgroups };
}

describe('lostOf()', () => {
  test('is what systemd has written in its own words, and nobody changes', () => {
    const placement = placementWith({ 'cpu.max': '25123 50000', 'pids.max': '7', 'io.bfq.weight': '500' });
    const kept = keepFiles(placement);
    const path = placement.cgroups[0]?.path ?? '';
    writeFileSync(join(path, 'cpu.max'), '25500 50000\n');
    writeFileSync(join(path, 'io.bfq.weight'), '540\n');
    expect(valuesOf(lostOf(placement, kept, []))).toEqual(['cpu.max 25123 50000', 'io.bfq.weight 500']);
    const settings = [setting('cpu.max', '1000 50000')];
    expect(valuesOf(lostOf(placement, kept, settings))).toEqual(['io.bfq.weight 500']);
  });
});

describe('completeSettings()', () => {
  test('gives a quota alone the period that is in force', () => {
    const kept = [setting('cpu.max', 'max 50000')];
    const settings = [setting('cpu.max', '10000'), setting('cpu.max', 'max 20000'), setting('pids.max', '5')];
    expect(valuesOf(completeSettings(kept, settings)))
      .toEqual(['cpu.max 10000 50000', 'cpu.max max 20000', 'pids.max 5']);
    expect(valuesOf(completeSettings([], settings.slice(0, 1)))).toEqual(['cpu.max 10000']);
  });

  test('ends being idle only where that is so', () => {
    const settings = [setting('cpu.idle', '0')];
    expect(completeSettings([setting('cpu.idle', '0')], settings)).toEqual([]);
    expect(completeSettings([setting('cpu.idle', '1')], settings)).toEqual(settings);
  });
});

test("withOtherHalf() has the other of version 1's two files for the bandwidth", () => {
  const kept = [setting('cpu.cfs_period_us', '50000'), setting('cpu.cfs_quota_us', '-1'), setting('pids.max', '5')];
  expect(valuesOf(withOtherHalf(kept, [setting('cpu.cfs_quota_us', '10000')])))
    .toEqual(['cpu.cfs_period_us 50000', 'cpu.cfs_quota_us -1', 'cpu.cfs_quota_us 10000']);
  expect(valuesOf(withOtherHalf(kept, [setting('pids.max', '6')]))).toEqual(['pids.max 6']);
});
