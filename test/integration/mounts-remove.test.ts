// mounts remove: what is taken away from a container that runs, and what the container can't have taken away.

import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../support/lifecycle.ts';
import { add, bind, mountsOf, refuseToRemove, remove, startLive, tmpfs } from '../support/live-mounts.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');

test('the uppermost mount goes, in use or not, one of config.json too', async () => {
  const container = await startLive((spec) => {
    spec.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs' });
  }, 'cd /mnt; exec sleep 1000');
  const { source, mountsAt } = container;
  await add(container, bind('/mnt', source), tmpfs('/mnt'));
  expect(mountsAt('/mnt')).toHaveLength(3);
  await remove(container, '/mnt', '/mnt');
  expect(mountsAt('/mnt').map(({ type }) => type)).toEqual(['tmpfs']);
  await remove(container, 'mnt/../mnt/');
  expect(mountsAt('/mnt')).toEqual([]);
  expect(await refuseToRemove(container, '/mnt'))
    .toMatch(/^cannot unmount "\/mnt": not mounted \(operation \d+ of \d+: fail, \/0\/destination\)$/);
  expect(await refuseToRemove(container, '/no/such')).toMatch(/^cannot unmount "\/no\/such": no such file or directory \(/);
  expect(await refuseToRemove(container, '/x/..')).toBe('mounts: /0/destination: "/x/.." is the container\'s root');
  expect(await refuseToRemove(container, '')).toBe('mounts: /0/destination: "" is not a path');
});

test('what is below goes with it, and can be named as well in any order', async () => {
  const container = await startLive();
  const before = mountsOf(container.pid);
  await add(container, tmpfs('/one'), tmpfs('/one/below'), tmpfs('/two'), tmpfs('/two/below'));
  await remove(container, '/one', '/two', '/two/below');
  expect(mountsOf(container.pid)).toEqual(before);
});

test('nothing goes unless everything is there', async () => {
  const container = await startLive();
  await add(container, tmpfs('/one'), tmpfs('/two'));
  expect(await refuseToRemove(container, '/one', '/etc', '/two')).toMatch(/^cannot unmount "\/etc": not mounted \(/);
  expect([...container.mountsAt('/one'), ...container.mountsAt('/two')]).toHaveLength(2);
  await remove(container, '/one', '/two');
  expect([...container.mountsAt('/one'), ...container.mountsAt('/two')]).toEqual([]);
});

test('a link of the container does not lead to what masks a path or was there before', async () => {
  const container = await startLive((spec, { rootfs }) => {
    for (const name of ['mask', 'readonly', 'tmpfs', 'real']) mkdirSync(join(rootfs, name));
    for (const name of ['mask', 'tmpfs']) symlinkSync(name, join(rootfs, `to-${name}`));
    symlinkSync('real', join(rootfs, 'to-real'));
    spec.linux.maskedPaths = ['/mask'];
    spec.linux.readonlyPaths = ['/readonly'];
    spec.mounts.push({ destination: '/tmpfs', type: 'tmpfs', source: 'tmpfs' });
  });
  const before = mountsOf(container.pid);
  for (const name of ['/to-mask', '/to-tmpfs']) {
    expect(await refuseToRemove(container, name)).toMatch(/goes through a symbolic link to a mount that was not added/);
  }
  expect(await refuseToRemove(container, '/mask')).toMatch(/: it is what config.json asks for at \/linux\/maskedPaths\/0$/);
  expect(await refuseToRemove(container, '/readonly')).toMatch(/asks for at \/linux\/readonlyPaths\/0$/);
  await add(container, tmpfs('/other'));
  expect(await refuseToRemove(container, '/other', '/mask')).toMatch(/asks for at \/linux\/maskedPaths\/0 \(/);
  await remove(container, '/other');
  expect(mountsOf(container.pid)).toEqual(before);
  // What was added itself goes, through a link or from above a mask.
  await add(container, tmpfs('/to-real'), tmpfs('/mask'));
  await remove(container, '/to-real', '/mask');
  expect(mountsOf(container.pid)).toEqual(before);
  expect(await refuseToRemove(container, '/mask')).toMatch(/asks for at/);
});

test('a directory that the container has renamed does not lead to another mount', async () => {
  const container = await startLive((spec, { rootfs }) => {
    mkdirSync(join(rootfs, 'masked/volume'), { recursive: true });
    spec.linux.maskedPaths = ['/masked/volume'];
  }, 'until [ -e /data/volume/file ]; do :; done; mv /data /old; mv /masked /data; mkdir /moved; exec sleep 1000');
  await add(container, bind('/data/volume', container.source));
  await eventually(() => existsSync(container.at('/moved')), (moved) => moved);
  expect(container.mountsAt('/data/volume').map(({ type }) => type)).toEqual(['tmpfs']);
  expect(await refuseToRemove(container, '/data/volume')).toMatch(/: it is another mount than the one that was added/);
  await remove(container, '/old/volume');
  expect(container.mountsAt('/old/volume')).toEqual([]);
  expect(container.mountsAt('/data/volume')).toHaveLength(1);
});

test('what lies on a symbolic link goes, and what is one', async () => {
  const container = await startLive((_, { directory, rootfs }) => {
    symlinkSync('nowhere', join(directory, 'link'));
    for (const name of ['one', 'two']) symlinkSync('/etc', join(rootfs, name));
  });
  const { bundle: { directory }, source, mountsAt } = container;
  await add(
    container, bind('/one', join(directory, 'link'), 'src-nofollow', 'dest-nofollow'),
    bind('/two', join(source, 'file'), 'dest-nofollow'),
  );
  expect([...mountsAt('/one'), ...mountsAt('/two')]).toHaveLength(2);
  await remove(container, '/one', '/two');
  expect([...mountsAt('/one'), ...mountsAt('/two')]).toEqual([]);
});
