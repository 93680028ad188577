// mounts add and remove for the containers of an ordinary user, and what such a user is refused.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { messageOf } from '../support/lifecycle.ts';
import { bind, type Given, mountsOf, tmpfs } from '../support/live-mounts.ts';
import { missing, requires } from '../support/requires.ts';
import type { Result } from '../support/runtime.ts';
import { mapRanges, runAs, runtimeAs, type UserBundle, userBundle, useUser } from '../support/users.ts';

const user = useUser(missing(['users', 'busybox']).length === 0);

const test = requires('users', 'busybox', 'nunc');

/** @returns the pid of the init */
async function start(bundle: UserBundle): Promise<number> {
  const pidFile = join(bundle.directory, 'pid');
  const run = ['run', '--detach', '--pid-file', pidFile, '--bundle', bundle.directory, bundle.id];
  expect(await runtimeAs(user(), run, { output: join(bundle.directory, 'output') })).toMatchObject({ status: 0 });
  return Number(readFileSync(pidFile, 'utf8'));
}

function change(bundle: UserBundle, action: 'add' | 'remove', mounts: readonly Given[]): Promise<Result> {
  return runtimeAs(user(), ['mounts', action, bundle.id, '-'], { input: JSON.stringify(mounts) });
}

for (const [where, prepare] of [
  ['its own id only', undefined],
  ['ranges of ids', (spec: Parameters<typeof mapRanges>[1]) => mapRanges(user(), spec)],
] as const) {
  test(`a user with ${where} adds mounts, all or none, and removes them`, async () => {
    const bundle = await userBundle(user(), 'exec sleep 1000', (spec) => {
      spec.root.readonly = false;
      prepare?.(spec);
    });
    const source = join(bundle.directory, 'source');
    await runAs(user(), ['sh', '-c', `umask 077; mkdir ${source}; echo content >${source}/file`]);
    const pid = await start(bundle);
    const before = mountsOf(pid);
    const mounts = [bind('/made/here', source, 'ro'), tmpfs('/t', 'size=1m'), bind('/file', 'source/file')];
    expect(await change(bundle, 'add', mounts)).toMatchObject({ status: 0, stderr: '' });
    const at = (path: string): string => `/proc/${pid}/root${path}`;
    expect(readFileSync(at('/made/here/file'), 'utf8')).toBe('content\n');
    expect(readFileSync(at('/file'), 'utf8')).toBe('content\n');
    expect(statSync(at('/t'))).toMatchObject({ uid: user().uid, gid: user().gid });
    expect(await change(bundle, 'remove', mounts)).toMatchObject({ status: 0, stderr: '' });
    expect(mountsOf(pid)).toEqual(before);

    const refused = await change(bundle, 'add', [tmpfs('/t'), bind('/bin/busybox', source)]);
    expect(messageOf(refused.stderr)).toMatch(/ at "\/bin\/busybox": not a directory \(.*, \/1\)$/);
    const denied = await change(bundle, 'add', [tmpfs('/t'), { destination: '/e', type: 'ext4', source: '/dev/null' }]);
    expect(messageOf(denied.stderr)).toMatch(/^cannot mount "\/dev\/null" at "\/e": .*\(operation \d+ of \d+: .*, \/1\)$/);
    expect([refused.status, denied.status]).toEqual([1, 1]);
    expect(mountsOf(pid)).toEqual(before);
  });
}

test('a source that the user may not reach is refused by the kernel', async () => {
  const bundle = await userBundle(user(), 'exec sleep 1000');
  const pid = await start(bundle);
  const before = mountsOf(pid);
  const { status, stderr } = await change(bundle, 'add', [bind('/mnt', '/root/secret')]);
  expect(status).toBe(1);
  expect(messageOf(stderr)).toMatch(/^cannot mount "\/root\/secret" at "\/mnt": permission denied \(.*: open_tree, \/0\)$/);
  expect(mountsOf(pid)).toEqual(before);
});
