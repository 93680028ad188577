// Clients that keep a containerd busy with many containers, and somebody who kills its shims and runtimes meanwhile.
// What is killed is proven to be the sandbox's own: it descends from its first process, and names its directory.

import { setTimeout as delay } from 'node:timers/promises';
import { pick, type Random } from '../../support/random-profiles.ts';
import { type CtrClient, openCtr } from './ctr-client.ts';
import type { SandboxProcess } from './sandbox.ts';

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
async function step(client: CtrClient, id: string, { random, round }: { random: Random; round: number }): Promise<void> {
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

function isShim({ args }: SandboxProcess): boolean {
  return (args[0] ?? '').endsWith('-shim-runc-v2');
}

/** Kills one of the sandbox's shims or runtimes. @returns what it was, if there was one */
function killOne({ sandbox }: CtrClient, random: Random): 'shim' | 'runtime' | undefined {
  const own = sandbox.processes().filter(({ args }) => args.some((arg) => arg.includes(sandbox.places.directory)));
  const runtimes = own.filter(({ args }) => args[1] === '--root' || args[2] === '--root');
  // Runtimes come and go, shims are always there: they are spared most of the time.
  const shims = random(10) === 0 ? own.filter(isShim) : [];
  const candidates = runtimes.length > 0 ? runtimes : shims;
  if (candidates.length === 0) return undefined;
  const victim = pick(random, candidates);
  try {
    process.kill(victim.pid, 'SIGKILL');
  } catch {
    return undefined;
  }
  return isShim(victim) ? 'shim' : 'runtime';
}

export interface Damage {
  shim: number;
  runtime: number;
  /** What clients have done. */
  steps: number;
}

/** Runs clients and killer for a time (ms), on containers that exist in the beginning. */
export async function trouble(
  client: CtrClient,
  { ids, random, duration }: { ids: readonly string[]; random: Random; duration: number },
): Promise<Damage> {
  const end = Date.now() + duration;
  const damage: Damage = { shim: 0, runtime: 0, steps: 0 };
  const clients = ids.map(async (id) => {
    while (Date.now() < end) {
      damage.steps += 1;
      await step(client, id, { random, round: damage.steps });
    }
  });
  const killer = async (): Promise<void> => {
    while (Date.now() < end) {
      await delay(random(40));
      const killed = killOne(client, random);
      if (killed !== undefined) damage[killed] += 1;
    }
  };
  await Promise.all([...clients, killer()]);
  return damage;
}

/** Creates all containers at once. @throws Error when one could not be created */
export async function createAll(client: CtrClient, ids: readonly string[]): Promise<void> {
  const created = await Promise.all(ids.map((id) => create(client, id)));
  const failed = ids.filter((_, i) => created[i] !== true);
  if (failed.length > 0) throw new Error(`cannot create ${failed.join(', ')}`);
}

/** Deletes all containers at once. @throws Error when one is still there */
export async function deleteAll(client: CtrClient, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => remove(client, id)));
  for (const command of [['containers', 'ls', '-q'], ['tasks', 'ls', '-q']]) {
    const { stdout } = await client.ctr(command, { timeout: PATIENCE });
    if (stdout !== '') throw new Error(`ctr ${command.join(' ')} still shows ${stdout}`);
  }
}
