// list and state: what they print, for people and for programs.

import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { validate } from '../../src/config/validate-state.js';
import { makeBundle } from '../support/bundle.ts';
import { createBundle, refusal, startBundle, stateOf, succeed, untilStatus } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox');

interface Listed {
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly owner: string;
}

async function listJson(): Promise<Listed[]> {
  return JSON.parse(await succeed(['list', '--format', 'json'])) as Listed[];
}

describe('state', () => {
  test('follows the schema in every status, and has what runtime.md asks for', async () => {
    const bundle = makeBundle({
      args: ['sleep', '1000'],
      mutate: (spec) => { spec.annotations = { 'org.example.key': 'väl"ue\n' }; },
    });
    const check = async (status: string): Promise<void> => {
      const state = JSON.parse(await succeed(['state', bundle.id])) as Record<string, unknown>;
      validate(state);
      expect(validate.errors ?? []).toEqual([]);
      expect(state).toMatchObject({
        id: bundle.id,
        status,
        bundle: bundle.directory,
        rootfs: bundle.rootfs,
        annotations: { 'org.example.key': 'väl"ue\n' },
      });
      expect(state['ociVersion']).toMatch(/^1\.\d+\.\d+/);
      expect(Date.parse(String(state['created']))).toBeLessThanOrEqual(Date.now());
      if (status === 'stopped') expect(state['pid']).toBe(0);
      else expect(state['pid']).toBeGreaterThan(0);
    };
    await createBundle(bundle);
    await check('created');
    await succeed(['start', bundle.id]);
    await check('running');
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    await check('stopped');
  });
});

describe('list', () => {
  test('of no container is a header, nothing and null', async () => {
    expect(await succeed(['list'])).toMatch(/^ID +PID +STATUS +BUNDLE +CREATED +OWNER\n$/);
    expect(await succeed(['list', '-q'])).toBe('');
    expect(await succeed(['list', '-f', 'json'])).toMatch(/^null\n?$/);
  });

  test('shows every container with its status', async () => {
    const created = makeBundle();
    const running = makeBundle({ args: ['sleep', '1000'] });
    const stopped = makeBundle({ args: ['true'] });
    await createBundle(created);
    await startBundle(running);
    await startBundle(stopped);
    await untilStatus(stopped.id, 'stopped');

    const listed = new Map((await listJson()).map((entry) => [entry.id, entry]));
    for (const [bundle, status] of [[created, 'created'], [running, 'running'], [stopped, 'stopped']] as const) {
      const { pid } = await stateOf(bundle.id);
      expect(listed.get(bundle.id)).toMatchObject({
        pid, status, bundle: bundle.directory, rootfs: bundle.rootfs, owner: 'root',
      });
    }
    expect(listed.size).toBe(3);

    const ids = [created.id, running.id, stopped.id].sort();
    expect((await succeed(['list', '--quiet'])).trimEnd().split('\n').sort()).toEqual(ids);

    const rows = (await succeed(['list'])).trimEnd().split('\n').map((line) => line.split(/\s+/));
    expect(rows[0]).toEqual(['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']);
    const { pid } = await stateOf(running.id);
    expect(rows.find(([id]) => id === running.id)?.slice(0, 4)).toEqual(
      [running.id, String(pid), 'running', running.directory],
    );
  });

  test('refuses another format', async () => {
    expect(await refusal(['list', '--format', 'yaml'])).toContain('invalid format option');
  });

  test('of a --root that does not exist is empty', async () => {
    // Inside a directory that goes with the test: runc makes it.
    expect(await succeed(['list', '-q'], { root: join(makeBundle().directory, 'state') })).toBe('');
  });
});
