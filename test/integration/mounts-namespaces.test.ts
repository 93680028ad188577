// mounts add and remove in user namespaces: who owns what is made, whose rights count, and what is locked.

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../support/lifecycle.ts';
import { add, bind, remove, startLive, tmpfs, useUserNamespace } from '../support/live-mounts.ts';
import { holdNamespaces, makeTree } from '../support/namespaces.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'cgroups', 'busybox', 'nunc');
const idMapped = requires('root', 'cgroups', 'busybox', 'idmapped-mounts', 'nunc');

test('the container\'s root owns what is made, and the runtime reaches the sources', async () => {
  const container = await startLive((spec, bundle) => {
    useUserNamespace(spec, bundle);
    symlinkSync('/run/stub', join(bundle.rootfs, 'link'));
  });
  const { bundle, source, at, mountsAt } = container;
  chmodSync(source, 0o700);
  const queue = { destination: '/mq', type: 'mqueue', source: 'mqueue' };
  await add(container, tmpfs('/a/tmpfs'), bind('/b', source, 'ro'), bind('/link', join(source, 'file')), queue);
  for (const path of ['/a', '/a/tmpfs', '/mq']) {
    expect(statSync(at(path))).toMatchObject({ uid: 100_000, gid: 100_000 });
  }
  expect(statSync(at('/mq')).dev).toBe(statSync(at('/dev/mqueue')).dev);
  expect(statSync(at('/run/stub'))).toMatchObject({ uid: 0 });
  expect(readFileSync(at('/b/file'), 'utf8')).toBe('content');
  expect(mountsAt('/b').map(({ options }) => options[0])).toEqual(['ro']);
  await remove(container, '/a/tmpfs', '/b', '/link', '/mq');
  for (const path of ['/a/tmpfs', '/b', '/run/stub', '/mq']) expect(mountsAt(path)).toEqual([]);
  expect(statSync(join(bundle.rootfs, 'run/stub'))).toMatchObject({ uid: 100_000, gid: 100_000 });
});

// mount_namespaces(7), "Restrictions on mount namespaces".
test('the container can not take an attribute of the host\'s away', async () => {
  const holder = await holdNamespaces(['--mount']);
  const script = 'until [ -e /mnt/below/file ]; do :; done; mount -o remount,bind,rw,exec /mnt; mkdir /tried; '
    + 'exec sleep 1000';
  const container = await startLive((spec, bundle) => {
    useUserNamespace(spec, bundle);
    const capabilities = ['CAP_SYS_ADMIN'];
    spec.process.capabilities = { bounding: capabilities, permitted: capabilities, effective: capabilities };
    makeTree(holder, join(bundle.directory, 'tree'), 'ro,noexec');
  }, script, { prefix: ['nsenter', `--mount=/proc/${holder}/ns/mnt`] });
  await add(container, bind('/mnt', 'tree', 'rbind'));
  await eventually(() => statSync(container.at('/tried'), { throwIfNoEntry: false }), (status) => status !== undefined);
  expect(container.mountsAt('/mnt').map(({ options }) => options)).toEqual([['ro', 'noexec', 'relatime']]);
  expect(container.mountsAt('/mnt/below').map(({ options }) => options)).toEqual([['ro', 'noexec', 'relatime']]);
  await remove(container, '/mnt');
  expect(container.mountsAt('/mnt')).toEqual([]);
});

idMapped('ids are mapped by the mount\'s own maps or by the container\'s, new or joined', async () => {
  const maps = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const plain = await startLive();
  const own = { uidMappings: maps, gidMappings: maps };
  await add(plain, { ...bind('/mapped', plain.source), ...own }, bind('/same', plain.source));
  expect(statSync(plain.at('/mapped/file'))).toMatchObject({ uid: 100_000, gid: 100_000 });
  expect(statSync(plain.at('/same/file'))).toMatchObject({ uid: 0, gid: 0 });
  const inside = await startLive(useUserNamespace);
  await add(inside, bind('/mapped', inside.source, 'idmap'));
  expect(statSync(inside.at('/mapped/file'))).toMatchObject({ uid: 100_000, gid: 100_000 });
  const joining = await startLive((spec, { directory, rootfs }) => {
    chmodSync(directory, 0o711);
    execFileSync('chown', ['-hR', '100000:100000', rootfs]);
    spec.linux.namespaces?.push({ type: 'user', path: `/proc/${inside.pid}/ns/user` });
  });
  await add(joining, bind('/mapped', joining.source, 'idmap'), tmpfs('/made'));
  expect(statSync(joining.at('/mapped/file'))).toMatchObject({ uid: 100_000, gid: 100_000 });
  expect(statSync(joining.at('/made'))).toMatchObject({ uid: 100_000, gid: 100_000 });
});

test('what is added to a shared mount stays in the container', async () => {
  const container = await startLive((spec) => {
    spec.linux.rootfsPropagation = 'shared';
  });
  await add(container, tmpfs('/mnt'), bind('/bound', container.source));
  expect(container.mountsAt('/mnt')).toHaveLength(1);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(container.bundle.id);
});
