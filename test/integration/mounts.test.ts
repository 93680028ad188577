// mounts add: more mounts in a container that is there. No other runtime here has the command: Debian's crun is too
// old.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startedPid } from '../support/ask.ts';
import { createBundle, messageOf, refusal, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import {
  add, bind, changeMounts, liveBundle, liveContainer, mountsOf, refuseToAdd, refuseToRemove, remove, startLive, tmpfs,
  useUserNamespace,
} from '../support/live-mounts.ts';
import { requires } from '../support/requires.ts';
import { runtime, stateRoot } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

const hostMounts = (mark: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(mark));

test('a directory and a file are bound, their targets made, and the host stays as it was', async () => {
  const bundle = liveBundle();
  const before = hostMounts(bundle.id);
  const watch = watchHost(bundle);
  const { source, at, mountsAt } = liveContainer(bundle, await startedPid(bundle));
  const file = join(bundle.directory, 'mounts.json');
  writeFileSync(file, JSON.stringify([
    bind('/new/directory', source, 'ro', 'noexec'), bind('/other/file', 'source/file'), bind('/mnt', source),
  ]));
  const umask = process.umask(0o077);
  const adding = succeed(['mounts', 'add', bundle.id, file]);
  process.umask(umask);
  expect(await adding).toBe('');
  const files = ['/new/directory/file', '/other/file', '/mnt/file'];
  expect(files.map((path) => readFileSync(at(path), 'utf8'))).toEqual(['content', 'content', 'content']);
  expect(mountsAt('/new/directory').map(({ options }) => options.slice(0, 2))).toEqual([['ro', 'noexec']]);
  expect(mountsAt('/mnt').map(({ options }) => options[0])).toEqual(['rw']);
  expect(() => writeFileSync(at('/new/directory/file'), 'x')).toThrow(/EROFS/);
  expect(hostMounts(bundle.id)).toEqual(before);
  expect(statSync(join(bundle.rootfs, 'new/directory')).mode & 0o7777).toBe(0o755);

  expect(await succeed(['mounts', 'remove', bundle.id, file])).toBe('');
  for (const path of ['/new/directory', '/other/file', '/mnt']) expect(mountsAt(path)).toEqual([]);
  await succeed(['delete', '--force', bundle.id]);
  await watch.nothingLeft();
});

test('file systems have their options, one is in another, and all is made before one becomes read-only', async () => {
  const container = await startLive();
  await add(container, tmpfs('/mnt', 'ro', 'size=1m', 'mode=711', 'nosuid'), bind('/mnt/below/it', container.source));
  const [entry] = container.mountsAt('/mnt');
  expect(entry?.options).toEqual(expect.arrayContaining(['ro', 'nosuid']));
  expect(entry?.superOptions).toEqual(expect.arrayContaining(['size=1024k', 'mode=711']));
  expect(readFileSync(container.at('/mnt/below/it/file'), 'utf8')).toBe('content');
});

test('an overlay takes its layers from the host, an mqueue shows the container\'s queues', async () => {
  const container = await startLive((_, { directory }) => {
    for (const name of ['upper', 'work']) mkdirSync(join(directory, name));
  });
  const { bundle: { directory }, source, at } = container;
  const layers = [`lowerdir=${source}`, `upperdir=${directory}/upper`, `workdir=${directory}/work`];
  await add(
    container, tmpfs('/layers'), { destination: '/mq', type: 'mqueue', source: 'mqueue' },
    { destination: '/over', type: 'overlay', source: 'overlay', options: layers },
  );
  expect(readFileSync(at('/over/file'), 'utf8')).toBe('content');
  writeFileSync(at('/over/new'), 'new');
  expect(readFileSync(join(directory, 'upper/new'), 'utf8')).toBe('new');
  expect(statSync(at('/mq')).dev).toBe(statSync(at('/dev/mqueue')).dev);
});

test('a tmpfs is filled with what it covers, and links that dangle are followed inside the rootfs', async () => {
  const container = await startLive((_, { rootfs }) => {
    mkdirSync(join(rootfs, 'data'));
    writeFileSync(join(rootfs, 'data/kept'), 'kept');
    symlinkSync('/run/made/by/runtime', join(rootfs, 'link'));
  });
  await add(container, tmpfs('/data', 'tmpcopyup'), bind('/link', container.source));
  expect(readFileSync(container.at('/data/kept'), 'utf8')).toBe('kept');
  expect(container.mountsAt('/data')).toHaveLength(1);
  expect(readFileSync(container.at('/run/made/by/runtime/file'), 'utf8')).toBe('content');
});

test('mounts stay inside the rootfs, whatever its links point to', async () => {
  const container = await startLive((_, { directory, rootfs }) => {
    mkdirSync(join(directory, 'outside'));
    for (const name of ['one', 'two']) mkdirSync(join(rootfs, `${directory}/outside/${name}`), { recursive: true });
    symlinkSync(`${directory}/outside`, join(rootfs, 'absolute'));
    symlinkSync(`../../../../../../..${directory}/outside`, join(rootfs, 'relative'));
    symlinkSync('/proc/sys', join(rootfs, 'kernel'));
    symlinkSync('/proc', join(rootfs, 'process'));
  });
  const { bundle: { directory }, source, mountsAt } = container;
  await add(container, bind('/absolute/one', source), tmpfs('/relative/two'), tmpfs('/relative/new'));
  expect(mountsAt(`${directory}/outside/one`)).toHaveLength(1);
  expect(mountsAt(`${directory}/outside/two`)).toHaveLength(1);
  expect(existsSync(join(directory, 'outside/new'))).toBe(false);
  for (const path of ['/kernel', '/process/1']) {
    expect(await refuseToAdd(container, [tmpfs(path)])).toMatch(/cannot be mounted because it is inside \/proc \(/);
  }
});

test('mounts stay inside the rootfs while a process in it moves the way', async () => {
  const script = 'mkdir /way; while :; do rmdir /way; ln -s "$OUTSIDE" /way; rm /way; mkdir -p /way; done 2>/dev/null';
  const container = await startLive((spec, { directory }) => {
    mkdirSync(join(directory, 'outside'));
    spec.process.env = [...(spec.process.env ?? []), `OUTSIDE=../../../../../../..${directory}/outside`];
  }, script);
  const { bundle, source } = container;
  const before = hostMounts(bundle.id);
  for (let i = 0; i < 30; i++) {
    const { status } = await changeMounts(container, 'add', [bind(`/way/to/${i}`, source)]);
    expect([0, 1]).toContain(status);
  }
  const outside = execFileSync('find', [join(bundle.directory, 'outside')], { encoding: 'utf8' });
  expect(outside).toBe(`${bundle.directory}/outside\n`);
  expect(hostMounts(bundle.id)).toEqual(before);
}, 60_000);

test('a paused container gets mounts, and one that is only created', async () => {
  const paused = await startLive();
  await succeed(['pause', paused.bundle.id]);
  await add(paused, tmpfs('/mnt'));
  expect(paused.mountsAt('/mnt')).toHaveLength(1);
  await remove(paused, '/mnt');
  expect(paused.mountsAt('/mnt')).toEqual([]);
  expect(await stateOf(paused.bundle.id)).toMatchObject({ status: 'paused' });
  const bundle = liveBundle();
  await createBundle(bundle);
  const created = liveContainer(bundle, (await stateOf(bundle.id)).pid);
  await add(created, bind('/mnt', created.source));
  expect(readFileSync(created.at('/mnt/file'), 'utf8')).toBe('content');
  await succeed(['start', bundle.id]);
});

for (const [where, change] of [['', undefined], [' in a user namespace', useUserNamespace]] as const) {
  test(`all mounts are added or none${where}`, async () => {
    const container = await startLive(change);
    const { source, pid, bundle } = container;
    const before = mountsOf(pid);
    // Found out when the others are mounted already.
    expect(await refuseToAdd(container, [
      tmpfs('/mnt'), tmpfs('/mnt/deeper'), bind('/x', join(source, 'file')), tmpfs('/mnt/ro', 'ro'),
      bind('/bin/busybox', source),
    ])).toMatch(/^cannot mount ".*" at "\/bin\/busybox": not a directory \(operation \d+ of \d+: openat2, \/4\)$/);
    expect(mountsOf(pid)).toEqual(before);
    expect(await refuseToAdd(container, [tmpfs('/mnt'), { destination: '/y', type: 'nosuchfs' }]))
      .toMatch(/^cannot mount "nosuchfs" at "\/y": no such device \(operation \d+ of \d+: fsopen, \/1\)$/);
    const message = await refuseToAdd(container, [tmpfs('/mnt'), bind('/mnt', '/no/such')]);
    expect(message).toMatch(/^cannot mount "\/no\/such" at "\/mnt": no such file or directory \(.*: open_tree, \/1\)$/);
    expect(mountsOf(pid)).toEqual(before);
    expect(existsSync(join(stateRoot(), bundle.id, 'mounts.json'))).toBe(false);
  });
}

test('everything that is wrong with the mounts is told, by pointers into the array', async () => {
  const container = await startLive((spec) => {
    spec.linux.maskedPaths = ['/data/secret'];
  });
  const before = mountsOf(container.pid);
  const long = `lowerdir=${'/x'.repeat(200)}`;
  const wrong: readonly (readonly [mounts: unknown, message: string])[] = [
    ['[{]', 'mounts: line 1, column 3: "]" where a key or "}" is expected'],
    [{ mounts: [] }, 'mounts: an object is not an array'],
    [[{ type: 'tmpfs' }], 'mounts: /0/destination: missing, but required'],
    [[tmpfs('/proc/sys')], 'mounts: /0/destination: "/proc/sys" cannot be mounted because it is inside /proc'],
    [
      [tmpfs('/a'), bind('/b', '/', 'nosuchoption')],
      'mounts: /1/options: "nosuchoption": bind mounts cannot have any filesystem-specific options applied',
    ],
    [[tmpfs('/a\0b')], 'mounts: /0/destination: "/a\\u0000b" has a NUL byte'],
    [[{ destination: '/p', type: 'proc' }], 'mounts: /0/type: a proc mount can\'t be added to a running container'],
    [
      [{ destination: '/s', type: 'sysfs' }, { destination: '' }],
      'mounts: /1/destination: "" is not a path',
    ],
    [[{ destination: '/dev', options: ['remount', 'rw'] }], 'mounts: /0/options: "remount" could not be taken back'],
    [[bind('/data', '/')], 'mounts: /0/destination: a mount at "/data" would cover what protects "/data/secret"'],
    [
      [{ destination: '/o', type: 'overlay', options: [long] }],
      'mounts: /0/options: "iversion" or an option of more than 255 bytes can\'t be used in a running container',
    ],
  ];
  for (const [mounts, message] of wrong) {
    const { status, stderr } = await changeMounts(container, 'add', mounts);
    expect({ status, told: stderr.replaceAll('\\"', '"').replaceAll('\\\\', '\\') })
      .toEqual({ status: 1, told: expect.stringContaining(message) as string });
  }
  expect(await refuseToAdd(container, [tmpfs('/mnt', 'nosuchoption')]))
    .toMatch(/^cannot mount "tmpfs" at "\/mnt": invalid argument: tmpfs: .* \(.*: fsconfig, \/0\)$/);
  expect(mountsOf(container.pid)).toEqual(before);
  const { status, stderr } = await changeMounts(container, 'add', [tmpfs('mnt/relative')]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/level=warning msg="mounts: \/0\/destination: .*is not an absolute path/);
  await add(container);
});

test('a container has to be there, to run, and to have mounts of its own', async () => {
  expect(await refusal(['mounts', 'add', 'nobody', '-'], { input: '[]' })).toBe('container does not exist: "nobody"');
  const ended = await startLive(undefined, 'true');
  const inherited = await startLive((spec) => {
    spec.mounts = [];
    spec.linux.maskedPaths = [];
    spec.linux.readonlyPaths = [];
    spec.linux.namespaces = [{ type: 'pid' }, { type: 'uts' }];
  });
  await expect.poll(() => stateOf(ended.bundle.id).then(({ status }) => status)).toBe('stopped');
  const own = "cannot change the container's mounts: it has no mount namespace of its own";
  expect(await refuseToAdd(inherited, [tmpfs('/mnt')])).toBe(own);
  expect(await refuseToRemove(inherited, '/mnt')).toBe(own);
  expect(await refuseToAdd(ended, [tmpfs('/mnt')])).toBe('container not running');
  expect(await refuseToRemove(ended, '/mnt')).toBe('container not running');
  expect(await refusal(['mounts', 'add', inherited.bundle.id, '/no/such/file']))
    .toBe('cannot read "/no/such/file": no such file or directory');
});

test('mounts knows two ways, and says so', async () => {
  const { status, stderr } = await runtime(['mounts', 'change', 'nobody', '-']);
  expect({ status, message: messageOf(stderr) }).toEqual({ status: 3, message: "No help topic for 'mounts change'" });
  const missing = await runtime(['mounts', 'add', 'nobody']);
  expect(missing).toMatchObject({ status: 1 });
  expect(missing.stderr).toContain('requires exactly 3 argument(s)');
});
