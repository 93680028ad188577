// How little memory a container can be given, and what is said when it is too little. How little exactly:
// docs/performance.md, "Smallest memory limits".

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { createBundle, eventually, messageOf, outputOf, stateOf, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { isSystemdManaged, runtime, startRuntime } from '../support/runtime.ts';

const needs = ['root', 'busybox', 'cgroups'] as const;
const nunc = requires(...needs, 'nunc');
const v1 = requires(...needs, 'nunc', 'cgroup-v1');
const unkillable = requires(...needs, 'nunc', 'sys-resource');
const v2 = requires(...needs, 'nunc', 'cgroup-v2');

const KIB = 1024;

function limitTo(kib: number, more: object = {}): (spec: BundleSpec) => void {
  return (spec) => {
    spec.linux.resources = { ...spec.linux.resources, memory: { limit: kib * KIB, ...more } };
  };
}

/** A bundle of everything that `spec` has in it. */
async function smallBundle(kib: number, args: readonly string[] = ['busybox', 'true']): Promise<Bundle> {
  const bundle = await bundleFor('', limitTo(kib), { args });
  // The first who reads a file pays for its pages: this test. Without them the kernel throws away and reads again, for
  // seconds, what does not fit.
  readFileSync(join(bundle.rootfs, 'bin/busybox'));
  return bundle;
}

/** The limit that is in force. */
function limitOf({ spec }: Bundle): number {
  const { cgroupMode, hierarchies } = probeHost();
  const memory = hierarchies.find(({ version, controllers }) =>
    version === 2 ? cgroupMode === 'v2' : controllers.includes('memory'));
  const file = memory?.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  return Number(readFileSync(`${memory?.mountpoint ?? ''}${spec.linux.cgroupsPath ?? ''}/${file}`, 'utf8'));
}

for (const kib of [1024, 512]) {
  nunc(`a container with a memory limit of ${kib} KiB runs`, async () => {
    for (let round = 0; round < 3; round++) {
      expect(await runBundle(await smallBundle(kib))).toMatchObject({ status: 0, stdout: '' });
    }
  });
}

nunc('the smallest limits are in force while the container waits to be started', async () => {
  const bundle = await smallBundle(512);
  await createBundle(bundle);
  expect(limitOf(bundle)).toBe(512 * KIB);
});

const TOO_LOW = 'cannot create the container: its process was killed: the memory limit of 16384 bytes '
  + '(/linux/resources/memory/limit) is too low';

nunc('a limit that is too low for the init is what run and create complain of, and nothing is left', async () => {
  for (const command of ['run', 'create']) {
    const bundle = await smallBundle(16);
    const watch = watchHost(bundle);
    const args = [command, '--bundle', bundle.directory, bundle.id];
    expect(await runtime(args, { output: outputOf(bundle) })).toMatchObject({ status: 1 });
    expect(messageOf(readFileSync(outputOf(bundle), 'utf8'))).toBe(TOO_LOW);
    await watch.nothingLeft();
  }
});

v2('a limit in linux.resources.unified that is too low is named', async () => {
  const message = await refusal((spec) => {
    spec.linux.resources = { ...spec.linux.resources, unified: { 'memory.max': '16384' } };
  });
  expect(message).toBe(TOO_LOW.replace('memory/limit', 'unified/memory.max'));
});

// The kernel would let the init wait for ever for memory that nobody gives back.
v1('a limit that is too low is found out where the OOM killer is disabled', async () => {
  expect(await refusal(limitTo(16, { disableOOMKiller: true }))).toMatch(/the memory limit of 16384 bytes/);
});

// The kernel would let it fault again and again.
unkillable('a limit that is too low is found out where the process is never to be killed', async () => {
  expect(await refusal((spec) => {
    spec.process.oomScoreAdj = -1000;
    limitTo(16)(spec);
  })).toBe(TOO_LOW);
});

unkillable('a process that is never to be killed is that from its first instruction on', async () => {
  expect(await ask('', (spec) => void (spec.process.oomScoreAdj = -1000), {
    args: ['cat', '/proc/self/oom_score_adj'],
  })).toBe('-1000');
});

nunc('run ends with 137, and says why, when the process of the container wants too much', async () => {
  const bundle = await smallBundle(4096, ['sh', '-c', 'exec tail -c 64m /dev/zero']);
  const { status, stderr } = await runBundle(bundle);
  expect(status).toBe(137);
  // With the last process systemd takes the cgroup away, and what the kernel has counted in it.
  if (isSystemdManaged) expect(stderr).toMatch(/^$|out of memory/);
  else expect(stderr).toContain("out of memory: the kernel has killed 1 of the container's processes");
});

nunc('run says nothing of memory when somebody else has killed the process', async () => {
  const bundle = await bundleFor('exec sleep 1000');
  const { ended } = startRuntime(['run', '--bundle', bundle.directory, bundle.id]);
  await eventually(() => runtime(['state', bundle.id]), ({ stdout }) => stdout.includes('running'));
  const { pid } = await stateOf(bundle.id);
  process.kill(pid, 'SIGKILL');
  const { status, stderr } = await ended;
  expect(status).toBe(137);
  expect(stderr).not.toContain('memory');
});
