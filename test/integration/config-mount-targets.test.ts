// Where mounts come from and where they go: sources, targets that are missing, links in the image that lead out of it.

import {
  existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { readMountinfo } from '../support/inside.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'busybox', 'nunc');

function makeSource({ directory }: Bundle): void {
  mkdirSync(join(directory, 'source'));
  writeFileSync(join(directory, 'source/file'), 'content\n');
}

test('missing targets are made: a directory for a directory, an empty file for a file', async () => {
  const bundle = await bundleFor('cat /a/b/c/file /x/y/z; stat -c %F /a/b/c /x/y/z', (spec, made) => {
    makeSource(made);
    spec.mounts.push(
      { destination: '/a/b/c', source: 'source', options: ['rbind'] },
      { destination: '/x/y/z', source: 'source/file', options: ['bind'] },
      { destination: '/t/u', type: 'tmpfs', source: 'tmpfs' },
    );
  });
  const { stdout, stderr } = await runBundle(bundle);
  expect(stderr).not.toMatch(/error/);
  expect(stdout.trim().split('\n')).toEqual(['content', 'content', 'directory', 'regular file']);
  const modes = ['a', 'a/b', 'a/b/c', 'x/y', 't/u'].map((path) => lstatSync(join(bundle.rootfs, path)).mode & 0o7777);
  expect(new Set(modes)).toEqual(new Set([0o755]));
  expect(statSync(join(bundle.rootfs, 'x/y/z'))).toMatchObject({ size: 0, uid: 0 });
});

test('targets that exist are used as they are', async () => {
  const answer = await ask('stat -c %a /mnt/dir; cat /etc/group; stat -c %a /bin/sh', (spec, bundle) => {
    makeSource(bundle);
    mkdirSync(join(bundle.rootfs, 'mnt/dir'), { mode: 0o700 });
    spec.mounts.push({ destination: '/etc/group', source: 'source/file', options: ['bind'] });
  });
  expect(answer.split('\n')).toEqual(['700', 'content', '755']);
});

test('a relative source is relative to the bundle, wherever the runtime is called from', async () => {
  const bind = (spec: Bundle['spec'], bundle: Bundle): void => {
    makeSource(bundle);
    spec.mounts.push(
      { destination: '/mnt/a', source: 'source', options: ['bind'] },
      { destination: '/mnt/b', source: './source/../source/file', options: ['bind'] },
    );
  };
  expect(await ask('cat /mnt/a/file /mnt/b', bind, { cwd: '/' })).toBe('content\ncontent');
});

test('type bind alone makes a bind mount; rbind brings what is mounted below', async () => {
  const points = (await ask('cat /proc/self/mountinfo', (spec, bundle) => {
    makeSource(bundle);
    spec.mounts.push(
      { destination: '/mnt/typed', type: 'bind', source: 'source' },
      { destination: '/mnt/bind', source: '/sys', options: ['bind', 'ro'] },
      { destination: '/mnt/rbind', source: '/sys', options: ['rbind', 'ro'] },
    );
  }).then(readMountinfo)).map(({ point }) => point);
  expect(points).toContain('/mnt/typed');
  expect(points.filter((point) => point.startsWith('/mnt/bind/'))).toEqual([]);
  expect(points.filter((point) => point.startsWith('/mnt/rbind/'))).toContain('/mnt/rbind/fs/cgroup');
});

test('a destination is taken from the root, however it is written', async () => {
  const points = (await ask('cat /proc/self/mountinfo', (spec, bundle) => {
    makeSource(bundle);
    const destinations = ['mnt/relative', '/mnt/../../../mnt/up', '//mnt//double/', '/mnt/./dot'];
    for (const destination of destinations) spec.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs' });
  }).then(readMountinfo)).map(({ point }) => point);
  const made = points.filter((point) => point.startsWith('/mnt/'));
  expect(made).toEqual(['/mnt/relative', '/mnt/up', '/mnt/double', '/mnt/dot']);
});

test('links of the image are followed inside the image', async () => {
  const bundle = await bundleFor('grep /mnt-real /proc/self/mountinfo; cat /mnt-real/a/file', (spec, made) => {
    makeSource(made);
    mkdirSync(join(made.rootfs, 'mnt-real'));
    mkdirSync(join(made.directory, 'outside'));
    symlinkSync('/mnt-real', join(made.rootfs, 'absolute'));
    symlinkSync('../../../../../../mnt-real', join(made.rootfs, 'relative'));
    // Where it leads on the host: out of the image. Inside it leads to a directory of the image by the same name.
    symlinkSync(join(made.directory, 'outside'), join(made.rootfs, 'escape'));
    mkdirSync(join(made.rootfs, made.directory, 'outside'), { recursive: true });
    spec.mounts.push(
      { destination: '/absolute/a', source: 'source', options: ['bind'] },
      { destination: '/relative/b', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/escape/c', type: 'tmpfs', source: 'tmpfs' },
    );
  });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect(stderr).not.toMatch(/error/);
  expect(status).toBe(0);
  const points = readMountinfo(stdout.replace(/content\n/, '')).map(({ point }) => point);
  expect(points).toEqual(['/mnt-real/a', '/mnt-real/b']);
  expect(stdout).toMatch(/content\n$/);
  expect(readdirSync(join(bundle.directory, 'outside'))).toEqual([]);
  expect(existsSync(join(bundle.rootfs, bundle.directory, 'outside/c'))).toBe(true);
});

test('a dangling link in the image is no way to make files on the host', async () => {
  const target = '/tmp/nunc-test-dangling-target';
  const message = await refusal((spec, bundle) => {
    makeSource(bundle);
    symlinkSync(target, join(bundle.rootfs, 'link'));
    spec.mounts.push({ destination: '/link/below', source: 'source/file', options: ['bind'] });
  });
  expect(message).toMatch(/^cannot mount "source\/file" at "\/link\/below": /);
  expect(existsSync(target)).toBe(false);
});

test('a magic link of procfs leads nowhere', async () => {
  const message = await refusal((spec) => {
    spec.mounts.push({ destination: '/proc/self/root/escaped', type: 'tmpfs', source: 'tmpfs' });
  });
  expect(message).toMatch(/^cannot mount "tmpfs" at "\/proc\/self\/root\/escaped": /);
  expect(existsSync('/escaped')).toBe(false);
});

test('a file is no target for a directory, nor a directory for a file', async () => {
  const onFile = await refusal((spec, bundle) => {
    makeSource(bundle);
    spec.mounts.push({ destination: '/etc/passwd', source: 'source', options: ['bind'] });
  });
  expect(onFile).toMatch(/at "\/etc\/passwd": not a directory .*\/mounts\/7\)$/);
  const onDirectory = await refusal((spec, bundle) => {
    makeSource(bundle);
    spec.mounts.push({ destination: '/etc', source: 'source/file', options: ['bind'] });
  });
  expect(onDirectory).toMatch(/at "\/etc": .*\/mounts\/7\)$/);
});

test('mounts are made in the order given, a later one over an earlier one', async () => {
  const answer = await ask('cat /mnt/file; grep -c " /mnt " /proc/self/mountinfo; ls /mnt', (spec, bundle) => {
    makeSource(bundle);
    spec.mounts.push(
      { destination: '/mnt', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/mnt', source: 'source', options: ['bind'] },
    );
  });
  expect(answer.split('\n')).toEqual(['content', '2', 'file']);
});

test('a writable bind mount writes to the host', async () => {
  const bundle = await bundleFor('echo from inside >/mnt/new', (spec, made) => {
    makeSource(made);
    spec.mounts.push({ destination: '/mnt', source: 'source', options: ['bind'] });
  });
  await runBundle(bundle);
  expect(readFileSync(join(bundle.directory, 'source/new'), 'utf8')).toBe('from inside\n');
});
