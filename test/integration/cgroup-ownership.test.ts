// Cgroups that are handed to the container's user, config-linux.md "Cgroup ownership": whose is what, and what can be
// done with it. On a pure v2 host: scripts/test-vm.sh test/integration/cgroup-ownership.test.ts

import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { ask, bundleFor, runBundle } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { createBundle } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

const v2 = requires('root', 'busybox', 'cgroup-v2', 'nunc');
const v1 = requires('root', 'busybox', 'cgroup-v1', 'nunc');

const FIRST = 100_000;

/** A cgroup namespace, and a mount of what is in it with these options. */
function mountCgroup(spec: BundleSpec, ...options: string[]): void {
  const others = (spec.linux.namespaces ?? []).filter(({ type }) => type !== 'cgroup');
  spec.linux.namespaces = [...others, { type: 'cgroup' }];
  spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/sys/fs/cgroup');
  spec.mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options });
}

function mapUser(spec: BundleSpec): void {
  spec.linux.namespaces = [...(spec.linux.namespaces ?? []), { type: 'user' }];
  spec.linux.uidMappings = [{ containerID: 0, hostID: FIRST, size: 65536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: FIRST, size: 65536 }];
}

function directoriesOf({ spec }: Bundle): string[] {
  return probeHost().hierarchies.map(({ mountpoint }) => `${mountpoint}${spec.linux.cgroupsPath ?? ''}`);
}

/** Names of what is not root's in a cgroup, '.' for the directory, with its owner. */
function foreign(directory: string): Map<string, number> {
  const owners = ['.', '..', ...readdirSync(directory)].map((name) =>
    [name, lstatSync(join(directory, name)).uid] as const);
  return new Map(owners.filter(([, uid]) => uid !== 0));
}

async function foreignOf(change: (spec: BundleSpec) => void): Promise<Map<string, number>> {
  const bundle = await bundleFor('true', change);
  await createBundle(bundle);
  return foreign(directoriesOf(bundle)[0] ?? '');
}

v2('a cgroup whose mount is writable belongs to the container\'s user, with the files that are delegated', async () => {
  const listed = readFileSync('/sys/kernel/cgroup/delegate', 'utf8').trim().split('\n');
  for (const [uid, mapped, owner] of [[0, true, FIRST], [1000, true, FIRST + 1000], [1000, false, 1000]] as const) {
    const found = await foreignOf((spec) => {
      mountCgroup(spec, 'rw');
      spec.process.user = { uid, gid: 0 };
      if (mapped) mapUser(spec);
    });
    expect(new Set(found.values())).toEqual(new Set([owner]));
    const names = [...found.keys()];
    expect(names).toEqual(expect.arrayContaining(['.', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']));
    expect(['.', ...listed]).toEqual(expect.arrayContaining(names));
  }
});

v2('a cgroup stays root\'s without a writable mount or a cgroup namespace', async () => {
  const readonly = await foreignOf((spec) => {
    mountCgroup(spec, 'ro');
    mapUser(spec);
  });
  expect(readonly).toEqual(new Map());
  const shared = await foreignOf((spec) => {
    mountCgroup(spec, 'rw');
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
    mapUser(spec);
  });
  expect(shared).toEqual(new Map());
});

v1('a cgroup of v1, and of v2 beside it, stays root\'s', async () => {
  const bundle = await bundleFor('true', (spec) => {
    mountCgroup(spec, 'rw');
    mapUser(spec);
  });
  await createBundle(bundle);
  for (const directory of directoriesOf(bundle)) expect(foreign(directory)).toEqual(new Map());
});

// What a service manager does in a container.
const MANAGE = `set -e; cd /sys/fs/cgroup
mkdir init; echo 0 >init/cgroup.procs; cat /proc/self/cgroup
echo "+pids" >cgroup.subtree_control; mkdir service; echo 3 >service/pids.max; cat service/pids.max
sleep 1000 & echo $! >service/cgroup.procs; cat service/pids.current
kill -9 $!; wait $! || true; rmdir service
for file in pids.max memory.max cgroup.freeze; do if (echo 10 >$file) 2>/dev/null; then echo "wrote to $file"; fi; done
mkdir left`;

v2('root of a user namespace makes cgroups in its own and limits them, and can not change its own limits', async () => {
  const said = await ask(MANAGE, (spec) => {
    mountCgroup(spec, 'rw');
    mapUser(spec);
    spec.linux.resources = { ...spec.linux.resources, pids: { limit: 100 } };
  });
  expect(said.split('\n')).toEqual(['0::/init', '3', '1']);
});

v2('what the container has made goes with it', async () => {
  const bundle = await bundleFor('mkdir -p /sys/fs/cgroup/a/b/c', (spec) => {
    mountCgroup(spec, 'rw');
    mapUser(spec);
  });
  expect(await runBundle(bundle)).toMatchObject({ status: 0 });
  for (const directory of directoriesOf(bundle)) expect(existsSync(directory)).toBe(false);
});
