// What of a container is not CRIU's to save and to make again: what comes from the host. At a checkpoint it gets keys,
// at a restore something stands for each key. The keys are runc's.

import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { PlacedCgroup } from '../cgroup/driver.ts';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Mount, Namespace, Spec } from '../config/types.ts';
import { ConfigError, NuncError, reasonOf } from '../error.ts';
import type { MountOptions } from '../plan/mount-options.ts';
import { bindSource } from '../plan/mounts.ts';

/** Mounts of the host's in the container. */
export interface ExternalMount {
  /** In the container. */
  readonly destination: string;
  /** On the host. */
  readonly source: string;
}

interface Mounted {
  readonly spec: Spec;
  readonly mountOptions: readonly MountOptions[];
  readonly bundle: string;
  /** The container's own. */
  readonly cgroups: readonly PlacedCgroup[];
}

const DEFAULT_DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);

/** Bind mounts; devices, which are bind mounts where they can't be made; and the cgroups that are shown. Masks are
 * not among them: what lies over a file is the container's own /dev/null, which CRIU makes again with its /dev. */
export function externalMounts({ spec, mountOptions, bundle, cgroups }: Mounted): ExternalMount[] {
  const found = new Map<string, string>();
  const { mounts = [], linux: { devices = [] } = {} } = spec;
  mounts.forEach((mount, i) => {
    const { bind = false, remount = false } = mountOptions[i] ?? {};
    if (remount) return;
    if (bind) found.set(mount.destination, bindSource(mount, bundle));
    else if (isCgroupMount(mount)) addHierarchies(found, mount, { spec, cgroups });
  });
  for (const path of [...DEFAULT_DEVICES, ...devices.map((device) => device.path)]) {
    if (!found.has(path)) found.set(path, path);
  }
  return [...found].map(([destination, source]) => ({ destination, source }));
}

/** Version 1 without a cgroup namespace: each is a part of what the host has mounted (plan/cgroup-mounts.ts). With a
 * namespace, and with version 2, CRIU sees whole file systems. */
function addHierarchies(
  found: Map<string, string>,
  mount: Mount,
  { spec, cgroups }: Pick<Mounted, 'spec' | 'cgroups'>,
): void {
  if (namespaceSource(spec, 'cgroup') !== 'inherited' || mount.type === 'cgroup2') return;
  for (const { version, mountpoint, path } of cgroups) {
    if (version === 1) found.set(`${mount.destination}/${basename(mountpoint)}`, path);
  }
}

/** As many as the kernel follows, path_resolution(7). */
const MOST_LINKS = 40;

/** Follows a path as a process would whose root directory is `root`; what does not exist is taken as it is.
 *
 * @returns the path on the host, and the one inside */
export function resolveInside(root: string, path: string): { readonly path: string; readonly inside: string } {
  const pending = path.split('/').reverse();
  let inside: string[] = [];
  for (let links = 0; pending.length > 0;) {
    const name = pending.pop() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      inside.pop();
      continue;
    }
    const here = `${root}/${[...inside, name].join('/')}`;
    if (lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      inside.push(name);
      continue;
    }
    if (++links > MOST_LINKS) throw new NuncError('syscall', `cannot follow ${JSON.stringify(path)}: too many links`);
    const target = readlinkSync(here);
    if (target.startsWith('/')) inside = [];
    pending.push(...target.split('/').reverse());
  }
  const joined = inside.join('/');
  return { path: `${root}/${joined}`, inside: `/${joined}` };
}

/** Namespaces that CRIU can be told are somebody else's, and what runc calls them towards it. */
const EXTERNAL: Readonly<Record<string, { readonly name: string; readonly key: string }>> = {
  network: { name: 'net', key: 'extRootNetNS' },
  pid: { name: 'pid', key: 'extRootPidNS' },
};

/** CRIU's names of those that it can join at a restore. */
const JOINED: Readonly<Record<string, string>> = { ipc: 'ipc', uts: 'uts', user: 'user', time: 'time' };

function joinedNamespaces({ linux }: Spec): { readonly type: Namespace['type']; readonly path: string }[] {
  const joined: { type: Namespace['type']; path: string }[] = [];
  for (const { type, path } of linux?.namespaces ?? []) if (path) joined.push({ type, path });
  return joined;
}

/** For a checkpoint: `external` for the namespaces that the container has joined. */
export function externalNamespaces(spec: Spec): string[] {
  const external: string[] = [];
  for (const { type, path } of joinedNamespaces(spec)) {
    const known = EXTERNAL[type];
    if (known !== undefined) external.push(`${known.name}[${inodeOf(path)}]:${known.key}`);
  }
  return external;
}

function inodeOf(path: string): number {
  try {
    return statSync(path).ino;
  } catch (cause) {
    throw new NuncError('state', `cannot look at the namespace ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}

export interface RestoredNamespaces {
  /** To be opened and inherited by CRIU. */
  readonly inherited: readonly { readonly path: string; readonly key: string }[];
  readonly joinNs: readonly { readonly type: string; readonly path: string }[];
}

/** For a restore. @throws ConfigError for a namespace that CRIU can't join */
export function restoredNamespaces(spec: Spec): RestoredNamespaces {
  const inherited: { path: string; key: string }[] = [];
  const joinNs: { type: string; path: string }[] = [];
  for (const { type, path } of joinedNamespaces(spec)) {
    const known = EXTERNAL[type];
    const joined = JOINED[type];
    if (known !== undefined) inherited.push({ path, key: known.key });
    else if (joined !== undefined) joinNs.push({ type: joined, path });
    else {
      const text = `CRIU can't restore into an existing ${type} namespace`;
      throw new ConfigError([{ pointer: '/linux/namespaces', text }]);
    }
  }
  return { inherited, joinNs };
}

/** Whether a network namespace is the container's own, which CRIU leaves empty: its devices come from elsewhere. */
export function hasOwnNetwork(spec: Spec): boolean {
  return namespaceSource(spec, 'network') === 'new';
}

const DEFAULT_CONFIG_FILE = '/etc/criu/runc.conf';

/** What CRIU reads besides its options: what the annotation org.criu.config says, nothing when that is empty. */
export function criuConfigFile(annotations: Readonly<Record<string, string>> = {}): { configFile?: string } {
  const configFile = annotations['org.criu.config'] ?? DEFAULT_CONFIG_FILE;
  return configFile === '' ? {} : { configFile };
}

function isCgroupMount({ type }: Mount): boolean {
  return type === 'cgroup' || type === 'cgroup2';
}
