// The mounts of config.json, in their order. Everything is done by descriptor: a source is cloned into a detached tree
// or a file system is made detached, gets its attributes there, and is attached once, complete. Nothing is remounted.

import type { Mount } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { mountCgroup } from './cgroup-mounts.ts';
import type { CreateDraft } from './create-draft.ts';
import { call, close, EMPTY, newSlot, tell } from './draft.ts';
import { makeFileSystem, mountByPath, needsMountByPath, remount } from './file-systems.ts';
import { type MountOptions, parseMountOptions } from './mount-options.ts';
import {
  attach, cloneTree, NO_CHANGE, openTarget, recloneTree, setAttributes, setRecursiveAndPropagation,
} from './mount-steps.ts';
import { pathInRoot } from './paths.ts';
import { inheritedPropagation } from './pivot-root.ts';

/** A bind mount's source as an absolute path of the host: relative ones are relative to the bundle. */
export function bindSource(mount: Mount, bundle: string): string {
  const source = mount.source ?? '';
  return source.startsWith('/') ? source : `${bundle}/${source}`;
}

/** Plans every entry of mounts[]; the rootfs must be open in `draft.root`. */
export function planMounts(draft: CreateDraft): void {
  const mounts = draft.input.spec.mounts ?? [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const options = draft.mountOptions[i] as MountOptions;
    tell(draft, `/mounts/${i}`, describeMount(mount));
    if (options.remount) remount(draft, mount, options);
    else if (options.bind) bind(draft, i, options);
    else if (mount.type === 'cgroup' || mount.type === 'cgroup2') mountCgroup(draft, mount, options);
    else mountFileSystem(draft, mount, options);
  }
}

function describeMount(mount: Mount): string {
  const what = mount.source ?? mount.type ?? 'none';
  return `mount ${JSON.stringify(what)} at ${JSON.stringify(`/${pathInRoot(mount.destination)}`)}`;
}

/** The options of every mount, parsed once. */
export function parseAllMountOptions(mounts: readonly Mount[]): MountOptions[] {
  const parsed: MountOptions[] = [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    parsed.push(parseMountOptions(mount.options ?? [], mount.type));
  }
  return parsed;
}

/**
 * Clones the sources of all bind mounts while the process still has the runtime's privileges: a user namespace might
 * not reach them by path, nor clone a part of a tree whose mounts it only inherited (they are locked together).
 */
export function cloneSources(draft: CreateDraft): void {
  const mounts = draft.input.spec.mounts ?? [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const options = draft.mountOptions[i] as MountOptions;
    if (!options.bind || options.remount) continue;
    tell(draft, `/mounts/${i}`, describeMount(mount));
    const result = newSlot(draft);
    cloneTree(draft, bindSource(mount, draft.input.bundle), { recursive: options.recursive, result });
    // What the container's copy of the host's mounts gets for being in another namespace, these get one by one.
    setAttributes(draft, { slot: result }, {
      change: NO_CHANGE,
      recursive: true,
      propagation: inheritedPropagation(draft),
    });
    draft.clonedSources.set(i, result);
  }
}

function bind(draft: CreateDraft, index: number, options: MountOptions): void {
  const mount = draft.input.spec.mounts?.[index] as Mount;
  const source = bindSource(mount, draft.input.bundle);
  const early = draft.clonedSources.get(index);
  if (early === undefined) cloneTree(draft, source, { recursive: options.recursive, result: draft.tree });
  else recloneTree(draft, source, { recursive: options.recursive, result: draft.tree, early });
  setAttributes(draft, { slot: draft.tree }, { change: options.attributes });
  setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
  openTarget(draft, mount.destination, draft.input.facts.sources[source] === 'file' ? 'file' : 'directory');
  attach(draft, draft.tree);
}

function mountFileSystem(draft: CreateDraft, mount: Mount, options: MountOptions): void {
  openTarget(draft, mount.destination, 'directory');
  if (needsMountByPath(options)) {
    mountByPath(draft, mount, options);
    setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
    close(draft, { slot: draft.tree });
    return;
  }
  const takesMode = mount.type === 'tmpfs' && !options.data.some((option) => option.startsWith('mode='));
  if (takesMode) {
    call(draft, 'statx', [{ slot: draft.target }, EMPTY, L.AT_EMPTY_PATH, L.STATX_MODE, { memory: draft.statx }]);
  }
  makeFileSystem(draft, mount, options);
  if (takesMode) takeMode(draft);
  setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
  attach(draft, draft.tree);
}

/** As with runc, a tmpfs without a mode of its own takes that of the directory which it covers. */
function takeMode(draft: CreateDraft): void {
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  call(draft, 'fchmodat', [{ slot: draft.tree }, { text: '.' }, mode]);
}
