// Why a mount can't be made, or the rootfs can't be used.

import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { namespaceSource } from '../../config/rules/namespaces.ts';
import type { IdMapping, Mount, Spec } from '../../config/types.ts';
import type { NuncError } from '../../error.ts';
import { bindSource } from '../../plan/mounts.ts';
import { describeMode, EXECUTE, identityOf, mayUse } from './access.ts';
import type { Scene } from './scene.ts';

export function hintForMount(error: NuncError, scene: Scene): string | undefined {
  const { origin = '' } = error;
  const index = /^\/mounts\/(\d+)$/.exec(origin)?.[1];
  const mount = index === undefined ? undefined : scene.spec.mounts?.[Number(index)];
  if (mount !== undefined) return hintForOne(error, mount, scene);
  if (origin !== '/root/path' || error.errno?.name !== 'EACCES') return undefined;
  return closedParent(scene.rootfs, scene.spec);
}

function hintForOne(error: NuncError, mount: Mount, scene: Scene): string | undefined {
  const { operation, errno } = error;
  const { spec, bundle } = scene;
  const makes = operation?.kind === 'fsopen';
  switch (errno?.name) {
    case 'ENODEV':
      return makes ? describeUnknownType(mount) : undefined;
    case 'ENOENT':
      return operation?.kind === 'open_tree' ? describeMissing(bindSource(mount, bundle)) : describeLayers(mount);
    case 'EACCES':
      return operation?.kind === 'open_tree' ? closedParent(bindSource(mount, bundle), spec) : undefined;
    case 'EROFS':
      return `there is no ${JSON.stringify(mount.destination)} to mount on, and nothing can be made there`;
    case 'EPERM':
      return describeDenied(mount, spec);
    case 'EINVAL':
      return operation?.kind === 'move_mount' ? describeKinds(mount, scene) : describeUnmapped(mount, spec);
    case 'ENOTDIR':
    case 'EISDIR':
      return describeKinds(mount, scene);
    case 'ENOSPC':
      return describeCount();
    default:
      return undefined;
  }
}

/** An overlay's directories. */
function describeLayers({ type, options = [] }: Mount): string | undefined {
  if (type !== 'overlay') return undefined;
  for (const option of options) {
    const [, name = '', value = ''] = /^(lowerdir|upperdir|workdir)=(.*)$/.exec(option) ?? [];
    const missing = value.split(':').find((directory) => directory.startsWith('/') && !existsSync(directory));
    if (missing !== undefined) return `there is no ${JSON.stringify(missing)} on the host (${name})`;
  }
  return undefined;
}

function describeUnknownType({ type = '' }: Mount): string {
  let known = '';
  try {
    known = readFileSync('/proc/filesystems', 'latin1');
  } catch {
    // Then it is not known to have it.
  }
  const name = JSON.stringify(type);
  if (new RegExp(`\\t${type.replace(/[^\w.-]/g, '.')}$`, 'm').test(known)) return `the kernel has ${name}, but not here`;
  return type === 'none' || type === '' ? 'a bind mount has the option "bind" or "rbind"'
    : `this kernel has no file system ${name} (/proc/filesystems), or its module is not loaded`;
}

function describeMissing(source: string): string {
  let parent = dirname(source);
  while (parent !== '/' && !existsSync(parent)) parent = dirname(parent);
  const here = dirname(source) === parent ? '' : `: ${JSON.stringify(parent)} is all there is of it`;
  if (here === '' && lstatSync(source, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    return `on the host ${JSON.stringify(source)} is a symbolic link that leads nowhere`;
  }
  return `there is no ${JSON.stringify(source)} on the host${here}`;
}

/** The first directory above a path of the host that root of the container's user namespace may not pass. */
function closedParent(path: string, spec: Spec): string | undefined {
  if (namespaceSource(spec, 'user') !== 'new') return undefined;
  const root = identityOf(spec, { uid: 0, gids: [0] });
  if (root === undefined) return undefined;
  const parts = path.split('/').slice(1);
  for (let i = 0; i <= parts.length; i++) {
    const directory = `/${parts.slice(0, i).join('/')}`;
    const status = statSync(directory, { throwIfNoEntry: false });
    if (!status?.isDirectory()) return undefined;
    if (mayUse(root, status, EXECUTE)) continue;
    const place = `${JSON.stringify(directory)} ${describeMode(status)}`;
    return `${place} lacks x for the container's root, uid ${root.uid} on the host`;
  }
  return undefined;
}

function describeDenied({ type, destination }: Mount, spec: Spec): string | undefined {
  if (type === 'proc') {
    return namespaceSource(spec, 'pid') === 'new'
      ? 'a new procfs is given only where nothing covers parts of the one that nunc sees, as in a container it does'
      : 'a procfs of its own takes a pid namespace of its own (/linux/namespaces)';
  }
  if (type === 'sysfs') return 'a sysfs of its own takes a network namespace of its own (/linux/namespaces)';
  if (type === 'mqueue') return 'an mqueue of its own takes an ipc namespace of its own (/linux/namespaces)';
  if (namespaceSource(spec, 'user') !== 'new' || type === undefined || type === 'bind') return undefined;
  return `few file systems can be mounted in a user namespace: ${JSON.stringify(destination)} could be a bind mount`;
}

/** Ids in a mount's options are the container's. */
function describeUnmapped({ options = [] }: Mount, spec: Spec): string | undefined {
  if (namespaceSource(spec, 'user') !== 'new') return undefined;
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  for (const option of options) {
    const [, kind = '', id = ''] = /^([ug]id)=(\d+)$/.exec(option) ?? [];
    if (kind === '' || isMapped(Number(id), kind === 'uid' ? uidMappings : gidMappings)) continue;
    return `${option} is not among the ids of the container (/linux/${kind}Mappings)`;
  }
  return undefined;
}

function isMapped(id: number, mappings: readonly IdMapping[]): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}

function describeKinds(mount: Mount, { bundle }: Scene): string | undefined {
  const source = statSync(bindSource(mount, bundle), { throwIfNoEntry: false });
  if (mount.source === undefined || source === undefined) return undefined;
  const [kind, other] = source.isDirectory() ? ['directory', 'file'] : ['file', 'directory'];
  return `a ${kind} can be mounted on a ${kind} only, and there is a ${other} on the way to or at the destination`;
}

function describeCount(): string | undefined {
  const limit = readFileSync('/proc/sys/fs/mount-max', 'latin1').trim();
  return `a mount namespace has at most ${limit} mounts (the sysctl fs.mount-max)`;
}
