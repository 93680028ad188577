// The engine's JSON.parse (src/engine/json.c) beside Node's: the same documents are taken and refused, and mean the
// same.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { effort, seed } from '../support/effort.ts';
import { buildPrograms, type Programs } from '../support/engine/programs.ts';
import { attempt, Digest, show } from '../support/engine/show.ts';
import { configFor } from '../support/fuzz/configs.ts';
import { damage } from '../support/fuzz/damage.ts';
import { randomFor } from '../support/fuzz/random.ts';
import { hostileValue } from '../support/fuzz/values.ts';

const CASES = effort({ usual: 1500, nightly: 100_000 });
/** As many as a program is given at once. */
const BATCH = 1000;
const LONGEST = 4000;

let programs: Programs;

beforeAll(() => {
  programs = buildPrograms();
}, 120_000);

afterAll(() => programs[Symbol.dispose]());

/** A text that is JSON, or nearly. */
function textFor(index: number): string {
  const random = randomFor(seed + 40, index);
  const document = random.chance(60) ? configFor(seed + 40, index) : [hostileValue(random), hostileValue(random)];
  const whole = JSON.stringify(document, undefined, random.pick([0, 0, 1, '\t']));
  const from = random.chance(50) ? 0 : random.below(whole.length);
  const bytes = Buffer.from(whole.length > LONGEST ? part(document, from) : whole);
  return random.chance(80) ? damage(bytes, random).toString() : bytes.toString();
}

/** Some member of a large document. */
function part(document: unknown, from: number): string {
  const members = typeof document === 'object' && document !== null ? Object.values(document) : [];
  const text = JSON.stringify(members[from % Math.max(1, members.length)] ?? null);
  return text.slice(0, LONGEST);
}

function digestOf(text: string): string {
  const digest = new Digest();
  digest.add(show(attempt(() => JSON.parse(text) as unknown)));
  return digest.toString();
}

function hexadecimal(text: string): string {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0')).join('');
}

/** What the engine makes of texts, as digests. */
function onEngine(texts: readonly string[]): string[] {
  writeFileSync(join(programs.directory, 'documents'), texts.map(hexadecimal).join('\n'));
  const options = { cwd: programs.directory, encoding: 'utf8', timeout: 120_000 } as const;
  const { status, signal, stdout, stderr } = spawnSync(programs.engine[0] ?? '', ['documents'], options);
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return stdout.trimEnd().split('\n');
}

test(`JSON.parse() of ${CASES} documents is Node's, seed ${seed}`, () => {
  let refused = 0;
  for (let first = 0; first < CASES; first += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, CASES - first) }, (_, i) => textFor(first + i));
    const found = onEngine(texts);
    expect(found).toHaveLength(texts.length);
    for (const [i, text] of texts.entries()) {
      const expected = digestOf(text);
      if (expected === digestOf('x')) refused++;
      if (found[i] !== expected) throw new Error(`EFFORT_SEED=${seed}, case ${first + i}: ${JSON.stringify(text)}`);
    }
  }
  // Both are tried: documents, and what is none.
  expect(refused / CASES).toBeGreaterThan(0.2);
  expect(refused / CASES).toBeLessThan(0.8);
});
