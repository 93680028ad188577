// Propagation of mounts between host and container, for real: the host is a mount namespace of the test's own, in which
// everything is shared, as it is on hosts with systemd.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bundleFor, proc, runBundle, startedPid } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { type MountEntry, readMountinfo } from '../support/inside.ts';
import { holdNamespaces, inMountNamespace, makeTree } from '../support/namespaces.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'busybox', 'nunc');

interface Host {
  /** A process in the host's mount namespace. */
  readonly holder: number;
  readonly prefix: readonly string[];
  readonly bundle: Bundle;
}

/** A host with all mounts shared, and a bundle that binds <bundle>/tree of it at /mnt. */
async function sharedHost(options: readonly string[], change?: (spec: BundleSpec) => void): Promise<Host> {
  const bundle = await bundleFor('', (spec) => {
    spec.mounts.push({ destination: '/mnt', source: 'tree', options: [...options] });
    change?.(spec);
  }, { args: ['sleep', '1000'] });
  const holder = await holdNamespaces(['--mount']);
  inMountNamespace(holder, 'mount --make-rshared /');
  makeTree(holder, join(bundle.directory, 'tree'), 'rw');
  return { holder, bundle, prefix: ['nsenter', `--mount=/proc/${holder}/ns/mnt`] };
}

function mountsOf(pid: number): MountEntry[] {
  return readMountinfo(proc(pid, 'mountinfo'));
}

function propagationOf(pid: number, point: string): string {
  return mountsOf(pid).find((entry) => entry.point === point)?.propagation.join(' ') ?? 'no such mount';
}

// [options, of the mount itself, of the one below it]. Sources have a peer on the host, and are slaves of it by then.
const TYPES: readonly (readonly [options: string, top: string, below: string])[] = [
  ['rbind', 'master', 'master'],
  ['rbind private', '', 'master'],
  ['rbind rprivate', '', ''],
  ['rbind slave', 'master', 'master'],
  ['rbind rslave', 'master', 'master'],
  ['rbind shared', 'shared master', 'master'],
  ['rbind rshared', 'shared master', 'shared master'],
  ['rbind unbindable', 'unbindable', 'master'],
  ['rbind runbindable', 'unbindable', 'unbindable'],
  ['rbind rprivate shared', 'shared', ''],
];

for (const [options, top, below] of TYPES) {
  test(`the options ${options} set the propagation type`, async () => {
    const { bundle, prefix } = await sharedHost(options.split(' '));
    const pid = await startedPid(bundle, { prefix });
    expect({ top: propagationOf(pid, '/mnt'), below: propagationOf(pid, '/mnt/below') }).toEqual({ top, below });
  });
}

// [options, the host's mounts arrive in the container, the container's arrive on the host]
type Direction = readonly [options: string, rootfsPropagation: string | undefined, inward: boolean, outward: boolean];

const DIRECTIONS: readonly Direction[] = [
  ['rbind rprivate', undefined, false, false],
  ['rbind rslave', undefined, true, false],
  ['rbind slave', 'slave', true, false],
  ['rbind', undefined, true, false],
  ['rbind rshared', 'shared', true, true],
  ['rbind rshared', 'rshared', true, true],
  ['rbind rprivate', 'shared', false, false],
  ['rbind rslave', 'private', false, false],
];

for (const [options, rootfsPropagation, inward, outward] of DIRECTIONS) {
  const place = rootfsPropagation === undefined ? '' : ` in a rootfs that is ${rootfsPropagation}`;
  const words = `${inward ? 'lets' : 'does not let'} mounts in and ${outward ? 'lets' : 'does not let'} them out`;
  test(`${options}${place} ${words}`, async () => {
    const { bundle, holder, prefix } = await sharedHost(options.split(' '), (spec) => {
      if (rootfsPropagation !== undefined) spec.linux.rootfsPropagation = rootfsPropagation as 'shared';
    });
    const pid = await startedPid(bundle, { prefix });
    const tree = join(bundle.directory, 'tree');
    inMountNamespace(holder, `mkdir ${tree}/from-host && mount -t tmpfs new ${tree}/from-host`);
    expect(mountsOf(pid).some(({ point }) => point === '/mnt/from-host')).toBe(inward);
    inMountNamespace(pid, 'mkdir /mnt/from-container && mount -t tmpfs new /mnt/from-container');
    expect(mountsOf(holder).some(({ point }) => point === `${tree}/from-container`)).toBe(outward);
  });
}

test('a directory that is no mount of its own lets mounts out too', async () => {
  const { bundle, holder, prefix } = await sharedHost(['rbind'], (spec) => {
    spec.linux.rootfsPropagation = 'shared';
    spec.mounts.push({ destination: '/plain', source: 'plain', options: ['rbind', 'rshared'] });
  });
  mkdirSync(join(bundle.directory, 'plain/place'), { recursive: true });
  const pid = await startedPid(bundle, { prefix });
  inMountNamespace(pid, 'mount -t tmpfs new /plain/place');
  const outside = join(bundle.directory, 'plain/place');
  expect(mountsOf(holder).map(({ point }) => point)).toContain(outside);
  inMountNamespace(holder, `umount ${outside}`);
  expect(mountsOf(pid).map(({ point }) => point)).not.toContain('/plain/place');
});

for (const propagation of ['private', 'slave', 'shared', 'unbindable', 'rprivate', 'rslave', 'rshared'] as const) {
  for (const user of [false, true]) {
    const where = user ? ', in a user namespace,' : '';
    test(`a rootfs that is ${propagation}${where} leaves the host's mounts alone`, async () => {
      const { bundle, holder, prefix } = await sharedHost(['rbind', 'rslave'], (spec) => {
        spec.linux.rootfsPropagation = propagation;
        if (!user) return;
        spec.linux.namespaces?.push({ type: 'user' });
        spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
      });
      // A rootfs that is a mount of its own, as that of an engine is.
      inMountNamespace(holder, `mount --bind ${bundle.rootfs} ${bundle.rootfs}`);
      const before = proc(holder, 'mountinfo');
      const pid = await startedPid(bundle, { prefix });
      expect(proc(holder, 'mountinfo')).toBe(before);
      const wanted = propagation.replace(/^r(?=p|sh|sl)/, '');
      const shown = propagationOf(pid, '/');
      expect(shown).toBe({ private: '', slave: 'master', shared: 'shared', unbindable: 'unbindable' }[wanted]);
      // What was copied into a user namespace's mount namespace is locked to what it is mounted on: that goes whole.
      inMountNamespace(pid, 'mount -t tmpfs inside /tmp; umount /mnt/below 2>/dev/null || umount -l /mnt');
      expect(proc(holder, 'mountinfo')).toBe(before);
      process.kill(pid, 'SIGKILL');
      expect(await runBundle(bundle, { prefix, command: ['delete', '--force'] })).toMatchObject({ status: 0 });
      expect(proc(holder, 'mountinfo')).toBe(before);
    });
  }
}

test('without a propagation of its own the rootfs is a slave of the host', async () => {
  const { bundle, prefix } = await sharedHost(['rbind']);
  const pid = await startedPid(bundle, { prefix });
  expect(propagationOf(pid, '/')).toBe('master');
});
