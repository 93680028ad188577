// How the runtime is found, and what happens when the daemon or a shim dies.

import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { type Case, runtimePath } from '../battery.ts';
import { busyboxImage } from './configuration.ts';
import { askInside, type CtrClient, inBackground, initOf, statusOf, succeed, taskStatus } from './ctr-client.ts';
import { leftovers } from './leftovers.ts';
import { daemonAnswers, type SandboxProcess } from './sandbox.ts';

/** The shim of a container, which its id is an argument of. */
function shimOf({ sandbox }: CtrClient, id: string): SandboxProcess {
  const found = sandbox.processes().find(({ args }) => (args[0] ?? '').includes('-shim') && args.includes(id));
  if (found === undefined) throw new Error(`${id} has no shim`);
  return found;
}

/** What the runtime that a container should run on says of it, asked as the shim asks it. */
async function stateOf(client: CtrClient, root: string, id: string): Promise<string> {
  const command = [runtimePath(client.runtime), '--root', root, 'state', id];
  const { stdout, stderr } = await client.sandbox.run(command);
  return stdout === '' ? stderr : (JSON.parse(stdout) as { status: string }).status;
}

/** The --root that the shims have for the namespace `default`. */
const defaultRoot = '/run/containerd/runc/default';

/** The arguments of `ctr run` for a container that sleeps, without a word about the runtime. */
function foundInPath({ sandbox }: CtrClient, id: string, flags: readonly string[] = []): string[] {
  const cgroup = `${sandbox.places.cgroupParent}/${id}`;
  return ['run', '--detach', '--null-io', '--cgroup', cgroup, ...flags, busyboxImage, id, 'sleep', '100'];
}

const finding: readonly Case<CtrClient>[] = [
  {
    name: 'the container is the runtime\'s own that --runc-binary names',
    run: async (client) => {
      await inBackground(client, { id: 'own', script: 'sleep 100' });
      expect(await stateOf(client, join(client.sandbox.paths.runtimeRoot, 'default'), 'own')).toBe('running');
    },
  },
  {
    name: 'without --runc-binary it is what is called runc in the daemon\'s PATH',
    run: async (client) => {
      await succeed(client, foundInPath(client, 'path'));
      expect(await stateOf(client, defaultRoot, 'path')).toBe('running');
    },
  },
  {
    name: 'the older shim, io.containerd.runc.v1',
    run: async (client) => {
      await succeed(client, foundInPath(client, 'v1', ['--runtime', 'io.containerd.runc.v1']));
      const shim = shimOf(client, 'v1').args[0];
      const state = await stateOf(client, defaultRoot, 'v1');
      const said = await askInside(client, 'v1', 'echo inside');
      await succeed(client, ['tasks', 'kill', '-s', 'KILL', 'v1']);
      const status = await statusOf(client, 'v1');
      expect({ state, said, status }).toEqual({ state: 'running', said: 'inside', status: 137 });
      return shim;
    },
  },
];

const deaths: readonly Case<CtrClient>[] = [
  {
    name: 'containers outlive the daemon, and the next one knows them',
    run: async (client) => {
      const script = 'while ! [ -e /go ]; do sleep 0.02; done; exit 8';
      await inBackground(client, { id: 'survivor', script });
      const pid = await initOf(client, 'survivor');
      const daemon = client.sandbox.processes().find(({ args }) => args[0] === 'containerd');
      process.kill(daemon?.pid ?? 0, 'SIGKILL');
      await daemonAnswers(client.sandbox);
      await eventually(() => taskStatus(client, 'survivor'), (status) => status === 'RUNNING');
      expect(await initOf(client, 'survivor')).toBe(pid);
      await succeed(client, ['tasks', 'exec', '--exec-id', 'go', 'survivor', 'touch', '/go']);
      expect(await statusOf(client, 'survivor')).toBe(8);
    },
  },
  {
    name: 'the death of a shim ends its container, of which nothing stays',
    run: async (client) => {
      await inBackground(client, { id: 'orphan', script: 'sleep 100 & sleep 100' });
      process.kill(shimOf(client, 'orphan').pid, 'SIGKILL');
      await eventually(() => taskStatus(client, 'orphan'), (status) => status === undefined);
      await succeed(client, ['containers', 'rm', 'orphan']);
      await eventually(() => leftovers(client.sandbox), (left) => left.length === 0);
    },
  },
  {
    name: 'the death of the init alone is an exit like any other',
    run: async (client) => {
      await inBackground(client, { id: 'killed', script: 'sleep 100 & sleep 100' });
      process.kill(await initOf(client, 'killed'), 'SIGKILL');
      expect(await statusOf(client, 'killed')).toBe(137);
    },
  },
];

export const shimCases = [...finding, ...deaths];
