// Where mounts come from and where they go: sources, targets that are missing, links in the image that lead out of it.

import { execFileSync } from 'node:child_process';
import {
  chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { readMountinfo } from '../support/inside.ts';
import { watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'busybox');
const ours = requires('root', 'busybox', 'nunc');

function makeSource({ directory }: Bundle): void {
  mkdirSync(join(directory, 'source'));
  writeFileSync(join(directory, 'source/file'), 'content\n');
}

function useUserNamespace(spec: BundleSpec): void {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = map;
  spec.linux.gidMappings = map;
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

// runc 1.1.5 takes a relative source of such a mount from its own directory.
ours('type bind alone makes a bind mount; rbind brings what is mounted below', async () => {
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

test('what a dangling link of the image points to is made, in the image', async () => {
  const target = '/tmp/nunc-test-dangling-target';
  const bundle = await bundleFor(`cat /etc/resolv.conf /link/below; grep -c ' ${target}/at/all ' /proc/self/mountinfo`,
    (spec, made) => {
      makeSource(made);
      symlinkSync('../run/systemd/resolve/stub-resolv.conf', join(made.rootfs, 'etc/resolv.conf'));
      symlinkSync(target, join(made.rootfs, 'link'));
      symlinkSync('at/../at/all', join(made.rootfs, 'relative'));
      symlinkSync(`../../../../../../../../..${  target}`, join(made.rootfs, 'at'));
      spec.mounts.push(
        { destination: '/etc/resolv.conf', source: 'source/file', options: ['bind'] },
        { destination: '/link/below', source: 'source/file', options: ['bind'] },
        { destination: '/link/at/all', type: 'tmpfs', source: 'tmpfs' },
      );
    });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toBe('content\ncontent\n1\n');
  expect(existsSync(target)).toBe(false);
  const made = ['run/systemd/resolve/stub-resolv.conf', `${target}/below`].map((path) => join(bundle.rootfs, path));
  expect(made.map((path) => lstatSync(path).isFile())).toEqual([true, true]);
  expect(lstatSync(join(bundle.rootfs, target)).mode & 0o7777).toBe(0o755);
});

test('a link that an earlier mount has left dangling leads into that mount', async () => {
  const answer = await ask('cat /etc/resolv.conf; ls -R /run', (spec, made) => {
    makeSource(made);
    mkdirSync(join(made.rootfs, 'run/systemd'), { recursive: true });
    writeFileSync(join(made.rootfs, 'run/systemd/stub'), '');
    symlinkSync('/run/systemd/stub', join(made.rootfs, 'etc/resolv.conf'));
    spec.mounts.push(
      { destination: '/run', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/etc/resolv.conf', source: 'source/file', options: ['bind'] },
    );
  });
  expect(answer).toBe('content\n/run:\nsystemd\n\n/run/systemd:\nstub');
});

test('in a user namespace it is the container that makes them', async () => {
  const bundle = await bundleFor('cat /etc/resolv.conf', (spec, made) => {
    makeSource(made);
    chmodSync(made.directory, 0o711);
    execFileSync('chown', ['-hR', '100000:100000', made.rootfs]);
    symlinkSync('/run/stub', join(made.rootfs, 'etc/resolv.conf'));
    useUserNamespace(spec);
    spec.mounts.push({ destination: '/etc/resolv.conf', source: 'source/file', options: ['bind'] });
  });
  expect((await runBundle(bundle)).stdout).toBe('content\n');
  for (const path of ['run', 'run/stub']) {
    expect(lstatSync(join(bundle.rootfs, path))).toMatchObject({ uid: 100_000, gid: 100_000 });
  }
});

test('hooks run once, however often the runtime has to try', async () => {
  const bundle = await bundleFor('cat /etc/resolv.conf', (spec, made) => {
    makeSource(made);
    symlinkSync('/run/stub', join(made.rootfs, 'etc/resolv.conf'));
    spec.mounts.push({ destination: '/etc/resolv.conf', source: 'source/file', options: ['bind'] });
    const hook = (name: string): object[] => [
      { path: '/bin/sh', args: ['sh', '-c', `echo ${name} >>${made.directory}/hooks`] },
    ];
    const names = ['prestart', 'createRuntime', 'createContainer', 'poststop'];
    Object.assign(spec, { hooks: Object.fromEntries(names.map((name) => [name, hook(name)])) });
  });
  expect((await runBundle(bundle)).stdout).toBe('content\n');
  const seen = readFileSync(join(bundle.directory, 'hooks'), 'utf8').trim().split('\n');
  expect(seen).toEqual(['prestart', 'createRuntime', 'createContainer', 'poststop']);
});

ours('a link that leads to itself leads nowhere', async () => {
  const bundle = await bundleFor('true', (spec, made) => {
    makeSource(made);
    symlinkSync('loop', join(made.rootfs, 'loop'));
    spec.mounts.push({ destination: '/loop', source: 'source', options: ['bind'] });
  });
  const watch = watchHost(bundle);
  const { status, stderr } = await runBundle(bundle);
  expect(status).toBe(1);
  expect(stderr).toMatch(/at \\"\/loop\\": too many levels of symbolic links .*\/mounts\/7\)/);
  await watch.nothingLeft();
});

ours('a file is no target for a directory, nor a directory for a file', async () => {
  const onFile = await refusal((spec, bundle) => {
    makeSource(bundle);
    spec.mounts.push({ destination: '/etc/passwd', source: 'source', options: ['bind'] });
  });
  expect(onFile).toMatch(/at "\/etc\/passwd": not a directory .*\/mounts\/7\); a (file|directory) can be mounted on/);
  const onDirectory = await refusal((spec, bundle) => {
    makeSource(bundle);
    spec.mounts.push({ destination: '/etc', source: 'source/file', options: ['bind'] });
  });
  expect(onDirectory).toMatch(/at "\/etc": not a directory .*\/mounts\/7\); a (file|directory) can be mounted on/);
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

ours('a source that is missing is named', async () => {
  expect(await refusal((spec) => {
    spec.mounts.push({ destination: '/mnt', source: '/no/such', options: ['bind'] });
  })).toMatch(/^cannot mount "\/no\/such" at "\/mnt": no such file or directory \(operation \d+ of \d+: open_tree, \/mounts\/7\); there is no "\/no\/such"/);
});

ours('a relative destination is taken from the root, with a warning', async () => {
  const bundle = await bundleFor('grep -c " /mnt/x " /proc/self/mountinfo', (spec) => {
    spec.mounts.push({ destination: 'mnt/x', type: 'tmpfs', source: 'tmpfs' });
  });
  const { stdout, stderr } = await runBundle(bundle);
  expect(stdout).toBe('1\n');
  expect(stderr).toMatch(/level=warning .*\/mounts\/7\/destination: .*mnt\/x.* is not an absolute path, taken as relative/);
});
