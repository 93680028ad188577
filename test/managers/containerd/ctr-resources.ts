// Limits of a container, when it is made and later, and where its cgroups are.

import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { probeHost } from '../../../src/host/probe.ts';
import { type Controller, filesOf, readCgroup } from '../../support/cgroup-files.ts';
import { eventually } from '../../support/lifecycle.ts';
import type { Case } from '../battery.ts';
import { type CtrClient, inBackground, initOf, statusOf, succeed, taskStatus } from './ctr-client.ts';
import { connect } from './grpc.ts';
import { slowly } from './slowly.ts';

/** The files that tell of limits, of version 1 or 2. */
const LIMITS: readonly (readonly [Controller, string])[] = [
  ['memory', 'memory.limit_in_bytes'], ['memory', 'memory.max'], ['memory', 'memory.soft_limit_in_bytes'],
  ['cpu', 'cpu.cfs_quota_us'], ['cpu', 'cpu.cfs_period_us'], ['cpu', 'cpu.shares'],
  ['cpu', 'cpu.max'], ['cpu', 'cpu.weight'], ['cpuset', 'cpuset.cpus'], ['pids', 'pids.max'],
];

/** What a container's cgroups say of its limits, by file. */
async function limitsOf(client: CtrClient, id: string): Promise<Record<string, string>> {
  const pid = await initOf(client, id);
  const here = LIMITS.filter(([controller, file]) => filesOf(controller).includes(file));
  return Object.fromEntries(here.map(([controller, file]) => [file, readCgroup(pid, controller, file)]));
}

/** A case that compares the limits which a container gets with some flags, one value of which is known. */
function limited(flags: readonly string[], known: RegExp): Case<CtrClient> {
  return {
    name: `${flags.join(' ')} sets the limits`,
    run: async (client) => {
      await inBackground(client, { id: 'limited', script: 'sleep 100', flags });
      const limits = await limitsOf(client, 'limited');
      expect(Object.values(limits).join(' ')).toMatch(known);
      return limits;
    },
  };
}

/** What `kubectl` or a client of the API would do: ctr has no command for it. */
async function update(client: CtrClient, id: string, resources: unknown): Promise<void> {
  const tasks = connect({
    proto: 'tasks.proto',
    service: 'containerd.services.tasks.v1.Tasks',
    socket: client.sandbox.paths.socket,
    metadata: { 'containerd-namespace': 'default' },
  });
  const typeUrl = 'types.containerd.io/opencontainers/runtime-spec/1/LinuxResources';
  try {
    const value = Buffer.from(JSON.stringify(resources));
    await tasks.call('update', { containerId: id, resources: { type_url: typeUrl, value } });
  } finally {
    tasks.close();
  }
}

const updates: readonly Case<CtrClient>[] = [
  {
    name: 'update changes memory, CPU and pids of a running container',
    run: async (client) => {
      await inBackground(client, { id: 'updated', script: 'sleep 100', flags: ['--memory-limit', '67108864'] });
      await update(client, 'updated', {
        memory: { limit: 33554432 }, cpu: { quota: 25000, period: 50000, shares: 512 }, pids: { limit: 77 },
      });
      const limits = await limitsOf(client, 'updated');
      expect(Object.values(limits).join(' ')).toMatch(/33554432.*25000.*50000.*77/);
      return limits;
    },
  },
  {
    name: 'update leaves alone what it does not name',
    run: async (client) => {
      await inBackground(client, { id: 'updated', script: 'sleep 100', flags: ['--memory-limit', '67108864'] });
      await update(client, 'updated', { pids: { limit: 55 } });
      const limits = await limitsOf(client, 'updated');
      expect(Object.values(limits).join(' ')).toMatch(/67108864.*55/);
      return limits;
    },
  },
  {
    name: 'update of what the kernel refuses fails',
    run: async (client) => {
      await inBackground(client, { id: 'updated', script: 'sleep 100' });
      const before = await limitsOf(client, 'updated');
      await expect(update(client, 'updated', { cpu: { cpus: '4000' } })).rejects.toThrow();
      expect(await limitsOf(client, 'updated')).toEqual(before);
      expect(await taskStatus(client, 'updated')).toBe('RUNNING');
    },
  },
];

const places: readonly Case<CtrClient>[] = [
  {
    name: '--cgroup is the container\'s cgroup in every hierarchy, until it is deleted',
    run: async (client) => {
      await inBackground(client, { id: 'placed', script: 'sleep 100' });
      const wanted = `${client.sandbox.places.cgroupParent}/placed`;
      const cgroups = readFileSync(`/proc/${await initOf(client, 'placed')}/cgroup`, 'utf8').trim().split('\n');
      expect(cgroups.map((line) => line.replace(/^\d+:[^:]*:/, ''))).toEqual(cgroups.map(() => wanted));
      await succeed(client, ['tasks', 'rm', '--force', 'placed']);
      const left = probeHost().hierarchies.map(({ mountpoint }) => mountpoint + wanted);
      await eventually(() => left.filter((path) => existsSync(path)), (paths) => paths.length === 0);
    },
  },
  {
    name: 'a container out of memory is killed, and an event tells of it',
    run: async (client) => {
      const events = client.start(['events'], { keepInputOpen: true });
      let text = '';
      events.child.stdout?.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      try {
        const script = 'while ! [ -e /go ]; do sleep 0.02; done; exec tail /dev/zero';
        await inBackground(client, { id: 'greedy', script, flags: ['--memory-limit', '16777216'] });
        const pid = await initOf(client, 'greedy');
        await succeed(client, ['tasks', 'exec', '--exec-id', 'go', 'greedy', 'touch', '/go']);
        const status = await statusOf(client, 'greedy');
        await eventually(() => text, (shown) => shown.includes('/tasks/oom'));
        expect({ status, gone: existsSync(`/proc/${pid}`) }).toEqual({ status: 137, gone: false });
      } finally {
        events.child.kill();
        await events.ended;
      }
    },
  },
];

const limits: readonly Case<CtrClient>[] = [
  limited(['--memory-limit', '67108864'], /67108864/),
  limited(['--cpus', '0.5'], /50000/),
  limited(['--cpu-quota', '20000', '--cpu-period', '80000', '--cpu-shares', '256'], /20000/),
];

export const resourceCases = [
  ...slowly([...limits, ...updates]),
  ...places,
];
