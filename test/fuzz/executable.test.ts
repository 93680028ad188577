// Fuzzed bundles given to dist/nunc itself, with the engine's own JSON and its small stack: whatever the bytes of a
// config.json are, a command ends with a status and one line, and a container runs or does not, and leaves nothing.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cgroupParent, makeBundle } from '../support/bundle.ts';
import { effort, seed } from '../support/effort.ts';
import { configFor } from '../support/fuzz/configs.ts';
import { damage } from '../support/fuzz/damage.ts';
import { checkLine } from '../support/fuzz/outcome.ts';
import { randomFor } from '../support/fuzz/random.ts';
import { confined } from '../support/fuzz/runnable.ts';
import { INTERNALS, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, globalOptions, type Result, runtime, stateRoot } from '../support/runtime.ts';

const TIMEOUT = 60_000;
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nunc-fuzzed-'));
  mkdirSync(join(directory, 'rootfs'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A command on the bytes of a config. */
function ask(args: readonly string[], config: Uint8Array): Result {
  writeFileSync(join(directory, 'config.json'), config);
  const [program = '', ...first] = [...commandOf(), ...globalOptions(join(directory, 'state'))];
  const options = { cwd: directory, encoding: 'utf8', timeout: TIMEOUT, maxBuffer: 1 << 28 } as const;
  const { status, signal, stdout, stderr } = spawnSync(program, [...first, ...args], options);
  return { status, signal, stdout, stderr };
}

/** Everything printed is lines for a person. */
function checkPrinted({ stdout, stderr }: Result): void {
  expect(stdout + stderr).not.toMatch(INTERNALS);
  for (const line of `${stdout}${stderr}`.split('\n')) if (line !== '') checkLine(line);
}

/** Tells which case it was. */
function orTell(index: number, config: Buffer, check: () => void): void {
  try {
    check();
  } catch (cause) {
    const shown = config.toString('latin1').slice(0, 3000);
    throw new Error(`EFFORT_SEED=${seed}, case ${index}: ${String(cause)}\n${JSON.stringify(shown)}`, { cause });
  }
}

function validate(config: Buffer): Result {
  const result = ask(['validate'], config);
  expect([0, 1]).toContain(result.status);
  expect(result).toMatchObject({ signal: null, stderr: '' });
  expect(result.stdout).toMatch(result.status === 0 ? /is valid/ : /\berrors?\b/);
  checkPrinted(result);
  return result;
}

function explain(config: Buffer): Result {
  const result = ask(['explain', '--id', 'x'], config);
  expect([0, 1]).toContain(result.status);
  expect(result.signal).toBeNull();
  if (result.status === 0) expect(result.stdout).toMatch(/^container "x" of /);
  else expect(result).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^time="[^"]*" level=/) as string });
  checkPrinted(result);
  return result;
}

describe(`dist/nunc and fuzzed files, seed ${seed}`, () => {
  const files = effort({ usual: 150, nightly: 6000 });

  test(`runtime validate and explain take ${files} damaged configs`, () => {
    let valid = 0;
    for (let index = 0; index < files; index++) {
      const random = randomFor(seed + 20, index);
      const whole = Buffer.from(JSON.stringify(configFor(seed + 20, index), undefined, random.pick([0, 2])));
      const config = random.chance(70) ? damage(whole, random) : whole;
      orTell(index, config, () => {
        const { status } = validate(config);
        if (status === 0) valid++;
        if (index % 2 === 0) explain(config);
      });
    }
    expect(valid).toBeGreaterThan(0);
  });

  const [deep, long] = [200_000, effort({ usual: 200_000, nightly: 1_000_000 })];
  test.each([
    ['[', '['.repeat(long)],
    ['closed lists', `{"ociVersion":"1.0.0","x":${'['.repeat(deep)}${']'.repeat(deep)}}`],
    ['lists of 9,990 levels', `{"ociVersion":"1.0.0","x":${'['.repeat(9990)}${']'.repeat(9990)}}`],
    ['objects of 9,990 levels',
      `{"ociVersion":"1.0.0","annotations":{"x":${'{"a":'.repeat(9990)}1${'}'.repeat(9990)}}}`],
    ['an open string', `{"a":"${'x'.repeat(10_000_000)}`],
    ['escapes', `{"a":"${'\\n'.repeat(long)}`],
    ['very many wrong mounts', `{"ociVersion":"1.0.0","mounts":[${'1,'.repeat(long)}1]}`],
    ['very many nulls', `{"ociVersion":"1.0.0","x":[${'null,'.repeat(long)}1]}`],
    ['a key very many times', `{${'"a":1,'.repeat(long)}"ociVersion":1}`],
    ['many lines', `${'\n'.repeat(10 * long)}x`],
    ['options',
      '{"ociVersion":"1.0.0","root":{"path":"rootfs"},"mounts":['
      + `{"destination":"/m","type":"proc","source":"x","options":[${'"bad,x",'.repeat(150_000)}"b"]}]}`],
    ['bad options',
      '{"ociVersion":"1.0.0","root":{"path":"rootfs"},"linux":{"namespaces":[{"type":"mount"}]},"mounts":['
      + `{"destination":"/m","source":"x","options":["bind",${'"\u0000",'.repeat(150_000)}"b"]}]}`],
    ['zeros', '\0'.repeat(long)],
    ['too many bytes', ' '.repeat(17_000_000)],
  ])('runtime validate and explain refuse a bomb of %s', (_, text) => {
    const config = Buffer.from(text);
    expect(validate(config).status).toBe(1);
    expect(explain(config).status).toBe(1);
  });
});

describe('fuzzed containers', () => {
  // Every fifth config is one that runs: so many are tried that enough do, whatever the seed.
  const wanted = effort({ usual: 10, nightly: 120 });
  const most = 30 * wanted;

  requires('root')(`runtime run takes fuzzed configs until ${wanted} have run, seed ${seed}`, async () => {
    const bundle = makeBundle();
    const host = watchHost(bundle);
    let ran = 0;
    for (let index = 0; ran < wanted && index < most; index++) {
      const place = `${cgroupParent}/${bundle.id}`;
      const document = confined(configFor(seed + 30, index), place, randomFor(seed + 31, index));
      const text = JSON.stringify(document);
      writeFileSync(join(bundle.directory, 'config.json'), text);
      const command = ['run', '--bundle', bundle.directory, `${bundle.id}-${index}`];
      const result = await runtime(command, { timeout: TIMEOUT });
      orTell(index, Buffer.from(text), () => {
        expect(result.signal).toBeNull();
        checkPrinted(result);
        if (result.status === 0) ran++;
      });
    }
    expect((await runtime(['list', '-q'], { root: stateRoot() })).stdout).toBe('');
    expect(ran, `containers of ${most} configs that ran`).toBe(wanted);
    await host.nothingLeft();
  });
});
