import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Spec } from '../../../src/config/types.ts';
import { criuConfigFile, externalMounts, resolveInside, restoredNamespaces } from '../../../src/container/external.ts';
import { parseAllMountOptions } from '../../../src/plan/mount-options.ts';

function root(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-root-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('resolveInside() follows links as the container would', () => {
  const rootfs = root();
  mkdirSync(join(rootfs, 'run/inner'), { recursive: true });
  mkdirSync(join(rootfs, 'var'));
  symlinkSync('/run', join(rootfs, 'var/run'));
  symlinkSync('../../../../run', join(rootfs, 'up'));
  expect(resolveInside(rootfs, '/var/run/inner/x')).toEqual({ path: `${rootfs}/run/inner/x`, inside: '/run/inner/x' });
  expect(resolveInside(rootfs, '/up/inner').inside).toBe('/run/inner');
  expect(resolveInside(rootfs, '/../../etc').inside).toBe('/etc');
});

test('resolveInside() ends with links that go round', () => {
  const rootfs = root();
  symlinkSync('b', join(rootfs, 'a'));
  symlinkSync('a', join(rootfs, 'b'));
  expect(() => resolveInside(rootfs, '/a')).toThrow('too many links');
});

const cgroups = [
  { version: 1, controllers: ['cpu'], mountpoint: '/sys/fs/cgroup/cpu', path: '/sys/fs/cgroup/cpu/x' },
  { version: 2, controllers: [], mountpoint: '/sys/fs/cgroup/unified', path: '/sys/fs/cgroup/unified/x' },
] as const;

function keysOf(spec: Spec): Record<string, string> {
  const mountOptions = parseAllMountOptions(spec.mounts ?? []);
  const mounts = externalMounts({ spec, mountOptions, bundle: '/bundle', cgroups });
  return Object.fromEntries(mounts.map(({ destination, source }) => [destination, source]));
}

test('externalMounts() are bind mounts, devices, and cgroups that are seen in part', () => {
  const spec: Spec = {
    ociVersion: '1.0.2',
    mounts: [
      { destination: '/data', source: 'data', options: ['rbind'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/dev/null', source: '/dev/zero', options: ['bind'] },
      { destination: '/data', options: ['remount', 'bind', 'ro'] },
      { destination: '/cg', type: 'cgroup' },
    ],
    linux: { devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229 }] },
  };
  const keys = keysOf(spec);
  expect(keys).toMatchObject({
    '/data': '/bundle/data', '/dev/null': '/dev/zero', '/dev/full': '/dev/full', '/dev/fuse': '/dev/fuse',
    '/cg/cpu': '/sys/fs/cgroup/cpu/x',
  });
  expect(keys).not.toHaveProperty('/tmp');
  expect(keysOf({ ...spec, linux: { namespaces: [{ type: 'cgroup' }] } })).not.toHaveProperty('/cg/cpu');
});

test('restoredNamespaces() refuses those that CRIU cannot join', () => {
  const spec: Spec = { ociVersion: '1.0.2', linux: { namespaces: [{ type: 'mount', path: '/ns/mnt' }] } };
  expect(() => restoredNamespaces(spec)).toThrow("CRIU can't restore into an existing mount namespace");
});

test('criuConfigFile() follows the annotation org.criu.config', () => {
  expect(criuConfigFile({})).toEqual({ configFile: '/etc/criu/runc.conf' });
  expect(criuConfigFile({ 'org.criu.config': '/x' })).toEqual({ configFile: '/x' });
  expect(criuConfigFile({ 'org.criu.config': '' })).toEqual({});
});
