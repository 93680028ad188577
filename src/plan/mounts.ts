// The mounts of config.json, in their order. Everything is done by descriptor: a source is cloned into a detached tree
// or a file system is made detached, gets its attributes there, and is attached once, complete. Nothing is remounted.

import type { Mount } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { mountCgroup } from './cgroup-mounts.ts';
import { copyLink } from './copied-links.ts';
import type { CreateDraft } from './create-draft.ts';
import { branch, call, close, EMPTY, jump, mark, newLabel, newSlot, set, tell } from './draft.ts';
import { makeFileSystem, mountByPath, needsMountByPath, remount } from './file-systems.ts';
import { mapIds, mapsEarly } from './id-mapped-mounts.ts';
import type { MountOptions } from './mount-options.ts';
import {
  attach, cloneTree, NO_CHANGE, READONLY, recloneTree, setAttributes, setRecursiveAndPropagation, withoutClearing,
} from './mount-steps.ts';
import { openOrdinaryDirectory, openTarget, openTargetItself, requireProcfs } from './mount-targets.ts';
import type { Slot } from './operation.ts';
import { pathInRoot } from './paths.ts';
import { inheritedPropagation } from './pivot-root.ts';
import { keepForProtection } from './protected-paths.ts';
import { planRequest } from './request.ts';
import { clonesInStageZero, isConfined } from './rights.ts';

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
    const options = draft.input.mountOptions[i] as MountOptions;
    draft.mounting = i;
    tell(draft, `/mounts/${i}`, describeMount(mount));
    if (options.remount) remount(draft, mount, options);
    else if (options.bind) bind(draft, i, options);
    else if (mount.type === 'cgroup' || mount.type === 'cgroup2') mountCgroup(draft, mount, options);
    else mountFileSystem(draft, i, options);
  }
}

/** What a mount does, to follow "cannot". */
export function describeMount(mount: Mount): string {
  const what = mount.source ?? mount.type ?? 'none';
  return `mount ${JSON.stringify(what)} at ${JSON.stringify(`/${pathInRoot(mount.destination)}`)}`;
}

/**
 * Makes what can't be made in a user namespace while the process still has the runtime's privileges: clones of the
 * sources of all bind mounts (the namespace might not reach them by path, nor clone a part of a tree whose mounts it
 * only inherited: they are locked together), and whatever has its ids mapped.
 */
export function makeEarlyMounts(draft: CreateDraft): void {
  const mounts = draft.input.spec.mounts ?? [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const options = draft.input.mountOptions[i] as MountOptions;
    if (options.remount || (!options.bind && !mapsEarly(draft, i)) || copiedLink(draft, mount, options) !== undefined) {
      continue;
    }
    tell(draft, `/mounts/${i}`, describeMount(mount));
    const result = newSlot(draft);
    if (options.bind) {
      cloneTree(draft, bindSource(mount, draft.input.bundle), {
        recursive: options.recursive, nofollow: options.sourceNofollow, result,
      });
      cutOffTree(draft, result);
    } else {
      makeFileSystem(draft, mount, options);
      set(draft, result, { slot: draft.tree });
    }
    mapIds(draft, result, i);
    draft.earlyMounts.set(i, result);
  }
}

/** What the container's copy of the host's mounts gets for being in another namespace, clones get one by one. */
function cutOffTree(draft: CreateDraft, tree: Slot): void {
  const propagation = inheritedPropagation(draft);
  setAttributes(draft, { slot: tree }, { change: NO_CHANGE, recursive: true, propagation });
}

/** Clones sources once more in a mount namespace of the container's user namespace, see recloneTree(). */
export function recloneEarlyMounts(draft: CreateDraft): void {
  const mounts = draft.input.spec.mounts ?? [];
  for (const [index, early] of draft.earlyMounts) {
    const mount = mounts[index] as Mount;
    const { bind: binds, recursive, sourceNofollow: nofollow } = draft.input.mountOptions[index] as MountOptions;
    if (!binds || mapsEarly(draft, index)) continue;
    tell(draft, `/mounts/${index}`, describeMount(mount));
    recloneTree(draft, bindSource(mount, draft.input.bundle), { recursive, nofollow, result: early, early });
    cutOffTree(draft, early);
  }
}

/** Makes the file systems that have not been made: for where paths lead elsewhere, or to nothing, later. */
export function makeEarlyFileSystems(draft: CreateDraft): void {
  const mounts = draft.input.spec.mounts ?? [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const options = draft.input.mountOptions[i] as MountOptions;
    if (options.bind || options.remount || draft.earlyMounts.has(i)) continue;
    tell(draft, `/mounts/${i}`, describeMount(mount));
    makeFileSystem(draft, mount, options);
    const result = newSlot(draft);
    set(draft, result, { slot: draft.tree });
    mapIds(draft, result, i);
    draft.earlyMounts.set(i, result);
  }
}

/** What a source that is a symbolic link holds, where it is not to be followed but copied. */
function copiedLink(draft: CreateDraft, mount: Mount, options: MountOptions): string | undefined {
  if (!options.copySymlink || !options.bind) return undefined;
  return draft.input.facts.links[bindSource(mount, draft.input.bundle)];
}

function bind(draft: CreateDraft, index: number, options: MountOptions): void {
  const mount = draft.input.spec.mounts?.[index] as Mount;
  const link = copiedLink(draft, mount, options);
  if (link !== undefined) {
    copyLink(draft, mount, link);
    return;
  }
  const source = bindSource(mount, draft.input.bundle);
  takeSource(draft, source, { index, options });
  const isProc = pathInRoot(mount.destination) === 'proc';
  if (isProc) requireProcfs(draft, mount.destination);
  setAttributes(draft, { slot: draft.tree }, { change: options.attributes });
  if (isReadonlySys(draft, source, options)) {
    setAttributes(draft, { slot: draft.tree }, { change: READONLY, recursive: true });
  }
  setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
  const kind = sourceKind(draft, source, options);
  if (options.destinationNofollow) openTargetItself(draft, mount.destination);
  else if (isProc) openOrdinaryDirectory(draft, mount.destination, 'proc');
  else openTarget(draft, mount.destination, kind);
  attach(draft, draft.tree, {
    reasons: kind === 'file' ? FILE_ON_DIRECTORY : undefined,
    keep: keepForProtection(draft, mount.destination),
  });
}

// docker looks for these words, to say what may be wrong.
const FILE_ON_DIRECTORY = [{ errno: errno.EINVAL, text: 'not a directory' }];

function sourceKind({ input: { facts } }: CreateDraft, source: string, options: MountOptions): 'file' | 'directory' {
  if (options.sourceNofollow && facts.links[source] !== undefined) return 'file';
  return facts.sources[source] === 'file' ? 'file' : 'directory';
}

/** Leaves the bind mount's detached tree in `draft.tree`. */
function takeSource(draft: CreateDraft, source: string, from: { index: number; options: MountOptions }): void {
  const { index, options: { recursive, sourceNofollow: nofollow } } = from;
  const early = draft.earlyMounts.get(index);
  const isFinal = draft.input.live === true || mapsEarly(draft, index) || !clonesInStageZero(draft);
  if (early === undefined) {
    cloneTree(draft, source, { recursive, nofollow, result: draft.tree });
    mapIds(draft, draft.tree, index);
  } else if (isFinal) set(draft, draft.tree, { slot: early });
  else recloneTree(draft, source, { recursive, nofollow, result: draft.tree, early });
}

/** In a user namespace `ro` reaches what is mounted below /sys too: cgroups there can be the runtime's user's, and so
 * the container's to write to (CVE-2023-25809). */
function isReadonlySys(draft: CreateDraft, source: string, { recursive, attributes }: MountOptions): boolean {
  const isSys = source === '/sys' || source.startsWith('/sys/');
  return recursive && isSys && (attributes.set & L.MOUNT_ATTR_RDONLY) !== 0 && isConfined(draft.input);
}

function mountFileSystem(draft: CreateDraft, index: number, options: MountOptions): void {
  const mount = draft.input.spec.mounts?.[index] as Mount;
  const { type = '', destination } = mount;
  const missing = takesModeOfTarget(type, options) ? newSlot(draft) : undefined;
  if (type === 'proc' || type === 'sysfs') openOrdinaryDirectory(draft, destination, type);
  else if (options.destinationNofollow) openTargetItself(draft, destination);
  else openTarget(draft, destination, 'directory', missing);
  if (type === 'sysfs' && isConfined(draft.input) && !needsMountByPath(options)) {
    mountSysfs(draft, mount, options);
    return;
  }
  if (needsMountByPath(options)) {
    mountByPath(draft, mount, options);
    setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
    close(draft, { slot: draft.tree });
    return;
  }
  if (missing !== undefined) {
    call(draft, 'statx', [{ slot: draft.target }, EMPTY, L.AT_EMPTY_PATH, L.STATX_MODE, { memory: draft.statx }]);
  }
  takeFileSystem(draft, index, options);
  if (missing !== undefined) takeMode(draft, index, missing);
  if (options.copyUp) planRequest(draft, 'copy-up', { value: index, descriptors: [draft.tree, draft.target] });
  setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
  attach(draft, draft.tree, { keep: keepForProtection(draft, destination) });
}

function takesModeOfTarget(type: string, options: MountOptions): boolean {
  if (type !== 'tmpfs' || needsMountByPath(options)) return false;
  return !options.data.some((option) => option.startsWith('mode='));
}

/** Leaves the detached mount in `draft.tree`. */
function takeFileSystem(draft: CreateDraft, index: number, options: MountOptions): void {
  const early: Slot | undefined = draft.earlyMounts.get(index);
  if (early !== undefined) {
    set(draft, draft.tree, { slot: early });
    return;
  }
  makeFileSystem(draft, draft.input.spec.mounts?.[index] as Mount, options);
  mapIds(draft, draft.tree, index);
}

/** As with runc, a tmpfs without a mode of its own takes that of the directory which it covers, if there was one: else
 * it is everybody's. One whose ids are mapped to ids that the container has not is out of reach for it. */
function takeMode(draft: CreateDraft, index: number, missing: Slot): void {
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  const options = mapsEarly(draft, index) ? { tolerate: [errno.EPERM] } : undefined;
  const taken = newLabel(draft, 'taken');
  branch(draft, { slot: missing }, { test: 'equal', operand: 1, to: taken });
  call(draft, 'fchmodat', [{ slot: draft.tree }, { text: '.' }, mode], options);
  mark(draft, taken);
}

/** A new sysfs is given only to root of the network namespace's user namespace, and where nothing covers parts of the
 * host's (mount_namespaces(7)). Otherwise it is the host's, as with crun, with the options for all that is mounted
 * below it. */
function mountSysfs(draft: CreateDraft, mount: Mount, options: MountOptions): void {
  const [denied, made] = [newLabel(draft, 'denied'), newLabel(draft, 'made')];
  makeFileSystem(draft, mount, { ...options, denied });
  jump(draft, made);
  mark(draft, denied);
  cloneTree(draft, '/sys', { recursive: true, result: draft.tree });
  setAttributes(draft, { slot: draft.tree }, { change: withoutClearing(options.attributes), recursive: true });
  mark(draft, made);
  setRecursiveAndPropagation(draft, { slot: draft.tree }, options);
  attach(draft, draft.tree, { keep: keepForProtection(draft, mount.destination) });
}
