import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { settingsInForce } from '../../../src/cgroup/restore.ts';

test('settingsInForce() has the values of now, the last first, without lists and what is not there', () => {
  const path = mkdtempSync(join(tmpdir(), 'nunc-restore-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const lists = { 'io.max': '8:0 rbps=1\n', 'memory.oom_control': 'a 0\nb 0\n' };
  const values = { 'pids.max': 'max\n', 'cpu.max': 'max 100000\n', ...lists };
  for (const [file, value] of Object.entries(values)) writeFileSync(join(path, file), value);
  const cgroups = [{ version: 2 as const, controllers: [], mountpoint: '/', path }];
  const setting = (file: string): { origin: string; cgroup: number; file: string; value: string } =>
    ({ origin: `/${file}`, cgroup: 0, file, value: '1' });
  const settings = [...Object.keys(values), 'cpu.max', 'absent'].map(setting);
  const placement = { manager: 'cgroupfs' as const, mode: 'v2' as const, cgroupsPath: '/', cgroups };
  expect(settingsInForce(placement, settings)).toEqual([
    { ...setting('cpu.max'), value: 'max 100000' },
    { ...setting('pids.max'), value: 'max' },
  ]);
  const otherwise = { ...setting('absent'), otherwise: { file: 'pids.max', value: '2' } };
  expect(settingsInForce(placement, [otherwise]))
    .toEqual([{ ...setting('pids.max'), origin: '/absent', value: 'max' }]);
});
