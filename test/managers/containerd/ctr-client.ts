// containerd with its own client, ctr(8): containers are run from the imported image in the namespace `default`.

import { statSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import { type Result, type Running, type RunOptions, startProgram } from '../../support/runtime.ts';
import { type Case, type ManagerClient, runtimePath } from '../battery.ts';
import type { RuntimeName } from '../verdict.ts';
import { busyboxImage } from './configuration.ts';
import { nothingLeftInside } from './leftovers.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

export interface CtrClient extends ManagerClient {
  readonly runtime: RuntimeName;
  readonly sandbox: Sandbox;
  /** ctr's command line, for those who start it at a terminal. */
  readonly commandLine: (args: readonly string[]) => string[];
  readonly ctr: (args: readonly string[], options?: RunOptions) => Promise<Result>;
  readonly start: (args: readonly string[], options?: RunOptions) => Running;
  /** The arguments of `ctr run`: `runArguments('id', ['sh'], ['--rm'])`. */
  readonly runArguments: (id: string, command: readonly string[], flags?: readonly string[]) => string[];
}

/** The options that every container is made with. */
function common({ paths, places, runtime }: Sandbox, id: string): string[] {
  const cgroup = `${places.cgroupParent}/${id}`;
  return ['--runc-binary', runtimePath(runtime), '--runc-root', paths.runtimeRoot, '--cgroup', cgroup];
}

export async function openCtr(runtime: RuntimeName): Promise<CtrClient> {
  const sandbox = await startSandbox(runtime);
  const commandLine = (args: readonly string[]): string[] => (
    sandbox.command(['ctr', '-a', sandbox.paths.socket, ...args])
  );
  const start: CtrClient['start'] = (args, options) => startProgram(commandLine(args), options);
  return {
    runtime,
    sandbox,
    marks: [sandbox.places.mark],
    commandLine,
    start,
    ctr: (args, options) => start(args, options).ended,
    runArguments: (id, command, flags = ['--rm']) => (
      ['run', ...common(sandbox, id), ...flags, busyboxImage, id, ...command]
    ),
    close: async () => {
      try {
        await nothingLeftInside(sandbox);
      } finally {
        await sandbox.stop();
      }
    },
  };
}

/** Why a user namespace can't be had with runc on some machines. ctr forgets --runc-binary with --uidmap: the shim
 * takes what is called runc in the daemon's PATH. */
export const userNamespaces: { readonly runcFails?: string } = (statSync('/').mode & 0o004) !== 0 ? {}
  : { runcFails: 'runc opens the host\'s "/" as root of the user namespace, who may not read it on this machine' };

/** Runs `ctr …` and expects it to succeed. @returns what it printed, without the last newline */
export async function succeed(client: CtrClient, args: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await client.ctr(args, options);
  if (status !== 0) throw new Error(`ctr ${args.join(' ')} ended with ${String(status)}: ${stderr}${stdout}`);
  return stdout.trimEnd();
}

/** Runs a shell script in a container of its own. @returns what it printed */
export function ask(client: CtrClient, script: string, flags: readonly string[] = []): Promise<string> {
  return succeed(client, client.runArguments('ask', ['sh', '-c', script], ['--rm', ...flags]));
}

interface Observed {
  readonly script: string;
  readonly flags?: readonly string[];
  /** What the output has to match with either runtime. */
  readonly known: RegExp;
}

/** A case whose observation is the output of a script in a container with some flags. */
export function observed(name: string, { script, flags = [], known }: Observed): Case<CtrClient> {
  return {
    name,
    run: async (client) => {
      const seen = await ask(client, script, flags);
      expect(seen).toMatch(known);
      return seen;
    },
  };
}

/** Starts a container that runs a shell script in the background, without output. */
export async function inBackground(
  client: CtrClient,
  { id, script, flags = [] }: { id: string; script: string; flags?: readonly string[] },
): Promise<void> {
  await succeed(client, client.runArguments(id, ['sh', '-c', script], ['--detach', '--null-io', ...flags]));
}

/** Runs a shell script in a container that runs. @returns what it printed */
export function askInside(client: CtrClient, id: string, script: string): Promise<string> {
  return succeed(client, ['tasks', 'exec', '--exec-id', 'ask', id, 'sh', '-c', script]);
}

/** RUNNING, STOPPED, …; undefined when there is no such task. */
export async function taskStatus(client: CtrClient, id: string): Promise<string | undefined> {
  const lines = (await succeed(client, ['tasks', 'ls'])).split('\n').map((line) => line.split(/\s+/));
  return lines.find(([name]) => name === id)?.[2];
}

export async function untilTaskIs(client: CtrClient, id: string, wanted: string | undefined): Promise<void> {
  await eventually(() => taskStatus(client, id), (status) => status === wanted);
}

/** The host's pid of a container's init. */
export async function initOf(client: CtrClient, id: string): Promise<number> {
  const lines = (await succeed(client, ['tasks', 'ls'])).split('\n').map((line) => line.split(/\s+/));
  const inner = Number(lines.find(([name]) => name === id)?.[1]);
  const found = client.sandbox.processes().find((process) => process.inner === inner);
  if (found === undefined) throw new Error(`${id} has no init`);
  return found.pid;
}

/** Waits until a task has ended, and deletes it. @returns its exit status */
export async function statusOf(client: CtrClient, id: string): Promise<number> {
  await untilTaskIs(client, id, 'STOPPED');
  const { status, stderr } = await client.ctr(['tasks', 'rm', id]);
  if (status !== 0) throw new Error(`cannot delete the task ${id}: ${stderr}`);
  // ctr only mentions it, and only when it isn't 0.
  return Number(/non-zero exit code (\d+)/.exec(stderr)?.[1] ?? 0);
}

/** Ends and removes whatever containers a case has left. What is gone meanwhile need not be removed. */
async function removeAll(client: CtrClient): Promise<void> {
  for (const id of (await succeed(client, ['containers', 'ls', '-q'])).split('\n').filter((line) => line !== '')) {
    await client.ctr(['tasks', 'rm', '--force', id]);
    const { status, stderr } = await client.ctr(['containers', 'rm', id]);
    if (status !== 0 && !stderr.includes('not found')) throw new Error(`cannot remove the container ${id}: ${stderr}`);
  }
}

/** Cases after each of which no container is left. */
export function tidy(cases: readonly Case<CtrClient>[]): Case<CtrClient>[] {
  return cases.map((each) => ({
    ...each,
    run: async (client: CtrClient) => {
      let observation: unknown;
      try {
        observation = await each.run(client);
      } catch (error) {
        // Its own failure is the one to tell of.
        await removeAll(client).catch(() => undefined);
        throw error;
      }
      await removeAll(client);
      return observation;
    },
  }));
}
