// Pods: their life, their network, the namespaces that their containers share.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import type { Case } from '../battery.ts';
import {
  ask, createContainer, type CriClient, execSync, initOf, removePod, runPod, startContainer, statusOf, untilExited,
} from './cri-client.ts';
import { daemonAnswers } from './sandbox.ts';
import { slowly } from './slowly.ts';

interface PodStatus {
  readonly state: string;
  readonly network: { readonly ip: string };
  readonly runtimeHandler: string;
}

async function podStatus({ grpc }: CriClient, podSandboxId: string): Promise<PodStatus> {
  return ((await grpc.call('podSandboxStatus', { podSandboxId })) as { status: PodStatus }).status;
}

const waits = 'trap "exit 0" TERM; while :; do sleep 0.05; done';
const networkOf = (security: unknown): unknown => ({ securityContext: { namespaceOptions: security } });

const life: readonly Case<CriClient>[] = [
  {
    name: 'the runtime and the network are ready',
    run: async ({ grpc }) => {
      const { status: { conditions } } = (await grpc.call('status')) as {
        status: { conditions: readonly { type: string; status: boolean }[] };
      };
      const ready = conditions.filter(({ status }) => status).map(({ type }) => type);
      expect(ready).toEqual(['RuntimeReady', 'NetworkReady']);
    },
  },
  {
    name: 'a pod is ready with an address, then stopped, then gone with its network',
    run: async (client) => {
      const namespaces = (): number => readdirSync(`${client.sandbox.root}/run/netns`).length;
      const before = namespaces();
      const { id } = await runPod(client, 'life');
      const ready = await podStatus(client, id);
      expect(ready.network.ip).toMatch(/^10\.88\.0\.\d+$/);
      expect(namespaces()).toBe(before + 1);
      await client.grpc.call('stopPodSandbox', { podSandboxId: id });
      const stopped = await podStatus(client, id);
      await client.grpc.call('removePodSandbox', { podSandboxId: id });
      await expect(podStatus(client, id)).rejects.toThrow('not found');
      expect([ready.state, stopped.state, namespaces()]).toEqual(['SANDBOX_READY', 'SANDBOX_NOTREADY', before]);
      expect(ready.runtimeHandler).toBe(client.runtime);
    },
  },
  {
    name: 'stopping a pod ends its containers',
    run: async (client) => {
      const pod = await runPod(client, 'ending');
      const one = await startContainer(client, { name: 'one', script: 'while :; do sleep 0.05; done', pod });
      await client.grpc.call('stopPodSandbox', { podSandboxId: pod.id });
      const { state, exitCode } = await statusOf(client, one);
      expect({ state, exitCode }).toEqual({ state: 'CONTAINER_EXITED', exitCode: 137 });
    },
  },
  {
    name: 'an unknown runtime handler is refused',
    run: async ({ grpc, pod }) => {
      const config = { ...pod.config, metadata: { name: 'unknown', uid: 'unknown', namespace: 'test' } };
      const made = grpc.call('runPodSandbox', { config, runtimeHandler: 'nosuch' });
      await expect(made).rejects.toThrow(/no runtime for "nosuch"/);
    },
  },
  {
    name: 'pods and containers outlive the daemon',
    run: async (client) => {
      const id = await startContainer(client, { name: 'survivor', script: waits });
      const daemon = client.sandbox.processes().find(({ args }) => args[0] === 'containerd');
      process.kill(daemon?.pid ?? 0, 'SIGKILL');
      await daemonAnswers(client.sandbox);
      await eventually(() => podStatus(client, client.pod.id).then(({ state }) => state, () => ''),
        (state) => state === 'SANDBOX_READY');
      const said = await execSync(client, id, { script: 'echo here' });
      await client.grpc.call('stopContainer', { containerId: id, timeout: 10 });
      const { exitCode } = await statusOf(client, id);
      expect([said.stdout, exitCode]).toEqual(['here\n', 0]);
    },
  },
  {
    name: 'a pod whose sandbox process dies is not ready, and can be removed',
    run: async (client) => {
      const { id } = await runPod(client, 'dying');
      const { info } = (await client.grpc.call('podSandboxStatus', { podSandboxId: id, verbose: true })) as {
        info: { info: string };
      };
      const { pid } = JSON.parse(info.info) as { pid: number };
      const init = client.sandbox.processes().find(({ inner }) => inner === pid);
      process.kill(init?.pid ?? 0, 'SIGKILL');
      await eventually(() => podStatus(client, id), ({ state }) => state === 'SANDBOX_NOTREADY');
      await removePod(client, id);
    },
  },
];

/** Starts a container that says hello at a port of the shared pod, and waits until it listens. */
async function serve(client: CriClient, port: number): Promise<void> {
  const id = await startContainer(client, { name: 'server', script: `echo hello | nc -l -p ${port}` });
  await eventually(() => execSync(client, id, { script: 'netstat -ltn' }), ({ stdout }) => stdout.includes(`:${port}`));
}

const sysctls = { 'net.ipv4.ip_unprivileged_port_start': '99', 'kernel.shm_rmid_forced': '1' };
const settings = 'hostname; cat /etc/resolv.conf;'
  + ' cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced';

const network: readonly Case<CriClient>[] = [
  {
    name: 'the containers of a pod share its network',
    run: async (client) => {
      await serve(client, 8080);
      expect(await ask(client, { script: 'nc 127.0.0.1 8080 </dev/null' })).toBe('hello');
    },
  },
  {
    name: 'pods reach each other over the bridge',
    run: async (client) => {
      const { network: { ip } } = await podStatus(client, client.pod.id);
      await serve(client, 8081);
      const pod = await runPod(client, 'other');
      expect(await ask(client, { script: `nc ${ip} 8081 </dev/null`, pod })).toBe('hello');
    },
  },
  {
    name: 'hostNetwork: the devices of the host, and no address of the pod\'s own',
    run: async (client) => {
      const pod = await runPod(client, 'host', { hostname: '', linux: networkOf({ network: 'NODE' }) });
      const security = { namespaceOptions: { network: 'NODE', pid: 'CONTAINER' } };
      const inside = await ask(client, { script: 'readlink /proc/self/ns/net', pod, security });
      expect(`${inside}\n`).toBe((await client.sandbox.run(['readlink', '/proc/self/ns/net'])).stdout);
      expect((await podStatus(client, pod.id)).network.ip).toBe('');
    },
  },
  {
    name: 'host name, resolv.conf and sysctls of the pod',
    run: async (client) => {
      const pod = await runPod(client, 'named', {
        dnsConfig: { servers: ['10.0.0.53'], searches: ['test.local'], options: ['ndots:5'] },
        linux: { sysctls },
      });
      const seen = await ask(client, { script: settings, pod });
      expect(seen).toMatch(/^named\n[^]*10\.0\.0\.53[^]*\n99\n1$/);
      return seen;
    },
  },
];

/** The links of a process's namespaces, without those that every container has its own of. */
async function namespacesOf(client: CriClient, id: string): Promise<Record<string, string>> {
  const script = 'for name in ipc net pid uts mnt; do readlink /proc/self/ns/$name; done';
  const { stdout } = await execSync(client, id, { script });
  return Object.fromEntries(stdout.trimEnd().split('\n').map((link) => link.split(':') as [string, string]));
}

async function twoContainers(client: CriClient, namespaceOptions: unknown): Promise<readonly string[]> {
  const pod = await runPod(client, 'two', { linux: networkOf(namespaceOptions) });
  const both = ['one', 'two'].map((name) => (
    startContainer(client, { name, script: waits, pod, security: { namespaceOptions } })
  ));
  const [one, two] = await Promise.all((await Promise.all(both)).map((id) => namespacesOf(client, id)));
  return Object.keys(one ?? {}).filter((name) => one?.[name] === two?.[name]);
}

const sharing: readonly Case<CriClient>[] = [
  {
    name: 'pid mode CONTAINER: containers share all but pids and files',
    run: async (client) => {
      expect(await twoContainers(client, { pid: 'CONTAINER' })).toEqual(['ipc', 'net', 'uts']);
    },
  },
  {
    name: 'pid mode POD: containers see each other\'s processes',
    run: async (client) => {
      expect(await twoContainers(client, { pid: 'POD' })).toEqual(['ipc', 'net', 'pid', 'uts']);
    },
  },
  {
    name: 'pid mode NODE: containers see the host\'s processes, and stop takes theirs',
    run: async (client) => {
      const namespaceOptions = { pid: 'NODE' };
      const pod = await runPod(client, 'node', { linux: networkOf(namespaceOptions) });
      const script = 'sleep 4321 & sleep 4321';
      const id = await startContainer(client, { name: 'node', script, pod, security: { namespaceOptions } });
      const { stdout } = await execSync(client, id, { script: 'cat /proc/1/cmdline' });
      expect(stdout).toContain('sandbox.sh');
      await client.grpc.call('stopContainer', { containerId: id, timeout: 0 });
      const sleepers = (): number => client.sandbox.processes().filter(({ args }) => args[1] === '4321').length;
      await eventually(sleepers, (count) => count === 0);
    },
  },
  {
    name: 'pid mode TARGET: a container sees another one\'s processes',
    run: async (client) => {
      const target = await startContainer(client, { name: 'target', script: waits });
      const security = { namespaceOptions: { pid: 'TARGET', targetId: target } };
      const id = await startContainer(client, { name: 'debugger', script: waits, security });
      const [one, two] = [await namespacesOf(client, target), await namespacesOf(client, id)];
      expect([one['pid'] === two['pid'], one['mnt'] === two['mnt']]).toEqual([true, false]);
    },
  },
  {
    name: 'the pod\'s and its containers\' cgroups are below the parent that was asked for',
    run: async (client) => {
      const id = await createContainer(client, { name: 'placed', script: waits });
      await client.grpc.call('startContainer', { containerId: id });
      const pid = await initOf(client, id);
      const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
      const wanted = `${client.sandbox.places.cgroupParent}/${id}`;
      expect(lines.map((line) => line.replace(/^\d+:[^:]*:/, ''))).toEqual(lines.map(() => wanted));
      await client.grpc.call('stopContainer', { containerId: id, timeout: 10 });
      await untilExited(client, id);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    },
  },
];

export const podCases = [...life, ...network, ...slowly(sharing)];
