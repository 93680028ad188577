// A rootless container without a cgroup namespace of its own, in which the cgroups of its user are those of the host
// (class 8): they are not the container's to write to.

import { chownSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { probeHost } from '../../src/host/probe.ts';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { missing } from '../support/requires.ts';
import { runAs, type User, userBundle, useUser } from '../support/users.ts';

const needs = ['users'] as const;
const user = useUser(missing(['root', 'busybox', ...needs]).length === 0);

/** crun refuses hosts with v1 and v2: as root, before it becomes the user. */
const COVER = 'd=/sys/fs/cgroup/unified; if mountpoint -q $d; then mount -t tmpfs tmpfs $d; fi; exec "$@"';

let made = 0;

/** A cgroup of the host that belongs to the user, as those that systemd delegates do. */
function delegated({ uid, gid }: User, mountpoint: string): string {
  made += 1;
  const path = join(mountpoint, `nunc-attack-${process.pid}-${made}`);
  mkdirSync(path);
  for (const name of ['.', ...readdirSync(path)]) chownSync(join(path, name), uid, gid);
  onTestFinished(() => {
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of entries) rmdirSync(join(path, name));
    rmdirSync(path);
  });
  return path;
}

/** Runs a container that tries to make a cgroup in that of its user's. */
function making(change: (spec: BundleSpec) => void) {
  return async (target: Target): Promise<string[]> => {
    const hierarchy = probeHost().hierarchies.find(({ mountpoint }) => /pids|sys\/fs\/cgroup$/.test(mountpoint));
    if (hierarchy === undefined) throw new Error('there is no hierarchy to attack');
    const place = delegated(user(), hierarchy.mountpoint);
    const bundle = await userBundle(user(), `mkdir ${place}/made`, (spec) => {
      spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
      spec.root.readonly = false;
      change(spec);
    });
    const program = target.name === 'nunc' ? user().program : target.name;
    const prefix = target.name === 'crun' ? ['unshare', '--mount', 'sh', '-c', COVER, 'sh'] : [];
    await runAs(user(), [program, 'run', '--bundle', bundle.directory, bundle.id], { prefix });
    await runAs(user(), [program, 'delete', '--force', bundle.id], { prefix });
    return readdirSync(place).includes('made') ? ['makes a cgroup in that of its user on the host'] : [];
  };
}

function mountsAtSys(spec: BundleSpec, mounts: BundleSpec['mounts']): void {
  spec.mounts = [...spec.mounts.filter(({ destination }) => !destination.startsWith('/sys')), ...mounts];
}

const sys = {
  destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
};
const cgroup = {
  destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime'],
};

attackTests(8, { needs, attacks: {
  'by all of /sys, read-only': making((spec) => mountsAtSys(spec, [sys])),
  'by a mount of its cgroups, read-only': making((spec) => (
    mountsAtSys(spec, [sys, { ...cgroup, options: [...cgroup.options, 'ro'] }])
  )),
  'by a mount of its cgroups': making((spec) => mountsAtSys(spec, [sys, cgroup])),
} });
