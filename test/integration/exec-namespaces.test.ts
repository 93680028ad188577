// exec: a process that joins is in every namespace of the container's first one, and in its root, whatever the config.

import { chmodSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Namespace } from '../../src/config/types.ts';
import { bundleFor, proc } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { execAsk, execDetached, startHost } from '../support/exec.ts';
import { outputOf, stateOf, succeed, watchHost } from '../support/lifecycle.ts';
import { holdNamespaces } from '../support/namespaces.ts';
import { missing, requires } from '../support/requires.ts';
import { runProgram, runtime } from '../support/runtime.ts';
import { mapRanges, runtimeAs, userBundle,useUser } from '../support/users.ts';

const test = requires('root', 'cgroups', 'busybox');
const nuncTest = requires('root', 'cgroups', 'busybox', 'nunc');
const canUse = requires('root', 'busybox', 'users', 'nunc');
const user = useUser(missing(['root', 'busybox', 'users', 'nunc']).length === 0);

const KINDS = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];

const namespacesOf = (pid: number): string[] => KINDS.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));

type Type = Namespace['type'];

function without(spec: BundleSpec, ...types: readonly Type[]): void {
  spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(({ type }) => !types.includes(type));
}

function add(spec: BundleSpec, namespace: Namespace): void {
  without(spec, namespace.type);
  spec.linux.namespaces?.push(namespace);
}

function mapUsers(spec: BundleSpec): void {
  add(spec, { type: 'user' });
  for (const key of ['uidMappings', 'gidMappings'] as const) {
    spec.linux[key] = [
      { containerID: 0, hostID: 100_000, size: 1000 }, { containerID: 1000, hostID: 300_000, size: 10 },
    ];
  }
}

const cases: readonly { name: string; change: (spec: BundleSpec) => void | Promise<void>; onlyNunc?: boolean }[] = [
  { name: 'the usual namespaces', change: () => undefined },
  { name: 'a cgroup namespace', change: (spec) => add(spec, { type: 'cgroup' }) },
  { name: 'a user namespace with ranges', change: mapUsers },
  {
    name: 'a user namespace and all others',
    change: (spec) => {
      mapUsers(spec);
      add(spec, { type: 'cgroup' });
    },
  },
  { name: 'no pid namespace', change: (spec) => without(spec, 'pid') },
  {
    name: 'no namespace but that of mounts',
    change: (spec) => {
      without(spec, 'pid', 'network', 'ipc', 'uts');
      delete spec.hostname;
    },
  },
  {
    name: 'joined namespaces',
    change: async (spec) => {
      const pid = await holdNamespaces(['--net', '--ipc', '--uts']);
      for (const [type, file] of [['network', 'net'], ['ipc', 'ipc'], ['uts', 'uts']] as const) {
        add(spec, { type, path: `/proc/${pid}/ns/${file}` });
      }
    },
  },
  {
    name: 'a joined pid namespace',
    change: async (spec) => {
      add(spec, { type: 'pid', path: `/proc/${await holdNamespaces(['--pid', '--mount-proc'])}/ns/pid` });
    },
  },
  {
    name: 'a joined user namespace',
    onlyNunc: true,
    change: async (spec) => {
      const pid = await holdNamespaces(['--user', '--net', '--map-root-user']);
      add(spec, { type: 'user', path: `/proc/${pid}/ns/user` });
      add(spec, { type: 'network', path: `/proc/${pid}/ns/net` });
      for (const mount of spec.mounts) mount.options = (mount.options ?? []).filter((option) => option !== 'gid=5');
    },
  },
  {
    name: 'a time namespace',
    onlyNunc: true,
    change: (spec) => {
      add(spec, { type: 'time' });
      spec.linux.timeOffsets = { monotonic: { secs: 1000 }, boottime: { secs: 5000 } };
    },
  },
];

/** Own and the first one's ids and root as the container sees them. */
const LOOK = 'readlink /proc/$$/root; cat /proc/$$/uid_map /proc/$$/gid_map /proc/$$/setgroups; id -u; hostname';

async function startMapped(change: (spec: BundleSpec, bundle: Bundle) => void | Promise<void>): Promise<Bundle> {
  return startHost(async (spec, bundle) => {
    await change(spec, bundle);
    chmodSync(bundle.directory, 0o755);
    if (spec.linux.uidMappings !== undefined) await runProgram(['chown', '-Rh', '100000:100000', bundle.rootfs]);
  });
}

describe('exec joins', () => {
  for (const { name, change, onlyNunc } of cases) {
    (onlyNunc === true ? nuncTest : test)(name, async () => {
      const bundle = await startMapped(change);
      const watch = watchHost(bundle);
      const { pid: init } = await stateOf(bundle.id);
      const pid = await execDetached(bundle, ['sleep', '1000']);
      expect(namespacesOf(pid)).toEqual(namespacesOf(init));
      expect(proc(pid, 'mountinfo')).toBe(proc(init, 'mountinfo'));
      for (const file of ['uid_map', 'gid_map', 'setgroups', 'timens_offsets']) {
        expect(proc(pid, file), file).toBe(proc(init, file));
      }
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(readlinkSync(`/proc/${init}/cwd`));
      expect(await execAsk(bundle, LOOK)).toMatch(/^\/\n/);
      // Children too are in its pid namespace.
      expect(await execAsk(bundle, '(readlink /proc/self/ns/pid); readlink /proc/$$/ns/pid_for_children'))
        .toBe(Array(2).fill(readlinkSync(`/proc/${init}/ns/pid`)).join('\n'));
      process.kill(pid, 'SIGKILL');
      await watch.nothingLeft();
    });
  }

  test('as a user of a range that is not the first', async () => {
    const bundle = await startMapped(mapUsers);
    const pid = await execDetached(bundle, ['sleep', '1000'], { options: ['-u', '1003:1004', '-g', '5'] });
    const status = proc(pid, 'status');
    const ids = (key: string): string[] =>
      new RegExp(`^${key}:\\t(.*)$`, 'm').exec(status)?.[1]?.trim().split(/\s/) ?? [];
    expect([ids('Uid'), ids('Gid'), ids('Groups')]).toEqual([
      Array(4).fill('300003'), Array(4).fill('300004'), ['100005'],
    ]);
  });

  nuncTest('not as a user that has no id there: the reason is told', async () => {
    const bundle = await startMapped(mapUsers);
    const { status, stderr } = await runtime(['exec', '-u', '5000', bundle.id, 'id']);
    expect(status).toBe(255);
    expect(stderr).toMatch(/exec failed: .*5000/);
  });

  test('a container that was made without pivot_root, in its root', async () => {
    const bundle = await bundleFor('', (spec) => void (spec.process.args = ['sleep', '1000']));
    const args = ['run', '-d', '--no-pivot', '--bundle', bundle.directory, bundle.id];
    expect(await runtime(args, { output: outputOf(bundle) })).toMatchObject({ status: 0 });
    expect(await execAsk(bundle, 'ls -d /bin/busybox; ls /work 2>&1; true')).toMatch(/^\/bin\/busybox\n.*No such file/);
    await succeed(['delete', '--force', bundle.id]);
  });

  nuncTest('a container whose mount namespace is the host\'s, in its root', async () => {
    const bundle = await startHost((spec) => {
      without(spec, 'mount');
      spec.mounts = [];
      delete spec.linux.maskedPaths;
      delete spec.linux.readonlyPaths;
      spec.root.readonly = false;
    });
    const { pid } = await stateOf(bundle.id);
    expect(readlinkSync(`/proc/${pid}/root`)).toBe(bundle.rootfs);
    const joined = await execDetached(bundle, ['sleep', '1000']);
    expect(readlinkSync(`/proc/${joined}/root`)).toBe(bundle.rootfs);
    expect(namespacesOf(joined)).toEqual(namespacesOf(pid));
  });
});

describe('exec as an ordinary user', () => {
  for (const ranges of [false, true]) {
    canUse(`joins a container of its own, with ${ranges ? 'ranges of ids' : 'one id'}`, async () => {
      const bundle = await userBundle(user(), 'exec sleep 1000', (spec) => {
        if (ranges) mapRanges(user(), spec);
      });
      const file = join(bundle.directory, 'output');
      const run = ['run', '-d', '--pid-file', join(bundle.directory, 'pid'), '--bundle', bundle.directory, bundle.id];
      expect(await runtimeAs(user(), run, { output: file })).toMatchObject({ status: 0 });
      const init = Number(readFileSync(join(bundle.directory, 'pid'), 'utf8'));
      const script = `${KINDS.map((kind) => `readlink /proc/$$/ns/${kind}`).join('; ')}; id -u; exit 6`;
      const result = await runtimeAs(user(), ['exec', bundle.id, 'sh', '-c', script]);
      expect(result).toMatchObject({ status: 6, stderr: '' });
      expect(result.stdout.trimEnd().split('\n')).toEqual([...namespacesOf(init), '0']);
      if (!ranges) return;
      const other = await runtimeAs(user(), ['exec', '-u', '7:8', bundle.id, 'id', '-u']);
      expect(other).toMatchObject({ status: 0, stdout: '7\n' });
    });
  }
});
