// Many containers under one containerd, with clients that execute in them, pause, delete and make them again, while
// shims and runtimes are killed at random moments: afterwards every container can be deleted, and nothing is left.

import { expect } from 'vitest';
import { requires } from '../../support/requires.ts';
import { randomFrom } from '../../support/random-profiles.ts';
import { openCtr } from './ctr-client.ts';
import { leftovers } from './leftovers.ts';
import { createAll, deleteAll, trouble } from './stress.ts';

const test = requires('root', 'busybox', 'containerd');
const runtime = process.env['RUNTIME'] === 'runc' ? 'runc' : 'nunc';
const seed = Number(process.env['STRESS_SEED'] ?? Date.now() % 1_000_000);

async function stress(count: number, duration: number): Promise<void> {
  const client = await openCtr(runtime);
  const ids = Array.from({ length: count }, (_, i) => `c${i}`);
  try {
    await createAll(client, ids);
    const damage = await trouble(client, { ids, random: randomFrom(seed), duration });
    console.info(`STRESS_SEED=${seed}: ${JSON.stringify(damage)}`);
    console.info(leftovers(client.sandbox).length);
    await deleteAll(client, ids);
    console.info(leftovers(client.sandbox));
    expect(damage.shim * damage.runtime).toBeGreaterThan(0);
  } finally {
    await client.close();
  }
}

test('8 containers', () => stress(8, 8_000), 180_000);
if (process.env['MANAGERS_ALL'] === '1') test('50 containers', () => stress(50, 40_000), 600_000);
