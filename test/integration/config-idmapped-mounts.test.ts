// Id-mapped mounts: mounts[].uidMappings and gidMappings, the options idmap and ridmap, crun's `idmap=…`. Asked is who
// owns a file, seen from inside through the mount, and who owns what is made there, seen on the host's file system.

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { watchHost } from '../support/lifecycle.ts';
import { holdNamespaces, inMountNamespace } from '../support/namespaces.ts';
import { requires } from '../support/requires.ts';
import { runtimeName } from '../support/runtime.ts';

// runc has id-mapped mounts since 1.2; the tests that crun 1.8.1 passes too are those without 'nunc'.
const test = requires('root', 'busybox', 'idmapped-mounts');
const ours = requires('root', 'busybox', 'idmapped-mounts', 'nunc');
const tmpfs = requires('root', 'busybox', 'idmapped-tmpfs', 'nunc');

const MAP = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const OTHER = [{ containerID: 0, hostID: 200_000, size: 1000 }];

function makeSource({ directory }: Bundle): string {
  const source = join(directory, 'source');
  mkdirSync(source);
  for (const [name, uid, gid] of [['root', 0, 0], ['user', 5, 6], ['beyond', 70_000, 70_000]] as const) {
    writeFileSync(join(source, name), '');
    chownSync(join(source, name), uid, gid);
  }
  chmodSync(source, 0o777);
  return source;
}

function useUserNamespace(spec: BundleSpec, { directory, rootfs }: Bundle, map = MAP): void {
  chmodSync(directory, 0o711);
  const root = map[0]?.hostID ?? 0;
  execFileSync('chown', ['-hR', `${root}:${root}`, rootfs]);
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = map;
  spec.linux.gidMappings = map;
}

const OWNERS = "stat -c '%n %u:%g' root user beyond";

test('a mount with maps of its own shows the owners that they give', async () => {
  const answer = await ask(`cd /mnt; ${OWNERS}; grep -c idmapped /proc/self/mountinfo`, (spec, bundle) => {
    const source = makeSource(bundle);
    spec.mounts.push({ destination: '/mnt', source, options: ['bind'], uidMappings: MAP, gidMappings: MAP });
  });
  expect(answer.split('\n')).toEqual(['root 100000:100000', 'user 100005:100006', 'beyond 65534:65534', '1']);
});

test('in a user namespace the mount\'s maps undo those of the container', async () => {
  const bundle = await bundleFor(`cd /mnt; ${OWNERS}; touch new; stat -c %u:%g new`, (spec, made) => {
    const source = makeSource(made);
    useUserNamespace(spec, made);
    spec.process.user = { uid: 7, gid: 8 };
    spec.mounts.push({ destination: '/mnt', source, options: ['bind'], uidMappings: MAP, gidMappings: MAP });
  });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout.trim().split('\n')).toEqual(['root 0:0', 'user 5:6', 'beyond 65534:65534', '7:8']);
  expect(statSync(join(bundle.directory, 'source/new'))).toMatchObject({ uid: 7, gid: 8 });
});

test('without maps of its own, idmap takes those of the container', async () => {
  const answer = await ask(`cd /mnt; ${OWNERS}`, (spec, bundle) => {
    const source = makeSource(bundle);
    useUserNamespace(spec, bundle);
    spec.mounts.push({ destination: '/mnt', source, options: ['bind', 'idmap'] });
  });
  expect(answer.split('\n')).toEqual(['root 0:0', 'user 5:6', 'beyond 65534:65534']);
});

ours('without maps of its own, idmap takes the user namespace that is joined', async () => {
  const holder = await holdNamespaces(['--user']);
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${holder}/${map}`, '0 300000 1000');
  const answer = await ask(`cd /mnt; ${OWNERS}`, (spec, bundle) => {
    const source = makeSource(bundle);
    chmodSync(bundle.directory, 0o711);
    execFileSync('chown', ['-hR', '300000:300000', bundle.rootfs]);
    spec.linux.namespaces?.push({ type: 'user', path: `/proc/${holder}/ns/user` });
    spec.mounts.push({ destination: '/mnt', source, options: ['bind', 'idmap'] });
  });
  expect(answer.split('\n')).toEqual(['root 0:0', 'user 5:6', 'beyond 65534:65534']);
});

ours('maps that are not the container\'s show other owners; a mount without maps its own', async () => {
  const answer = await ask(`cd /mnt; ${OWNERS}; stat -c '%n %u:%g' /plain/root`, (spec, bundle) => {
    const source = makeSource(bundle);
    useUserNamespace(spec, bundle);
    const shifted = [{ containerID: 0, hostID: 100_100, size: 10 }];
    spec.mounts.push(
      { destination: '/mnt', source, options: ['bind'], uidMappings: shifted, gidMappings: MAP },
      { destination: '/plain', source, options: ['bind'] },
    );
  });
  expect(answer.split('\n')).toEqual(['root 100:0', 'user 105:6', 'beyond 65534:65534', '/plain/root 65534:65534']);
});

// Older versions of crun take the first number of a range for the container's id, crun(1) says the second.
ours('crun\'s idmap=… gives maps as an option, with @ in the container\'s ids', async () => {
  const answer = await ask(`cd /mnt; ${OWNERS}; cd /relative; ${OWNERS}`, (spec, bundle) => {
    const source = makeSource(bundle);
    useUserNamespace(spec, bundle);
    spec.mounts.push(
      { destination: '/mnt', source, options: ['bind', 'idmap=uids=0-100020-1#5-100030-1;gids=0-100000-10'] },
      { destination: '/relative', source, options: ['bind', 'idmap=uids=@0-40-10;gids=@0-0-10'] },
    );
  });
  expect(answer.split('\n')).toEqual([
    'root 20:0', 'user 30:6', 'beyond 65534:65534', 'root 40:0', 'user 45:6', 'beyond 65534:65534',
  ]);
});

// [options, owner of the mount itself, owner of what is mounted below it]
const RECURSION = [
  ['rbind', '0:0', '0:0'],
  ['rbind idmap', '200000:200000', '0:0'],
  ['rbind ridmap', '200000:200000', '200000:200000'],
  ['rbind idmap ridmap', '200000:200000', '200000:200000'],
] as const;

const recursion = requires('root', 'busybox', 'idmapped-tmpfs', 'nunc');

recursion('idmap is for the mount itself, ridmap for the tree', async () => {
  const script = RECURSION.map((_, i) => `stat -c %u:%g /mnt/${i} /mnt/${i}/below`).join(';');
  const bundle = await bundleFor(script, (spec) => {
    for (const [i, [options]] of RECURSION.entries()) {
      const maps = options.includes('idmap') ? { uidMappings: OTHER, gidMappings: OTHER } : {};
      spec.mounts.push({ destination: `/mnt/${i}`, source: 'tree', options: options.split(' '), ...maps });
    }
  });
  const pid = await holdNamespaces(['--mount']);
  inMountNamespace(pid, `cd ${bundle.directory}; mkdir tree; mount -t tmpfs tmpfs tree; mkdir tree/below
    mount -t tmpfs tmpfs tree/below`);
  const { stdout } = await runBundle(bundle, { prefix: ['nsenter', `--mount=/proc/${pid}/ns/mnt`] });
  const seen = stdout.trim().split('\n');
  expect(RECURSION.map(([options], i) => [options, seen[2 * i], seen[2 * i + 1]])).toEqual(RECURSION);
});

ours('attributes are as asked for on an id-mapped mount', async () => {
  const answer = await ask('grep " /mnt" /proc/self/mountinfo | cut -d" " -f6', (spec, bundle) => {
    const source = makeSource(bundle);
    spec.mounts.push(
      { destination: '/mnt', source, options: ['bind', 'ro', 'nosuid'], uidMappings: MAP, gidMappings: MAP },
      { destination: '/mnt2', source, options: ['rbind', 'rnoexec', 'ridmap'], uidMappings: MAP, gidMappings: MAP },
    );
  });
  const seen = answer.split('\n').map((options) => options.split(',').sort().join(','));
  expect(seen).toEqual(['idmapped,nosuid,relatime,ro', 'idmapped,noexec,relatime,rw']);
});

tmpfs('a new file system can have its ids mapped', async () => {
  const script = "stat -c '%u:%g %a' /mnt; touch /mnt/new && stat -c %u:%g /mnt/new";
  const map = [{ containerID: 1000, hostID: 0, size: 10 }];
  const answer = await ask(script, (spec) => {
    const options = ['uid=1000', 'gid=1000', 'mode=750'];
    const mount = { destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options };
    spec.mounts.push({ ...mount, uidMappings: map, gidMappings: map });
  });
  expect(answer).toBe('0:0 750\n0:0');
  const inside = await ask(script, (spec, bundle) => {
    useUserNamespace(spec, bundle);
    spec.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options: ['idmap'] });
  });
  expect(inside).toBe('0:0 755\n0:0');
});

ours('what can\'t be id-mapped is refused, in words and without a trace', async () => {
  const bundle = await bundleFor('true', (spec) => {
    spec.mounts.push({ destination: '/mnt', source: '/proc', options: ['bind'], uidMappings: MAP, gidMappings: MAP });
  });
  const watch = watchHost(bundle);
  const { status, stderr } = await runBundle(bundle);
  expect(status).toBe(1);
  expect(stderr).toMatch(/cannot mount \\"\/proc\\" at \\"\/mnt\\": invalid argument: its file system does not support id-mapped mounts \(operation \d+ of \d+: mount_setattr, \/mounts\/7\)/);
  await watch.nothingLeft();
  expect(await refusal((spec) => {
    spec.mounts.push({ destination: '/mnt', source: '/tmp', options: ['bind', 'idmap'] });
  })).toBe('config.json: /mounts/7/options/1: "idmap" requires uidMappings and gidMappings, or a user namespace');
});

test('containers with id-mapped mounts leave nothing behind', async () => {
  const bundle = await bundleFor('true', (spec, made) => {
    const source = makeSource(made);
    spec.mounts.push({ destination: '/mnt', source, options: ['bind'], uidMappings: MAP, gidMappings: MAP });
  });
  const watch = watchHost(bundle);
  expect((await runBundle(bundle)).status).toBe(0);
  if (runtimeName === 'nunc') await watch.nothingLeft();
});
