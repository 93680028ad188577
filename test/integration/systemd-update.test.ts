// update with systemd as the manager of cgroups: the properties of the scope, and the files that systemd would write
// with other values. Needs scripts/test-vm.sh --systemd.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { refusal, startBundle, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { showUnit } from '../support/systemd.ts';

const test = requires('root', 'systemd', 'systemd-managed', 'cgroup-v2', 'nunc');
const mountpoint = probeHost().hierarchies[0]?.mountpoint ?? '';

async function started(): Promise<Bundle> {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  await startBundle(bundle);
  return bundle;
}

function files({ spec }: Bundle, names: readonly string[]): string[] {
  return names.map((name) => readFileSync(`${mountpoint}${spec.linux.cgroupsPath}/${name}`, 'utf8').trim());
}

function properties({ id }: Bundle, names: readonly string[]): (string | undefined)[] {
  const shown = showUnit(`nunc-${id}.scope`);
  return names.map((name) => shown.get(name));
}

const QUOTA = ['CPUQuotaPerSecUSec', 'CPUQuotaPeriodUSec'];

describe('update of a scope', () => {
  /** Options and the properties that they become. */
  const CHANGES: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
    [['--memory', '64m', '--memory-swap', '96m'], { MemoryMax: '67108864', MemorySwapMax: '33554432' }],
    [['--memory-reservation', '32m'], { MemoryLow: '33554432' }],
    [['--pids-limit', '77'], { TasksMax: '77' }],
    [['--pids-limit=-1'], { TasksMax: 'infinity' }],
    [['--cpu-share', '2048'], { CPUWeight: '174' }],
    [['--cpu-quota', '20000', '--cpu-period', '50000'], { CPUQuotaPerSecUSec: '400ms', CPUQuotaPeriodUSec: '50ms' }],
    [['--cpu-quota=-1'], { CPUQuotaPerSecUSec: 'infinity' }],
  ];
  for (const [options, wanted] of CHANGES) {
    test(`changes properties: ${options.join(' ')}`, async () => {
      const bundle = await started();
      await succeed(['update', ...options, bundle.id]);
      expect(properties(bundle, Object.keys(wanted))).toEqual(Object.values(wanted));
    });
  }

  test('by one limit leaves the others as exact as they were', async () => {
    const bundle = await started();
    await succeed(['update', '--cpu-quota', '25123', '--cpu-period', '50000', bundle.id]);
    await succeed(['update', '--cpu-share', '2048', bundle.id]);
    expect(files(bundle, ['cpu.max', 'cpu.weight'])).toEqual(['25123 50000', '174']);
    expect(properties(bundle, QUOTA)).toEqual(['510ms', '50ms']);
    await succeed(['update', '--pids-limit', '77', bundle.id]);
    expect(files(bundle, ['cpu.max', 'pids.max'])).toEqual(['25123 50000', '77']);
  });

  test('by a quota or a period alone keeps the other, also in systemd', async () => {
    const bundle = await started();
    await succeed(['update', '--cpu-quota', '20000', '--cpu-period', '50000', bundle.id]);
    await succeed(['update', '--cpu-quota', '10000', bundle.id]);
    expect(files(bundle, ['cpu.max'])).toEqual(['10000 50000']);
    expect(properties(bundle, QUOTA)).toEqual(['200ms', '50ms']);
    await succeed(['update', '--cpu-period', '20000', bundle.id]);
    expect(files(bundle, ['cpu.max'])).toEqual(['10000 20000']);
    expect(properties(bundle, QUOTA)).toEqual(['500ms', '20ms']);
    execFileSync('systemctl', ['daemon-reload']);
    expect(files(bundle, ['cpu.max'])).toEqual(['10000 20000']);
  });

  test('ends being idle for good', async () => {
    const bundle = await started();
    await succeed(['update', '--cpu-idle', '1', bundle.id]);
    await succeed(['update', '--cpu-quota', '20000', bundle.id]);
    expect(files(bundle, ['cpu.idle'])).toEqual(['1']);
    await succeed(['update', '--cpu-idle', '0', bundle.id]);
    await succeed(['update', '--cpu-quota', '30000', bundle.id]);
    expect(files(bundle, ['cpu.idle', 'cpu.weight', 'cpu.max'])).toEqual(['0', '100', '30000 100000']);
    await succeed(['update', '--cpu-share', '2048', '--cpu-idle', '0', bundle.id]);
    await succeed(['update', '--cpu-idle', '0', bundle.id]);
    expect(files(bundle, ['cpu.weight'])).toEqual(['174']);
  });

  test('that fails in part changes properties back as well', async () => {
    const bundle = await started();
    await succeed(['update', '--pids-limit', '60', '--memory', '128m', '--cpu-quota', '20000', bundle.id]);
    const names = ['MemoryMax', 'TasksMax', ...QUOTA];
    const before = properties(bundle, names);
    expect(before.slice(0, 3)).toEqual([String(128 << 20), '60', '200ms']);
    const options = ['--memory', '64m', '--pids-limit', '61', '--cpu-quota', '1'];
    expect(await refusal(['update', ...options, bundle.id])).toContain('cannot set /linux/resources/cpu/quota');
    expect(properties(bundle, names)).toEqual(before);
    expect(files(bundle, ['memory.max', 'pids.max', 'cpu.max'])).toEqual([String(128 << 20), '60', '20000 100000']);
  });

  test('lasts when systemd reads all its units again', async () => {
    const bundle = await started();
    const options = ['--memory', '64m', '--pids-limit', '61', '--cpu-share', '2048', '--cpu-quota', '20000'];
    await succeed(['update', ...options, bundle.id]);
    execFileSync('systemctl', ['daemon-reload']);
    expect(files(bundle, ['memory.max', 'pids.max', 'cpu.weight', 'cpu.max']))
      .toEqual([String(64 << 20), '61', '174', '20000 100000']);
  });
});
