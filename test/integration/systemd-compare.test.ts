// The scopes that runc and nunc make of one config. Needs scripts/test-vm.sh --systemd.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';
import { showUnit } from '../support/systemd.ts';

const unitOf = (bundle: Bundle): string => `nunc-${bundle.id}.scope`;
const sleeper = ['sleep', '1000'];

/** Our own words for limits, and systemd's. */
const limits = {
  memory: { limit: 64 << 20, reservation: 32 << 20 },
  cpu: { shares: 512, quota: 25_123, period: 100_000 },
  pids: { limit: 50 },
};

describe('runc', () => {
  // On version 1 runc has older properties for the same limits.
  const both = requires('root', 'systemd', 'systemd-managed', 'cgroup-v2', 'runc', 'nunc');

  /** What differs, and why. */
  const DIFFERENT: Readonly<Record<string, string>> = {
    // For the same words of config.json.
    Description: 'each says its own name',
    DevicePolicy: "runc has systemd's device rules, nunc its own program, which no daemon-reload takes away",
    DeviceAllow: 'as DevicePolicy',
    CPUWeight: "runc 1.1.5 has the older formula: weight 20 for 512 shares, where today's tools have 59",
    MemorySwapMax: 'runc says memory.swap, which is not asked for here, as 0',
    DropInPaths: 'runc sets limits when the scope is there, nunc starts it with them',
    NeedDaemonReload: 'as DropInPaths',
  };

  both('makes a scope with the same properties, at the same place', async () => {
    const units: Map<string, string>[] = [];
    const places: string[] = [];
    for (const program of [undefined, 'runc']) {
      const bundle = makeBundle({ args: sleeper, mutate: ({ linux }) => { linux.resources = limits; } });
      const options = program === undefined ? {} : { program };
      const output = join(bundle.directory, 'output');
      const result = await runtime(['create', '--bundle', bundle.directory, bundle.id], { ...options, output });
      expect(result.status, readFileSync(output, 'utf8')).toBe(0);
      const { pid } = JSON.parse(await succeed(['state', bundle.id], options)) as { pid: number };
      places.push(readFileSync(`/proc/${pid}/cgroup`, 'utf8').replaceAll(bundle.id, 'ID'));
      const shown = showUnit(unitOf(bundle));
      for (const [name, value] of shown) shown.set(name, value.replaceAll(bundle.id, 'ID'));
      units.push(shown);
      await succeed(['delete', '--force', bundle.id], options);
    }
    expect(places[0]).toBe(places[1]);
    const [ours, theirs] = units;
    const varying = /Timestamp|Current|Usage|^ControlGroupId|^InvocationID|Available|^IO(Read|Write)|^IP(In|E)gress/;
    const different = [...(theirs ?? [])].filter(([name, value]) => !varying.test(name) && ours?.get(name) !== value);
    expect(different.filter(([name]) => !(name in DIFFERENT))).toEqual([]);
  });
});
