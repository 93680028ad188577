// Clients that keep a containerd busy with many containers, and somebody who kills its shims and runtimes meanwhile.
// What is killed is proven to be the sandbox's own: it descends from its first process, and names its directory.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pick, type Random } from '../../support/random.ts';
import { runtimePath } from '../battery.ts';
import type { CtrClient } from './ctr-client.ts';

/** For ctr under this load, in milliseconds. */
const PATIENCE = 120_000;

const script = 'while :; do sleep 0.2; done';

async function ctr(client: CtrClient, args: readonly string[]): Promise<boolean> {
  return (await client.ctr(args, { timeout: PATIENCE })).status === 0;
}

function create(client: CtrClient, id: string): Promise<boolean> {
  return ctr(client, client.runArguments(id, ['sh', '-c', script], ['--detach', '--null-io']));
}

/** Deletes a container, whatever state it is in. */
async function remove(client: CtrClient, id: string): Promise<boolean> {
  await ctr(client, ['tasks', 'rm', '--force', id]);
  return ctr(client, ['containers', 'rm', id]);
}

/** What a client does to its container next. All may fail: somebody may have been killed in the middle of it. */
async function step(
  client: CtrClient,
  id: string,
  { random, round }: { random: Random; round: number },
): Promise<void> {
  const exec = ['tasks', 'exec', '--exec-id', `e${round}`];
  switch (pick(random, ['exec', 'exec', 'exec', 'exec-detached', 'pause', 'ps', 'renew'] as const)) {
    case 'exec':
      await ctr(client, [...exec, id, 'sh', '-c', 'echo here; exit 3']);
      break;
    case 'exec-detached':
      await ctr(client, [...exec, '--detach', id, 'sleep', '1']);
      break;
    case 'pause':
      await ctr(client, ['tasks', 'pause', id]);
      await ctr(client, ['tasks', 'resume', id]);
      break;
    case 'ps':
      await ctr(client, ['tasks', 'ps', id]);
      break;
    case 'renew':
      await remove(client, id);
      await create(client, id);
      break;
  }
}

type Victim = 'shim' | 'runtime';

/** By their command lines: `containerd-shim-runc-v2 … -address <directory>/…` and `nunc --root <directory>/… …`. */
function isVictim(kind: Victim, args: readonly string[], directory: string): boolean {
  const [program = '', first = '', second = ''] = args;
  if (!args.some((arg) => arg.startsWith(`${directory}/`))) return false;
  return kind === 'shim' ? program.endsWith('-shim-runc-v2') : first === '--root' && second.startsWith(directory);
}

/** Kills one of the sandbox's shims or runtimes, if there is one now. */
function killOne({ sandbox }: CtrClient, kind: Victim, random: Random): boolean {
  const candidates = sandbox.find((args) => isVictim(kind, args, sandbox.places.directory));
  if (candidates.length === 0) return false;
  try {
    return process.kill(pick(random, candidates), 'SIGKILL');
  } catch {
    return false;
  }
}

export interface Damage {
  /** How many were killed. */
  readonly shim: number;
  readonly runtime: number;
  /** What clients have done meanwhile. */
  readonly steps: number;
}

interface Trouble {
  readonly ids: readonly string[];
  readonly random: Random;
  /** How many to kill. */
  readonly shims: number;
  readonly runtimes: number;
  /** The longest time for it, in milliseconds. */
  readonly duration: number;
}

/** Runs clients on containers that exist in the beginning, until a number of shims and runtimes were killed. */
export async function trouble(client: CtrClient, { ids, random, shims, runtimes, duration }: Trouble): Promise<Damage> {
  const end = Date.now() + duration;
  const damage = { shim: 0, runtime: 0, steps: 0 };
  const isOver = (): boolean => Date.now() > end || (damage.shim >= shims && damage.runtime >= runtimes);
  const clients = ids.map(async (id) => {
    while (!isOver()) {
      damage.steps += 1;
      await step(client, id, { random, round: damage.steps });
    }
  });
  const killer = async (kind: Victim, wanted: number): Promise<void> => {
    while (!isOver() && damage[kind] < wanted) {
      await delay(random(100));
      if (killOne(client, kind, random)) damage[kind] += 1;
    }
  };
  await Promise.all([...clients, killer('shim', shims), killer('runtime', runtimes)]);
  return damage;
}

/** Creates all containers at once. @throws Error when one could not be created */
export async function createAll(client: CtrClient, ids: readonly string[]): Promise<void> {
  const created = await Promise.all(ids.map((id) => create(client, id)));
  const failed = ids.filter((_, i) => created[i] !== true);
  if (failed.length > 0) throw new Error(`cannot create ${failed.join(', ')}`);
}

/**
 * Deletes with the runtime itself what containerd has forgotten: the runtime that was killed can have been its last
 * `delete --force`, which nobody repeats. With it goes the mount of its rootfs, which containerd has made.
 *
 * @returns the ids. @throws Error when one can't be deleted
 */
export async function deleteForgotten({ sandbox }: CtrClient): Promise<string[]> {
  // The shim adds containerd's namespace.
  const command = [runtimePath(sandbox.runtime), '--root', join(sandbox.paths.runtimeRoot, 'default')];
  const listed = await sandbox.run([...command, 'list', '-q'], { timeout: PATIENCE });
  const ids = listed.stdout.split('\n').filter((id) => id !== '');
  for (const id of ids) {
    const { status, stderr } = await sandbox.run([...command, 'delete', '--force', id], { timeout: PATIENCE });
    if (status !== 0) throw new Error(`cannot delete ${id}, which containerd has forgotten: ${stderr}`);
    // Containerd's own, and forgotten with the container; often it is gone.
    const state = join(sandbox.places.directory, 'state/io.containerd.runtime.v2.task/default');
    await sandbox.run(['umount', join(state, id, 'rootfs')]);
  }
  return ids;
}

/** Deletes all containers at once. @throws Error when one is still there */
export async function deleteAll(client: CtrClient, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => remove(client, id)));
  for (const command of [['containers', 'ls', '-q'], ['tasks', 'ls', '-q']]) {
    const { stdout } = await client.ctr(command, { timeout: PATIENCE });
    if (stdout !== '') throw new Error(`ctr ${command.join(' ')} still shows ${stdout}`);
  }
}
