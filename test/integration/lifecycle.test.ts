// The life of a container as a caller sees it: which command is allowed in which state, and what is refused how.
// Words and exit statuses are those of runtime.md and of what managers match on (runc's).

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { makeBundle, writeConfig } from '../support/bundle.ts';
import {
  createBundle, refusal, startBundle, stateOf, succeed, untilStatus, watchHost,
} from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime, runtimeName } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');

describe('lifecycle', () => {
  test('a container is created, running, stopped and gone, and leaves nothing', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);

    await createBundle(bundle);
    const created = await stateOf(bundle.id);
    expect(created).toMatchObject({ id: bundle.id, status: 'created', bundle: bundle.directory });
    expect(existsSync(`/proc/${created.pid}`)).toBe(true);

    await succeed(['start', bundle.id]);
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running', pid: created.pid });
    expect(readFileSync(`/proc/${created.pid}/cmdline`, 'utf8')).toBe('sleep\x001000\0');

    await succeed(['kill', bundle.id, 'KILL']);
    expect(await untilStatus(bundle.id, 'stopped')).toMatchObject({ pid: 0 });
    expect(existsSync(`/proc/${created.pid}/exe`)).toBe(false);

    await succeed(['delete', bundle.id]);
    expect(await refusal(['state', bundle.id])).toContain('does not exist');
    await watch.nothingLeft();
  });

  test('a created container can be killed and deleted without a start', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    await createBundle(bundle);
    await succeed(['kill', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('delete removes a created container', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    await createBundle(bundle);
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });

  test('delete --force removes a running container', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    await startBundle(bundle);
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });

  test('an id can be used again after delete', async () => {
    const bundle = makeBundle({ args: ['true'] });
    for (let round = 0; round < 3; round++) {
      await startBundle(bundle);
      await untilStatus(bundle.id, 'stopped');
      await succeed(['delete', bundle.id]);
    }
  });

  test('a change of config.json after create has no effect', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    await createBundle(bundle);
    bundle.spec.process.args = ['false'];
    bundle.spec.linux.cgroupsPath = '/nunc-test/elsewhere';
    writeConfig(bundle);
    await succeed(['start', bundle.id]);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x001000\0');
    await succeed(['delete', '--force', bundle.id]);
    await watch.nothingLeft();
  });
});

describe('lifecycle refuses', () => {
  test('an id that is taken', async () => {
    const bundle = makeBundle();
    await createBundle(bundle);
    const before = await stateOf(bundle.id);
    const message = await refusal(['create', '--bundle', bundle.directory, bundle.id]);
    expect(message).toContain('container with given ID already exists');
    expect(await stateOf(bundle.id)).toEqual(before);
  });

  test('to start a running container', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    expect(await refusal(['start', bundle.id])).toBe('cannot start an already running container');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('to start a stopped container', async () => {
    const bundle = makeBundle({ args: ['true'] });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    expect(await refusal(['start', bundle.id])).toBe('cannot start a container that has stopped');
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'stopped', pid: 0 });
  });

  test('to kill a stopped container', async () => {
    const bundle = makeBundle({ args: ['true'] });
    await startBundle(bundle);
    await untilStatus(bundle.id, 'stopped');
    expect(await refusal(['kill', bundle.id])).toContain('container not running');
    expect(await refusal(['kill', bundle.id, '0'])).toContain('container not running');
  });

  test('to delete a running container', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    expect(await refusal(['delete', bundle.id])).toBe(
      `cannot delete container ${bundle.id} that is not stopped: running`,
    );
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
  });

  test('every command on a container that does not exist', async () => {
    for (const args of [['state', 'nobody'], ['start', 'nobody'], ['kill', 'nobody'], ['kill', '--all', 'nobody', '9'],
      ['delete', 'nobody']]) {
      expect(await refusal(args), args.join(' ')).toContain('does not exist');
    }
  });

  test('a command without what it needs', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    await startBundle(bundle);
    for (const name of ['create', 'run', 'state', 'start', 'kill', 'delete']) {
      const { status, stderr } = await runtime([name], { cwd: bundle.directory });
      expect({ name, status }).toEqual({ name, status: 1 });
      expect(stderr).toMatch(/requires|argument/);
    }
    expect(await stateOf(bundle.id)).toMatchObject({ status: 'running' });
    expect((await succeed(['list', '--quiet'])).trim()).toBe(bundle.id);
  });

  test('ids that are no plain names', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const create = ['create', '--bundle', bundle.directory];
    const ids = ['', '.', '..', 'a/b', '../up', '/abs', 'sp ace', 'new\nline', 'é', 'semi;colon', '%', 'a\\b'];
    for (const id of ids.filter((id) => runtimeName === 'nunc' || !RUNC_TAKES.has(id))) {
      expect(await refusal([...create, '--', id]), JSON.stringify(id)).toMatch(/invalid container id|id cannot be empty/i);
      expect(await refusal(['delete', '--', id]), JSON.stringify(id)).not.toBe('');
    }
    await watch.nothingLeft();
  });

  test('a bundle without a config.json', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    const message = await refusal(['create', '--bundle', bundle.rootfs, bundle.id]);
    expect(message).toContain('config.json');
    expect(await refusal(['create', '--bundle', '/nonexistent', bundle.id])).toContain('no such file or directory');
    await watch.nothingLeft();
  });

  test('a config.json that is no JSON object', async () => {
    const bundle = makeBundle();
    const watch = watchHost(bundle);
    for (const text of ['', '{', '{"ociVersion": }', '[]', '"text"', '\0', '{"ociVersion":"1.0.2"}trailing']) {
      // Go's decoder stops behind the first value.
      if (runtimeName !== 'nunc' && text.endsWith('trailing')) continue;
      writeFileSync(join(bundle.directory, 'config.json'), text);
      await refusal(['create', '--bundle', bundle.directory, bundle.id]);
    }
    await watch.nothingLeft();
  });
});

/** runc 1.1.5 checks the set of characters only at create, and takes these two. */
const RUNC_TAKES = new Set(['.', '..']);
