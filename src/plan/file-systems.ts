// New file systems: fsopen(2) to a detached mount, and mount(2) for what the new calls can't express.

import type { Mount } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { call, close, EMPTY, newSlot } from './draft.ts';
import { configureLabel, isLabelOption, labelDirectory, mountLabelFor } from './labels.ts';
import type { MountOptions } from './mount-options.ts';
import { setAttributes } from './mount-steps.ts';
import type { Label, Value } from './operation.ts';
import { openInRoot, pathInRoot } from './paths.ts';

/** The longest string that fsconfig(2) takes, its NUL included. */
const FSCONFIG_STRING_MAX = 256;

type FileSystemOptions = MountOptions & {
  /** Where the plan goes on when such a mount is not permitted. */
  readonly denied?: Label;
};

/** fsopen(2) to fsmount(2): leaves a detached mount in `draft.tree`. */
export function makeFileSystem(draft: CreateDraft, mount: Mount, options: FileSystemOptions): void {
  const on = options.denied === undefined ? {} : { on: [{ errno: errno.EPERM, to: options.denied }] };
  const isLater = (options.attributes.set & L.MOUNT_ATTR_RDONLY) !== 0 && isReadonlyLater(mount);
  const attributes = isLater ? options.attributes.set & ~L.MOUNT_ATTR_RDONLY : options.attributes.set;
  const context: Value = { slot: draft.context };
  call(draft, 'fsopen', [{ text: mount.type ?? '' }, L.FSOPEN_CLOEXEC], { result: draft.context, ...on });
  if (mount.source !== undefined && mount.source !== '') configure(draft, `source=${mount.source}`);
  // The superblock's flag beside the mount's, as mount(2) sets both.
  if ((attributes & L.MOUNT_ATTR_RDONLY) !== 0) configure(draft, 'ro');
  configureAll(draft, options);
  configureLabel(draft, mountLabelFor(draft, mount));
  call(draft, 'fsconfig', [context, L.FSCONFIG_CMD_CREATE, 0, 0, 0], { log: draft.context });
  call(draft, 'fsmount', [context, L.FSMOUNT_CLOEXEC, attributes], { result: draft.tree, log: draft.context, ...on });
  close(draft, context);
  if (isLater) makeReadonlyLater(draft, mount);
  if (mount.type === 'mqueue') labelDirectory(draft, { slot: draft.tree });
}

/** A read-only tmpfs or /dev stays writable until the devices and the mount points below it are made. */
function isReadonlyLater(mount: Mount): boolean {
  return mount.type === 'tmpfs' || pathInRoot(mount.destination) === 'dev';
}

function makeReadonlyLater(draft: CreateDraft, { destination }: Mount): void {
  const later = { destination, origin: draft.origin };
  if (draft.input.live !== true) {
    draft.readonlyLater.push(later);
    return;
  }
  const mount = newSlot(draft);
  call(draft, 'dup', [{ slot: draft.tree }], { result: mount });
  draft.readonlyLater.push({ ...later, mount });
}

function configureAll(draft: CreateDraft, options: MountOptions): void {
  for (let i = 0; i < options.superblock.length; i++) configure(draft, options.superblock[i] as string);
  for (let i = 0; i < options.data.length; i++) configure(draft, options.data[i] as string);
}

/** One option of the file system in `draft.context`: `key=value` or a flag. */
function configure(draft: CreateDraft, option: string): void {
  const context: Value = { slot: draft.context };
  const equals = option.indexOf('=');
  if (equals < 0) {
    call(draft, 'fsconfig', [context, L.FSCONFIG_SET_FLAG, { text: option }, 0, 0], { log: draft.context });
    return;
  }
  const key = option.slice(0, equals);
  const value = option.slice(equals + 1);
  // A label is in quotation marks for mount(2)'s sake, whose options commas separate.
  const text = isLabelOption(key) ? value.replace(/^"(.*)"$/, '$1') : value;
  call(draft, 'fsconfig', [context, L.FSCONFIG_SET_STRING, { text: key }, { text }, 0], { log: draft.context });
}

/** Some flags have no fsconfig(2) name, and it takes no long strings (an overlay's lowerdir). */
export function needsMountByPath(options: MountOptions): boolean {
  return options.legacyFlags !== 0 || options.data.some((option) => option.length >= FSCONFIG_STRING_MAX);
}

/** mount(2) onto `draft.target`; leaves the new mount open in `draft.tree`. */
export function mountByPath(draft: CreateDraft, mount: Mount, options: MountOptions): void {
  // The target is the current directory, so that its path is not resolved a second time.
  call(draft, 'fchdir', [{ slot: draft.target }]);
  close(draft, { slot: draft.target });
  const source = { text: mount.source ?? 'none' };
  const label = mountLabelFor(draft, mount);
  // A label has commas of its own.
  const labels = label === undefined ? [] : [`context="${label}"`];
  const data = { text: [...options.data, ...labels].join(',') };
  call(draft, 'mount', [source, { text: '.' }, { text: mount.type ?? '' }, mountFlags(options), data]);
  call(draft, 'chdir', [{ text: '/' }]);
  openInRoot(draft, { slot: draft.root }, { path: pathInRoot(mount.destination), result: draft.tree });
}

const MOUNT_FLAGS: readonly (readonly [attribute: number, flag: number])[] = [
  [L.MOUNT_ATTR_RDONLY, L.MS_RDONLY],
  [L.MOUNT_ATTR_NOSUID, L.MS_NOSUID],
  [L.MOUNT_ATTR_NODEV, L.MS_NODEV],
  [L.MOUNT_ATTR_NOEXEC, L.MS_NOEXEC],
  [L.MOUNT_ATTR_NOATIME, L.MS_NOATIME],
  [L.MOUNT_ATTR_STRICTATIME, L.MS_STRICTATIME],
  [L.MOUNT_ATTR_NODIRATIME, L.MS_NODIRATIME],
  [L.MOUNT_ATTR_NOSYMFOLLOW, L.MS_NOSYMFOLLOW],
];

function mountFlags(options: MountOptions): number {
  let flags = options.legacyFlags;
  for (const [attribute, flag] of MOUNT_FLAGS) if ((options.attributes.set & attribute) !== 0) flags |= flag;
  if (options.superblock.includes('sync')) flags |= L.MS_SYNCHRONOUS;
  if (options.superblock.includes('dirsync')) flags |= L.MS_DIRSYNC;
  if (options.superblock.includes('lazytime')) flags |= L.MS_LAZYTIME;
  if (options.superblock.includes('mand')) flags |= L.MS_MANDLOCK;
  return flags;
}

/** `remount`: changes what is mounted at the destination; with `bind` only the mount's attributes. */
export function remount(draft: CreateDraft, mount: Mount, options: MountOptions): void {
  const target: Value = { slot: draft.target };
  openInRoot(draft, { slot: draft.root }, { path: pathInRoot(mount.destination), result: draft.target });
  if (!options.bind) {
    const flags = L.FSPICK_CLOEXEC | L.FSPICK_EMPTY_PATH;
    call(draft, 'fspick', [target, EMPTY, flags], { result: draft.context });
    configure(draft, (options.attributes.set & L.MOUNT_ATTR_RDONLY) !== 0 ? 'ro' : 'rw');
    configureAll(draft, options);
    const log = draft.context;
    call(draft, 'fsconfig', [{ slot: log }, L.FSCONFIG_CMD_RECONFIGURE, 0, 0, 0], { log });
    close(draft, { slot: draft.context });
  }
  setAttributes(draft, target, { change: options.attributes });
  setAttributes(draft, target, { change: options.recursiveAttributes, recursive: true });
  close(draft, target);
}
