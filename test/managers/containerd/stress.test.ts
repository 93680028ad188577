// Many containers under one containerd, with clients that execute in them, pause, delete and make them again, while
// shims and runtimes are killed at random moments: afterwards every container can be deleted, by the runtime if
// containerd knows it no more, and nothing is left.

import { expect } from 'vitest';
import { seed } from '../../support/effort.ts';
import { randomFrom } from '../../support/random.ts';
import { requires } from '../../support/requires.ts';
import { nothingRemains } from '../remains.ts';
import { openCtr } from './ctr-client.ts';
import { createAll, deleteAll, deleteForgotten, trouble } from './stress.ts';

const test = requires('root', 'busybox', 'containerd');
/** STRESS_RUNTIME=runc shows what the same does with runc. */
const runtime = process.env['STRESS_RUNTIME'] === 'runc' ? 'runc' : 'nunc';

async function stress({ count, kills, duration }: { count: number; kills: number; duration: number }): Promise<void> {
  const client = await openCtr(runtime);
  try {
    const ids = Array.from({ length: count }, (_, i) => `c${i}`);
    await createAll(client, ids);
    const random = randomFrom(seed);
    const damage = await trouble(client, { ids, random, shims: kills, runtimes: kills, duration });
    await deleteAll(client, ids);
    const forgotten = await deleteForgotten(client);
    console.info(`EFFORT_SEED=${seed}: ${JSON.stringify({ ...damage, forgotten })}`);
    // On a busy machine a runtime may be hard to meet.
    expect(damage.shim).toBeGreaterThanOrEqual(kills / 2);
    expect(damage.runtime).toBeGreaterThanOrEqual(kills / 2);
  } finally {
    // Not without having looked for what is left in there.
    await client.close();
  }
  await nothingRemains(client.marks);
}

test('8 containers survive the death of shims and runtimes', () => (
  stress({ count: 8, kills: 6, duration: 60_000 })
), 240_000);

if (process.env['MANAGERS_ALL'] === '1') {
  test('50 containers survive the death of shims and runtimes', () => (
    stress({ count: 50, kills: 25, duration: 240_000 })
  ), 600_000);
}
