// kill --all KILL and what delete kills: nothing escapes, however many there are, however fast they fork, and wherever
// in the container's cgroups they are.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { PlacedCgroup } from '../../src/cgroup/driver.ts';
import { killCgroups } from '../../src/cgroup/kill.ts';
import { processesOf } from '../../src/cgroup/processes.ts';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { kernel } from '../support/library.ts';
import {
  createBundle, eventually, startBundle, stateOf, succeed, untilStatus,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const { hierarchies, cgroupMode } = probeHost();

/** Enough for the kernel to end what takes a moment; on a busy machine a second may be too short. */
const GENEROUS = 20_000;

function cgroupsOf({ spec }: Bundle): PlacedCgroup[] {
  const path = spec.linux.cgroupsPath ?? '';
  return hierarchies.map((hierarchy) => ({ ...hierarchy, path: hierarchy.mountpoint + path }));
}

const countOf = (bundle: Bundle): number => processesOf({ cgroups: cgroupsOf(bundle) }).length;

/** The host is not to run out of processes: the limit is there before the container's program. */
function limitPids(bundle: Bundle, limit: number): void {
  for (const { version, controllers, path } of cgroupsOf(bundle)) {
    if (!controllers.includes('pids') || (version === 2 && cgroupMode !== 'v2')) continue;
    writeFileSync(`${path}/pids.max`, String(limit));
  }
}

interface Swarm {
  readonly script: string;
  readonly ownPids: boolean;
  readonly count: number;
}

async function startSwarm({ script, ownPids, count }: Swarm): Promise<Bundle> {
  const bundle = makeBundle({
    args: ['sh', '-c', script],
    mutate: (spec) => {
      if (!ownPids) spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'pid');
    },
  });
  const bomb = join(bundle.rootfs, 'bomb');
  writeFileSync(bomb, "#!/bin/sh\nexec 2>/dev/null\ntrap 'exec /bomb' EXIT\n/bomb &\n/bomb &\ntrap - EXIT\n");
  chmodSync(bomb, 0o755);
  await createBundle(bundle);
  limitPids(bundle, LIMIT);
  await succeed(['start', bundle.id]);
  await eventually(() => countOf(bundle), (found) => found >= count, GENEROUS);
  return bundle;
}

const LIMIT = 300;
/** With which a bomb has surely gone off. */
const MANY = 150;
const SLEEPERS = 'i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i+1)); done; wait';
/** Everyone makes two more and ends, or tries again when it may not: there are as many as there can be, and hardly ever
 * the same. The init itself forks no more: a shell that is refused ends. */
const BOMB = '/bomb & exec sleep 1000';

describe('kill --all KILL', () => {
  for (const ownPids of [true, false]) {
    const where = ownPids ? 'in a pid namespace' : "in the host's pid namespace";
    test(`ends 200 processes ${where}, and the cgroup can go`, async () => {
      const bundle = await startSwarm({ script: SLEEPERS, ownPids, count: 201 });
      await succeed(['kill', '--all', bundle.id, 'KILL']);
      await eventually(() => countOf(bundle), (count) => count === 0, GENEROUS);
      await untilStatus(bundle.id, 'stopped');
      await succeed(['delete', bundle.id]);
      for (const { path } of cgroupsOf(bundle)) expect(existsSync(path)).toBe(false);
    });

    test(`ends a fork bomb ${where}, and the cgroup can go`, async () => {
      const bundle = await startSwarm({ script: BOMB, ownPids, count: MANY });
      await succeed(['kill', '--all', bundle.id, 'KILL']);
      await eventually(() => countOf(bundle), (count) => count === 0, GENEROUS);
      await untilStatus(bundle.id, 'stopped');
      await succeed(['delete', bundle.id]);
      for (const { path } of cgroupsOf(bundle)) expect(existsSync(path)).toBe(false);
    });
  }

  nuncTest('has ended everything when it returns', async () => {
    const bundle = await startSwarm({ script: BOMB, ownPids: false, count: MANY });
    await succeed(['kill', '--all', bundle.id, 'KILL']);
    expect(countOf(bundle)).toBe(0);
  });

  nuncTest('ends a fork bomb that the init has left', async () => {
    const bundle = await startSwarm({ script: '/bomb & exit', ownPids: false, count: MANY });
    await untilStatus(bundle.id, 'stopped');
    await succeed(['kill', '--all', bundle.id, 'KILL']);
    expect(countOf(bundle)).toBe(0);
  });

  nuncTest('ends a paused fork bomb', async () => {
    const bundle = await startSwarm({ script: BOMB, ownPids: false, count: MANY });
    await succeed(['pause', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'paused' });
    await succeed(['kill', '--all', bundle.id, 'KILL']);
    expect(countOf(bundle)).toBe(0);
  });

  nuncTest('ends what is in cgroups below, one hierarchy each, also frozen ones', async () => {
    const bundle = await startSwarm({ script: SLEEPERS, ownPids: false, count: 201 });
    const pids = processesOf({ cgroups: cgroupsOf(bundle) }).filter((pid) => !isShell(pid));
    for (const [index, { path, version, controllers }] of cgroupsOf(bundle).entries()) {
      const below = `${path}/below/deeper`;
      mkdirSync(below, { recursive: true });
      // v1's cpuset takes nobody until it has CPUs.
      if (version === 1 && controllers.includes('cpuset')) continue;
      for (const pid of pids.slice(index * 5, index * 5 + 5)) writeFileSync(`${below}/cgroup.procs`, String(pid));
      if (version === 1 && controllers.includes('freezer')) writeFileSync(`${below}/freezer.state`, 'FROZEN');
      if (version === 2) writeFileSync(`${below}/cgroup.freeze`, '1');
    }
    await succeed(['kill', '--all', bundle.id, 'KILL']);
    expect(countOf(bundle)).toBe(0);
    await succeed(['delete', bundle.id]);
    for (const { path } of cgroupsOf(bundle)) expect(existsSync(path)).toBe(false);
  });
});

function isShell(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sh\0');
}

describe('delete --force', () => {
  for (const ownPids of [true, false]) {
    test(`ends a fork bomb ${ownPids ? 'in a pid namespace' : "in the host's pid namespace"}`, async () => {
      const bundle = await startSwarm({ script: BOMB, ownPids, count: MANY });
      await succeed(['delete', '--force', bundle.id]);
      expect(countOf(bundle)).toBe(0);
      for (const { path } of cgroupsOf(bundle)) expect(existsSync(path)).toBe(false);
    });
  }
});

describe('killCgroups()', () => {
  const v1Test = requires('root', 'cgroup-v1', 'busybox', 'nunc');
  v1Test('ends a fork bomb without a v2 tree', async () => {
    const bundle = await startSwarm({ script: BOMB, ownPids: false, count: MANY });
    const cgroups = cgroupsOf(bundle).filter(({ version }) => version === 1);
    expect(killCgroups(kernel(), { cgroups }, GENEROUS)).toBe(true);
    expect(countOf(bundle)).toBe(0);
  });

  nuncTest('says when something does not end in time', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    // As if nobody could be signalled.
    const helpless = { ...kernel(), syscall: () => -1 };
    const [named] = cgroupsOf(bundle).filter(({ version }) => version === 1);
    if (named === undefined) return;
    expect(killCgroups(helpless, { cgroups: [named] }, 100)).toBe(false);
    expect(countOf(bundle)).toBe(1);
  });
});
