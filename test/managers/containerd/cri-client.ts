// containerd as the kubelet drives it: pods and containers over gRPC, on the runtime handler that is named after the
// runtime. Most cases use one pod, which is made in the beginning.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/lifecycle.ts';
import type { Case, ManagerClient } from '../battery.ts';
import type { RuntimeName } from '../verdict.ts';
import { busyboxImage } from './configuration.ts';
import { connect, type GrpcClient } from './grpc.ts';
import { nothingLeftInside } from './leftovers.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

/** Parts of requests, with the names of cri.proto in camel case. */
export type Config = Readonly<Record<string, unknown>>;

export interface Pod {
  readonly id: string;
  readonly config: Config;
}

export interface CriClient extends ManagerClient {
  readonly runtime: RuntimeName;
  readonly sandbox: Sandbox;
  readonly grpc: GrpcClient;
  /** Where most cases make their containers. */
  readonly pod: Pod;
}

type Connected = Omit<CriClient, 'pod' | 'marks' | 'close'>;

/** Waits for a pod that is ready. `linux` is merged with what every pod gets. */
export async function runPod(client: Connected, name: string, { linux = {}, ...more }: Config = {}): Promise<Pod> {
  const { places, paths } = client.sandbox;
  const config = {
    metadata: { name, uid: `uid-${name}`, namespace: 'test' },
    hostname: name,
    logDirectory: join(paths.podLogs, name),
    ...more,
    linux: { cgroupParent: places.cgroupParent, ...(linux as Config) },
  };
  const answer = await client.grpc.call('runPodSandbox', { config, runtimeHandler: client.runtime });
  return { id: (answer as { podSandboxId: string }).podSandboxId, config };
}

export async function removePod({ grpc }: Connected, podSandboxId: string): Promise<void> {
  await grpc.call('stopPodSandbox', { podSandboxId });
  await grpc.call('removePodSandbox', { podSandboxId });
}

export async function openCri(runtime: RuntimeName): Promise<CriClient> {
  const sandbox = await startSandbox(runtime);
  const grpc = connect({ proto: 'cri.proto', service: 'runtime.v1.RuntimeService', socket: sandbox.paths.socket });
  const connected = { runtime, sandbox, grpc };
  const pod = await runPod(connected, 'shared').catch(async (error: unknown) => {
    grpc.close();
    await sandbox.stop();
    throw error;
  });
  const close = async (): Promise<void> => {
    try {
      await removePod(connected, pod.id);
      await nothingLeftInside(sandbox);
    } finally {
      grpc.close();
      await sandbox.stop();
    }
  };
  return { ...connected, pod, marks: [sandbox.places.mark], close };
}

/** What a container is made of: a shell script, and what differs from the defaults. */
export interface Wanted {
  readonly name: string;
  readonly script: string;
  readonly pod?: Pod;
  /** LinuxContainerSecurityContext. Each container has a pid namespace of its own by default, as in Kubernetes. */
  readonly security?: Config;
  /** LinuxContainerResources. */
  readonly resources?: Config;
  /** The rest of ContainerConfig. */
  readonly more?: Config;
}

export async function createContainer(client: CriClient, wanted: Wanted): Promise<string> {
  const { name, script, pod = client.pod, security = {}, resources = {}, more = {} } = wanted;
  const config = {
    metadata: { name },
    image: { image: busyboxImage },
    command: ['sh', '-c', script],
    logPath: `${name}.log`,
    linux: { resources, securityContext: { namespaceOptions: { pid: 'CONTAINER' }, ...security } },
    ...more,
  };
  const request = { podSandboxId: pod.id, config, sandboxConfig: pod.config };
  return ((await client.grpc.call('createContainer', request)) as { containerId: string }).containerId;
}

/** Creates and starts a container. @returns its id */
export async function startContainer(client: CriClient, wanted: Wanted): Promise<string> {
  const containerId = await createContainer(client, wanted);
  await client.grpc.call('startContainer', { containerId });
  return containerId;
}

export interface ContainerStatus {
  readonly state: string;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
}

export async function statusOf({ grpc }: CriClient, containerId: string): Promise<ContainerStatus> {
  return ((await grpc.call('containerStatus', { containerId })) as { status: ContainerStatus }).status;
}

/** The host's pid of a container's init. */
export async function initOf({ grpc, sandbox }: CriClient, containerId: string): Promise<number> {
  const { info } = (await grpc.call('containerStatus', { containerId, verbose: true })) as { info: { info?: string } };
  const inner = (JSON.parse(info.info ?? '{}') as { pid?: number }).pid;
  const found = sandbox.processes().find((process) => process.inner === inner);
  if (found === undefined) throw new Error(`${containerId} has no init`);
  return found.pid;
}

export function untilExited(client: CriClient, containerId: string): Promise<ContainerStatus> {
  return eventually(() => statusOf(client, containerId), ({ state }) => state === 'CONTAINER_EXITED', 30_000);
}

/** The lines of a container's log: `stdout F text`, without the times. */
export function logOf({ sandbox }: CriClient, name: string, pod = 'shared'): string[] {
  const text = readFileSync(join(sandbox.paths.podLogs, pod, `${name}.log`), 'utf8');
  return text.trimEnd().split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
}

/** Runs a container to its end. @returns what it wrote to standard output */
export async function ask(client: CriClient, wanted: Omit<Wanted, 'name'>): Promise<string> {
  const containerId = await startContainer(client, { ...wanted, name: 'ask' });
  const { exitCode } = await untilExited(client, containerId);
  await client.grpc.call('removeContainer', { containerId });
  const { metadata } = (wanted.pod ?? client.pod).config as { metadata: { name: string } };
  const lines = logOf(client, 'ask', metadata.name);
  // Or the next one's output would be added to it.
  rmSync(join(client.sandbox.paths.podLogs, metadata.name, 'ask.log'));
  if (exitCode !== 0) throw new Error(`the container ended with ${exitCode}: ${lines.join('\n')}`);
  return lines.map((line) => line.replace(/^std(?:out|err) F /, '')).join('\n');
}

interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export async function execSync(
  { grpc }: CriClient,
  containerId: string,
  { script, timeout = 0 }: { script: string; timeout?: number },
): Promise<ExecResult> {
  const answer = await grpc.call('execSync', { containerId, cmd: ['sh', '-c', script], timeout });
  const { stdout, stderr, exitCode } = answer as { stdout: Buffer; stderr: Buffer; exitCode: number };
  return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode };
}

/** Ends and removes what a case has left: all containers, and all pods but the shared one. */
async function removeAll(client: CriClient): Promise<void> {
  const { containers } = (await client.grpc.call('listContainers')) as { containers: readonly { id: string }[] };
  for (const { id: containerId } of containers) {
    await client.grpc.call('stopContainer', { containerId, timeout: 0 });
    // Refused for a moment when it ended with another container, whose pid namespace it had joined.
    const removed = (): Promise<string> => (
      client.grpc.call('removeContainer', { containerId }).then(() => '', (error: unknown) => String(error))
    );
    await eventually(removed, (error) => error === '');
  }
  const { items } = (await client.grpc.call('listPodSandbox')) as { items: readonly { id: string }[] };
  for (const { id } of items) if (id !== client.pod.id) await removePod(client, id);
}

/** Cases after each of which nothing but the shared pod is left. */
export function tidy(cases: readonly Case<CriClient>[]): Case<CriClient>[] {
  return cases.map((each) => ({
    ...each,
    run: async (client: CriClient) => {
      let observation: unknown;
      try {
        observation = await each.run(client);
      } catch (error) {
        await removeAll(client).catch(() => undefined);
        throw error;
      }
      await removeAll(client);
      return observation;
    },
  }));
}
