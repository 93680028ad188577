// features: what managers read before they decide what to ask for.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Features } from '../../src/config/types.ts';
import { validate } from '../../src/config/validate-features.js';
import { makeBundle } from '../support/bundle.ts';
import { createBundle, stateOf, succeed } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { commandOf, type Result, runProgram, runtime } from '../support/runtime.ts';

function read({ status, stdout, stderr }: Result): Features {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const document: unknown = JSON.parse(stdout);
  expect([validate(document), validate.errors ?? []]).toEqual([true, []]);
  return document as Features;
}

describe('features', () => {
  requires()('prints JSON that follows features.md', async () => {
    const { ociVersionMin, hooks, mountOptions, linux } = read(await runtime(['features']));
    expect(ociVersionMin).toBe('1.0.0');
    expect(hooks).toBeInstanceOf(Array);
    // What containerd asks before it makes a mount recursively read-only.
    expect(mountOptions).toContain('rro');
    expect(linux?.cgroup).toMatchObject({ v1: true, v2: true });
    expect(linux?.capabilities).toContain('CAP_CHECKPOINT_RESTORE');
  });

  requires()('says the same with and without --log and --debug, and needs no directory of state', async () => {
    const plain = await runtime(['features']);
    const root = '/nonexistent/nunc';
    expect(await runtime(['--log-format', 'json', '--debug', 'features'], { root })).toEqual(plain);
  });

  requires('root', 'nunc')('needs no privileges and no environment', async () => {
    const mine = await runtime(['features']);
    const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all'];
    const other = await runProgram([...prefix, ...commandOf(), 'features'], { env: {}, cwd: '/' });
    expect(read(other)).toEqual(read(mine));
  });

  requires('nunc')('takes no arguments', async () => {
    const { status, stderr } = await runtime(['features', 'x']);
    expect(status).toBe(1);
    expect(stderr).toContain('requires exactly 0 argument');
  });
});

const testContainer = requires('root', 'cgroups', 'busybox', 'nunc');

testContainer('version, state, spec and features name one version of the runtime-spec', async () => {
  const { ociVersionMax } = read(await runtime(['features']));
  expect(ociVersionMax).toBe('1.3.0');
  expect(await succeed(['--version'])).toContain(`\nspec: ${ociVersionMax}\n`);
  // The state's version is not that of the config.
  const bundle = makeBundle({ mutate: (spec) => { spec.ociVersion = '1.0.2'; } });
  await createBundle(bundle);
  expect(await stateOf(bundle.id)).toMatchObject({ ociVersion: ociVersionMax });
  rmSync(join(bundle.directory, 'config.json'));
  await succeed(['spec'], { cwd: bundle.directory });
  const config: unknown = JSON.parse(readFileSync(join(bundle.directory, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ ociVersion: ociVersionMax });
});
