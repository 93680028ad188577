// Many containers, one after the other and at once, leave the host as it was: issue 2, "It must show", 4.

import { describe, expect } from 'vitest';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import { difference, hostState, settledDifference } from '../support/host-state.ts';
import { createBundle, startBundle, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');

async function cycle(bundle: Bundle): Promise<void> {
  await createBundle(bundle);
  await succeed(['start', bundle.id]);
  await succeed(['delete', '--force', bundle.id]);
}

// Or the tests that rely on the pictures of the host would show nothing.
test('a container shows in the picture of the host while it is there, with its session keyring', async () => {
  const bundle = makeBundle({ args: ['sleep', '1000'] });
  const scope = { belongs: [bundle.directory, bundle.id, stateRoot()], directories: [stateRoot()] };
  const before = hostState(scope);
  await startBundle(bundle);
  const sections = difference(before, hostState(scope)).map((line) => /^[+] (\w+): /.exec(line)?.[1]);
  expect(new Set(sections)).toEqual(new Set(['cgroups', 'processes', 'networkNamespaces', 'keyrings', 'files']));
  expect(hostState(scope).keyrings).toEqual([`_ses.${bundle.id}`]);
  await succeed(['delete', '--force', bundle.id]);
  expect(await settledDifference(before, scope)).toEqual([]);
});

describe('create, start and delete', () => {
  test('200 times one after the other leave nothing', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const watch = watchHost(bundle);
    for (let round = 0; round < 200; round++) await cycle(bundle);
    expect(await succeed(['list', '--quiet'])).toBe('');
    await watch.nothingLeft();
  }, 480_000);

  test('20 times 10 at once leave nothing', async () => {
    const bundles = Array.from({ length: 10 }, () => makeBundle({ args: ['sleep', '1000'] }));
    const watches = bundles.map((bundle) => watchHost(bundle));
    for (let round = 0; round < 20; round++) await Promise.all(bundles.map(cycle));
    expect(await succeed(['list', '--quiet'])).toBe('');
    for (const watch of watches) await watch.nothingLeft();
  }, 480_000);
});
