// pause and resume: words and states as runc's, and that everything stands still.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { type PlacedCgroup } from '../../src/cgroup/driver.ts';
import { freeze, isFrozen } from '../../src/cgroup/freezer.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle, writeConfig } from '../support/bundle.ts';
import {
  createBundle, eventually, outputOf, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { isSystemdManaged, runtime } from '../support/runtime.ts';
import { holdProcess } from '../support/stuck.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const { hierarchies, cgroupMode } = probeHost();

/** The directory of a bundle's cgroup that has a controller of v1, or the one of v2. */
function cgroupOf({ spec }: Bundle, controller: string): string {
  const found = hierarchies.find(({ version, controllers }) =>
    version === 2 ? cgroupMode === 'v2' : controllers.includes(controller));
  return `${found?.mountpoint ?? ''}${spec.linux.cgroupsPath ?? ''}`;
}

function placementOf({ spec }: Bundle): { cgroups: PlacedCgroup[] } {
  const path = spec.linux.cgroupsPath ?? '';
  return { cgroups: hierarchies.map((hierarchy) => ({ ...hierarchy, path: hierarchy.mountpoint + path })) };
}

/** CPU time that a bundle's container has used, in microseconds. */
function usageOf(bundle: Bundle): number {
  const directory = cgroupOf(bundle, 'cpuacct');
  if (cgroupMode !== 'v2') return Number(readFileSync(`${directory}/cpuacct.usage`, 'utf8')) / 1000;
  return Number(/^usage_usec (\d+)/.exec(readFileSync(`${directory}/cpu.stat`, 'utf8'))?.[1]);
}

const sleeper = (): Bundle => makeBundle({ args: ['sleep', '1000'] });

async function startPaused(): Promise<Bundle> {
  const bundle = sleeper();
  await startBundle(bundle);
  await succeed(['pause', bundle.id]);
  return bundle;
}

describe('pause and resume', () => {
  test('change the status, which state and list tell', async () => {
    const bundle = await startPaused();
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
    expect(await succeed(['list'])).toMatch(new RegExp(`^${bundle.id} .* paused `, 'm'));
    await succeed(['resume', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('of a created container bring it back to created', async () => {
    const bundle = sleeper();
    await createBundle(bundle);
    await succeed(['pause', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
    expect(await refusal(['start', bundle.id])).toBe('cannot start a container in the paused state');
    await succeed(['resume', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'created' });
    await succeed(['start', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('are refused in other states', async () => {
    const bundle = await startPaused();
    expect(await refusal(['pause', bundle.id])).toBe('container not running');
    await succeed(['resume', bundle.id]);
    expect(await refusal(['resume', bundle.id])).toBe('container not paused');
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    expect(await refusal(['pause', bundle.id])).toBe('container not running');
    expect(await refusal(['resume', bundle.id])).toBe('container not paused');
    for (const command of ['pause', 'resume']) {
      expect(await refusal([command, 'nobody'])).toContain('container does not exist');
    }
  });

  // runc 1.1.5 gives up where the CPUs have more to do.
  nuncTest('stop CPU burners, and let them go on', async () => {
    const burner = 'for i in 1 2 3 4; do while :; do :; done & done; echo ready; while :; do :; done';
    const bundle = makeBundle({ args: ['sh', '-c', burner] });
    await startBundle(bundle);
    await eventually(() => usageOf(bundle), (usage) => usage > 50_000);
    for (let round = 0; round < 3; round++) {
      await succeed(['pause', bundle.id]);
      const before = usageOf(bundle);
      await delay(200);
      expect(usageOf(bundle)).toBe(before);
      await succeed(['resume', bundle.id]);
      await eventually(() => usageOf(bundle), (usage) => usage > before + 20_000);
    }
  });

  test('stop processes that fork all the time', async () => {
    const bundle = makeBundle({ args: ['sh', '-c', 'while :; do true & wait; done & while :; do (true); done'] });
    await startBundle(bundle);
    for (let round = 0; round < 5; round++) {
      await succeed(['pause', bundle.id]);
      const before = usageOf(bundle);
      await delay(50);
      expect(usageOf(bundle)).toBe(before);
      await succeed(['resume', bundle.id]);
    }
  });
});

describe('a paused container', () => {
  test('is not deleted without force', async () => {
    const bundle = await startPaused();
    const message = `cannot delete container ${bundle.id} that is not stopped: paused`;
    expect(await refusal(['delete', bundle.id])).toBe(message);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
  });

  test('is deleted with force, and leaves nothing', async () => {
    const bundle = sleeper();
    const watch = watchHost(bundle);
    await startBundle(bundle);
    await succeed(['pause', bundle.id]);
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('gets signals when it is resumed', async () => {
    const script = 'trap "echo got it; exit" TERM; echo up; while :; do sleep 0.02; done';
    const bundle = makeBundle({ args: ['sh', '-c', script] });
    await startBundle(bundle);
    const output = (): string => readFileSync(outputOf(bundle), 'utf8');
    await eventually(output, (text) => text.includes('up'));
    await succeed(['pause', bundle.id]);
    await succeed(['kill', bundle.id, 'TERM']);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
    expect(output()).not.toContain('got it');
    await succeed(['resume', bundle.id]);
    await eventually(output, (text) => text.includes('got it'));
  });

  for (const options of [[], ['--all']]) {
    test(`ends with kill ${[...options, 'KILL'].join(' ')}`, async () => {
      const bundle = await startPaused();
      await succeed(['kill', ...options, bundle.id, 'KILL']);
      await untilStatus(bundle.id, 'stopped');
    });
  }

  nuncTest('ends with kill KILL when the container has frozen a cgroup of its own as well', async () => {
    const bundle = sleeper();
    await startBundle(bundle);
    const { pid } = await stateOf(bundle.id);
    const nested = `${cgroupOf(bundle, 'freezer')}/nested`;
    mkdirSync(nested);
    writeFileSync(`${nested}/cgroup.procs`, String(pid));
    const [file, word] = cgroupMode === 'v2' ? ['cgroup.freeze', '1'] as const : ['freezer.state', 'FROZEN'] as const;
    writeFileSync(`${nested}/${file}`, word);
    await succeed(['pause', bundle.id]);
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    expect(existsSync(nested)).toBe(false);
  });

  nuncTest('is none whose parent alone is frozen', async () => {
    const bundle = sleeper();
    const place = bundle.spec.linux.cgroupsPath ?? '';
    // For systemd's scopes the parent is a slice: here one that no other bundle is in.
    bundle.spec.linux.cgroupsPath = isSystemdManaged
      ? place.replace(/^\/(.*)\.slice\//, '/$1.slice/$1-frozen.slice/')
      : `${place}/below`;
    writeConfig(bundle);
    await startBundle(bundle);
    const directory = dirname(cgroupOf(bundle, 'freezer'));
    const [file, on, off] = cgroupMode === 'v2' ? ['cgroup.freeze', '1', '0'] as const
      : ['freezer.state', 'FROZEN', 'THAWED'] as const;
    writeFileSync(`${directory}/${file}`, on);
    try {
      expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
      expect(await refusal(['resume', bundle.id])).toBe('container not paused');
    } finally {
      writeFileSync(`${directory}/${file}`, off);
    }
  });
});

describe('pause and kill at once', () => {
  nuncTest('end in a container that has ended', async () => {
    for (let round = 0; round < 15; round++) {
      const bundle = sleeper();
      await startBundle(bundle);
      const [killed] = await Promise.all([runtime(['kill', bundle.id, 'KILL']), runtime(['pause', bundle.id])]);
      expect(killed.status).toBe(0);
      await untilStatus(bundle.id, 'stopped');
    }
  }, 60_000);
});

describe('a process that can not be frozen', () => {
  const stuck = requires('root', 'cgroups', 'busybox', 'nunc', 'python3', 'fuse');
  stuck('fails the pause, and everything goes on', async () => {
    const bundle = sleeper();
    await startBundle(bundle);
    const { pid } = await holdProcess();
    for (const { path } of placementOf(bundle).cgroups) writeFileSync(`${path}/cgroup.procs`, String(pid));
    expect(() => freeze(placementOf(bundle), 300)).toThrow(/some of its processes did not stop within 0.3 s$/);
    expect(isFrozen(placementOf(bundle))).toBe(false);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });
});
