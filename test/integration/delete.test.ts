// delete: beyond the state machine (lifecycle.test.ts), what it removes and what it survives.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { type Bundle, makeBundle } from '../support/bundle.ts';
import {
  createBundle, eventually, outputOf, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

describe('delete', () => {
  test('--force of what does not exist is silent success', async () => {
    expect(await runtime(['delete', '--force', 'nobody'])).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
    expect(await runtime(['delete', '-f', 'nobody'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('--force kills what a shared pid namespace keeps alive', async () => {
    const bundle = makeBundle({
      args: ['sh', '-c', 'for i in 1 2 3 4 5; do sleep 1000 & done; echo ready; exec sleep 1000'],
      mutate: (spec) => {
        spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'pid');
      },
    });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    await eventually(() => readFileSync(outputOf(bundle), 'utf8'), (text) => text.includes('ready'));
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('removes cgroups that were made below the container', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    for (const { mountpoint } of probeHost().hierarchies) {
      mkdirSync(`${mountpoint}${bundle.spec.linux.cgroupsPath}/below/deeper`, { recursive: true });
    }
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('keeps what it does not know of the bundle and of --root', async () => {
    const bundle = makeBundle({ args: ['true'] });
    const stranger = join(stateRoot(), 'stranger');
    writeFileSync(stranger, 'mine');
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    expect(readFileSync(stranger, 'utf8')).toBe('mine');
    expect(existsSync(join(bundle.rootfs, 'bin/busybox'))).toBe(true);
  });
});

async function damage(bundle: Bundle, content: string): Promise<void> {
  await startBundle(bundle);
  expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  writeFileSync(join(stateRoot(), bundle.id, 'state.json'), content);
}

describe('a damaged state.json', () => {
  const contents = ['', '{"ociVersion":"1.0.2","id":', 'garbage\0\xff', 'null', '[]', '{}', '"text"', '{"cgroups":{}}'];
  for (const content of contents) {
    nuncTest(`${JSON.stringify(content)} is told of, and delete --force removes all`, async () => {
      const bundle = makeBundle({ args: ['sleep', '1000'] });
      const watch = watchHost(bundle);
      await damage(bundle, content);
      for (const command of ['state', 'start', 'kill', 'delete']) {
        expect(await refusal([command, bundle.id]), command).toContain(`state of container "${bundle.id}"`);
      }
      expect(await succeed(['list', '--quiet'])).toBe(`${bundle.id}\n`);
      await succeed(['delete', '--force', bundle.id]);
      await watch.nothingLeft();
    });
  }

  nuncTest('does not hide other containers from list', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const other = makeBundle();
    await damage(bundle, '{');
    await createBundle(other);
    const listed = JSON.parse(await succeed(['list', '--format', 'json'])) as { id: string; status: string }[];
    expect(listed).toContainEqual(expect.objectContaining({ id: other.id, status: 'created' }));
  });

  nuncTest('with a damaged config.json beside it keeps the id: nothing says what else to remove', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await damage(bundle, '{');
    const config = join(stateRoot(), bundle.id, 'config.json');
    const text = readFileSync(config);
    writeFileSync(config, '{');
    expect(await refusal(['delete', '--force', bundle.id])).toContain(`state of container "${bundle.id}"`);
    expect(await succeed(['list', '--quiet'])).toBe(`${bundle.id}\n`);
    writeFileSync(config, text);
    await succeed(['delete', '--force', bundle.id]);
  });
});
