// What containers have left inside a sandbox, which would vanish with it: looked for before it is stopped.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { probeHost } from '../../../src/host/probe.ts';
import { eventually } from '../../support/lifecycle.ts';
import type { Sandbox } from './sandbox.ts';

/** Everything below the cgroup of the daemon's containers. */
function cgroups(parent: string): string[] {
  return probeHost().hierarchies.flatMap(({ mountpoint }) => {
    const directory = mountpoint + parent;
    if (!existsSync(directory)) return [];
    const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => `${entry.parentPath}/${entry.name}`);
  });
}

/** Mounts of root file systems and namespaces; /run/netns itself becomes one with the CRI plugin, for ever. */
function mounts({ mountinfo, places }: Sandbox): string[] {
  const points = mountinfo().trimEnd().split('\n').map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${places.directory}/`) || /^\/run\/(?!netns$)/.test(point));
}

/** The runtime's state: a directory for each container in one for each of containerd's namespaces. The second place is
 * the shim's default. */
function states({ paths, root }: Sandbox): string[] {
  return [paths.runtimeRoot, `${root}/run/containerd/runc`].flatMap((directory) => {
    if (!existsSync(directory)) return [];
    return readdirSync(directory).flatMap((namespace) => (
      readdirSync(join(directory, namespace)).map((name) => join(directory, namespace, name))
    ));
  });
}

/** All but the daemon itself and programs that tests run in there. */
function processes(sandbox: Sandbox): string[] {
  const left = sandbox.processes().filter(({ args: [program = ''] }) => program !== 'containerd' && program !== '');
  return left.map(({ pid, args }) => `${pid} ${args.join(' ')}`);
}

/** What there is now, by kind. */
export function leftovers(sandbox: Sandbox): string[] {
  return [
    ...cgroups(sandbox.places.cgroupParent).map((path) => `cgroup ${path}`),
    ...mounts(sandbox).map((path) => `mount ${path}`),
    ...states(sandbox).map((path) => `state ${path}`),
    ...processes(sandbox).map((text) => `process ${text}`),
  ];
}

/** Waits until containers that were deleted have left nothing. @throws Error that lists what stays */
export async function nothingLeftInside(sandbox: Sandbox): Promise<void> {
  try {
    await eventually(() => leftovers(sandbox), (left) => left.length === 0, 20_000);
  } catch (cause) {
    throw new Error(`left in the sandbox:\n${leftovers(sandbox).join('\n')}`, { cause });
  }
}
