// --cgroup-manager: what needs no systemd. For the rest see systemd.test.ts.

import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { makeBundle } from '../support/bundle.ts';
import { outputOf, refusal, stateOf, succeed, untilStatus, watchHost } from '../support/lifecycle.ts';
import { missing, requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'nunc', 'not-systemd-managed');
const DISABLED = ['--cgroup-manager', 'disabled'];

/** Without the cgroup namespace, in which all would look the same. */
const args = ['cat', '/proc/self/cgroup'];

describe('--cgroup-manager disabled', () => {
  test('leaves the container where the runtime is, and makes no cgroup', async () => {
    const bundle = makeBundle({ args, mutate: ({ linux }) => {
      linux.namespaces = linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
      delete linux.cgroupsPath;
    } });
    const watch = watchHost(bundle);
    const { status, stdout, stderr } = await runtime([...DISABLED, 'run', '--bundle', bundle.directory, bundle.id]);
    expect([status, stdout]).toEqual([0, readFileSync('/proc/self/cgroup', 'utf8')]);
    expect(stderr).not.toContain('/linux/resources/memory');
    await watch.nothingLeft();
  });

  test('says what it ignores', async () => {
    const bundle = makeBundle({ args: ['true'], mutate: ({ linux }) => {
      linux.resources = { memory: { limit: 64 << 20 }, pids: { limit: 5 }, devices: [{ allow: false, access: 'rwm' }] };
    } });
    const { status, stderr } = await runtime([...DISABLED, 'run', '--bundle', bundle.directory, bundle.id]);
    expect(status).toBe(0);
    expect(stderr).toContain('level=warning msg="the cgroup manager is disabled: ignored '
      + '/linux/resources/memory/limit, /linux/resources/pids/limit, /linux/resources/devices, /linux/cgroupsPath"');
  });

  test('is remembered: kill and delete need no flag', async () => {
    const bundle = makeBundle({ args: ['sleep', '1000'] });
    const watch = watchHost(bundle);
    const output = outputOf(bundle);
    const create = [...DISABLED, 'create', '--bundle', bundle.directory, bundle.id];
    expect((await runtime(create, { output })).status).toBe(0);
    await succeed(['start', bundle.id]);
    const { pid } = await stateOf(bundle.id);
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).not.toContain(bundle.id);
    await succeed(['kill', '--all', bundle.id, 'KILL']);
    await untilStatus(bundle.id, 'stopped');
    await succeed(['delete', bundle.id]);
    await watch.nothingLeft();
  });
});

describe('the cgroup managers', () => {
  test('are cgroupfs when nothing is said, or when it is said', async () => {
    for (const flags of [[], ['--cgroup-manager=cgroupfs'], ['--systemd-cgroup=false']]) {
      const bundle = makeBundle({ args: ['true'] });
      expect((await runtime([...flags, 'run', '--bundle', bundle.directory, bundle.id])).status).toBe(0);
    }
  });

  for (const [flags, message] of [
    [['--cgroup-manager', 'bogus'], 'unknown cgroup manager specified: "bogus"'],
    [['--systemd-cgroup', '--cgroup-manager', 'disabled'], '--systemd-cgroup contradicts --cgroup-manager disabled'],
  ] as const) {
    test(`are refused: ${flags.join(' ')}`, async () => {
      expect(await refusal([...flags, 'list'])).toContain(message);
    });
  }

  const unmanaged = requires('root', 'nunc', 'not-systemd-managed', 'no-systemd');
  unmanaged('need a systemd for systemd, and say so', async () => {
    const bundle = makeBundle({ args: ['true'], mutate: ({ linux }) => { linux.cgroupsPath = 'a.slice:b:c'; } });
    const watch = watchHost(bundle);
    for (const flag of ['--systemd-cgroup', '--cgroup-manager=systemd']) {
      expect(await refusal([flag, 'create', '--bundle', bundle.directory, bundle.id])).toBe(
        'systemd cgroup flag passed, but systemd support for managing cgroups is not available');
    }
    await watch.nothingLeft();
  });

  test('other than systemd do not take its form of cgroupsPath', async () => {
    const bundle = makeBundle({ args: ['true'], mutate: ({ linux }) => { linux.cgroupsPath = 'a.slice:b:c'; } });
    expect(await refusal(['create', '--bundle', bundle.directory, bundle.id])).toContain(
      '/linux/cgroupsPath: "a.slice:b:c" is for systemd: use --systemd-cgroup');
  });

  test('are as crun has them', async () => {
    if (missing(['crun']).length > 0) return;
    const bundle = makeBundle({ args });
    const mine = await runtime([...DISABLED, 'run', '--bundle', bundle.directory, bundle.id]);
    const theirs = await runtime([...DISABLED, 'run', '--bundle', bundle.directory, bundle.id], { program: 'crun' });
    expect([mine.status, mine.stdout]).toEqual([theirs.status, theirs.stdout]);
  });
});
