// Where hooks find the container's file system: before pivot_root, in a user namespace, without a mount namespace; and
// where hooks come from when the bundle has changed.

import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { bundleFor, runBundle } from '../support/ask.ts';
import { type Bundle, type BundleSpec, writeConfig } from '../support/bundle.ts';
import { type Hook, namesOf, openLog, recordAll, recordOf, script } from '../support/hooks.ts';
import { createBundle, succeed, watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');

describe('hooks before pivot_root', () => {
  const seen = 'cat /mnt/file; grep -c . /hook-mounted/file';

  /** Looks at the container's mounts by the rootfs' path and mounts something there. */
  function mountingHook({ directory, rootfs }: Bundle): Hook {
    return script(`set -e; test -d ${rootfs}/proc/1
      echo content >${rootfs}/mnt/file
      mkdir -p ${rootfs}/hook-mounted ${directory}/source; echo line >${directory}/source/file
      mount --bind ${directory}/source ${rootfs}/hook-mounted`);
  }

  type Propagation = NonNullable<BundleSpec['linux']['rootfsPropagation']>;
  const variants: readonly { name: string; options?: readonly string[]; propagation?: Propagation }[] = [
    { name: 'by default' },
    { name: 'with --no-pivot', options: ['--no-pivot'] },
    { name: 'with rootfsPropagation shared', propagation: 'shared' },
    { name: 'with rootfsPropagation rprivate', propagation: 'rprivate' },
  ];
  for (const { name, options = [], propagation } of variants) {
    test(`find the container's mounts at the rootfs' path, and mount there: createContainer, ${name}`, async () => {
      const bundle = await bundleFor(seen, (spec, made) => {
        spec.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs' });
        if (propagation !== undefined) spec.linux.rootfsPropagation = propagation;
        spec.hooks = { createContainer: [mountingHook(made)] };
      });
      const watch = watchHost(bundle);
      expect(await runBundle(bundle, { options })).toMatchObject({ status: 0, stdout: 'content\n1\n', stderr: '' });
      await watch.nothingLeft();
    });
  }

  test('find them from the runtime\'s namespaces by joining the mount namespace', async () => {
    const bundle = await bundleFor(seen, (spec, made) => {
      spec.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs' });
      const { args = [] } = mountingHook(made);
      writeFileSync(join(made.directory, 'mount.sh'), args[2] ?? '');
      const pid = 'pid=$(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/")';
      spec.hooks = {
        createRuntime: [script(`${pid}; nsenter --mount=/proc/$pid/ns/mnt sh ${made.directory}/mount.sh`)],
      };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'content\n1\n', stderr: '' });
  });

  test('can set up the network namespace, as docker\'s do', async () => {
    const bundle = await bundleFor('cat /proc/sys/net/ipv4/ip_default_ttl', (spec) => {
      const pid = 'pid=$(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/")';
      const write = 'echo 77 >/proc/sys/net/ipv4/ip_default_ttl';
      spec.hooks = { prestart: [script(`${pid}; nsenter --net=/proc/$pid/ns/net sh -c "${write}"`)] };
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: '77\n' });
  });

  nuncTest('see the host\'s tree where the container has no mount namespace of its own', async () => {
    const bundle = await bundleFor('echo ran', (spec, made) => {
      openLog(made);
      recordAll(spec, made, ['createContainer']);
      spec.mounts = [];
      delete spec.hostname;
      spec.linux.namespaces = [{ type: 'pid' }];
      delete spec.linux.maskedPaths;
      delete spec.linux.readonlyPaths;
    });
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'ran\n' });
    const { seesHost, namespaces } = recordOf(bundle, 'createContainer');
    expect({ seesHost, mnt: namespaces['mnt'] }).toEqual({ seesHost: true, mnt: readlinkSync('/proc/self/ns/mnt') });
  });
});

describe('in a user namespace', () => {
  nuncTest('hooks in the container are its root, or its user', async () => {
    const bundle = await bundleFor('id -u; cat /hook', (spec, made) => {
      openLog(made);
      recordAll(spec, made, ['createContainer', 'startContainer', 'poststop']);
      const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      spec.linux.namespaces?.push({ type: 'user' });
      Object.assign(spec.linux, { uidMappings: mappings, gidMappings: mappings });
      spec.process.user = { uid: 1000, gid: 1000 };
      spec.process.args = ['id', '-u'];
      // Its directory is root's alone: the hook can't be given the rootfs at its path, and runs all the same.
      spec.hooks = { ...spec.hooks, createContainer: [script('test "$(id -u)" = 0 && test -e /etc/passwd')] };
    });
    const watch = watchHost(bundle);
    expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: '1000\n', stderr: '' });
    expect(recordOf(bundle, 'startContainer')).toMatchObject({ user: '1000 1000', seesHost: false });
    expect(recordOf(bundle, 'startContainer').namespaces['user']).not.toBe(readlinkSync('/proc/self/ns/user'));
    expect(recordOf(bundle, 'poststop')).toMatchObject({ user: '0 0', seesHost: true });
    await watch.nothingLeft();
  });
});

describe('the hooks of start and delete', () => {
  nuncTest('are those that the config had at create, and need no bundle', async () => {
    const bundle = await bundleFor('sleep 1000', (spec, made) => {
      openLog(made);
      recordAll(spec, made, ['startContainer', 'poststart', 'poststop']);
    });
    const log = join(bundle.directory, 'hook-log');
    await createBundle(bundle);
    const { hooks } = bundle.spec;
    bundle.spec.hooks = { startContainer: [{ path: '/no/such/hook' }], poststop: [{ path: '/no/such/hook' }] };
    writeConfig(bundle);
    await succeed(['start', bundle.id]);
    expect(namesOf(bundle)).toEqual(['startContainer', 'poststart']);
    bundle.spec.hooks = hooks ?? {};
    for (const name of ['config.json', 'rootfs']) rmSync(join(bundle.directory, name), { recursive: true });
    await succeed(['delete', '--force', bundle.id]);
    expect(readFileSync(log, 'utf8')).toContain('poststop');
  });

  nuncTest('start in "/" when the bundle is gone', async () => {
    const bundle = await bundleFor('true', (spec) => {
      spec.hooks = { poststop: [script('test "$(pwd)" = / || { echo in $(pwd) >&2; exit 1; }')] };
    });
    await createBundle(bundle);
    rmSync(bundle.directory, { recursive: true });
    expect(await runtime(['delete', '--force', bundle.id])).toMatchObject({ status: 0, stderr: '' });
  });
});
