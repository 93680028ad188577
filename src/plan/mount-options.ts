// mounts[].options → what to do with a mount. Knows the options' meaning (runtime-spec config.md "Linux mount options",
// mount(8), crun(1)); knows nothing of operations.

import type { Mount } from '../config/types.ts';
import { assertNever } from '../error.ts';
import * as L from '../linux/constants.ts';

/** Changes to a mount's attributes, as mount_setattr(2) takes them. */
export interface AttributeChange {
  set: number;
  clear: number;
}

export interface MountOptions {
  bind: boolean;
  recursive: boolean;
  remount: boolean;
  readonly attributes: AttributeChange;
  /** Those of the r… options, for the mount and everything below it. */
  readonly recursiveAttributes: AttributeChange;
  /** MS_SHARED, …, with MS_REC where asked, in the order given. */
  readonly propagation: number[];
  /** Flags of the file system itself, by the names that fsconfig(2) takes: `ro`, `sync`, … */
  readonly superblock: string[];
  /** MS_… flags that only mount(2) can pass on. */
  legacyFlags: number;
  /** Whether ids are mapped: at this mount, or in the whole tree. By what is config/rules/mount-id-maps.ts's. */
  idMapped: 'no' | 'mount' | 'tree';
  /** A tmpfs starts with what is in the directory that it covers. */
  copyUp: boolean;
  /** crun's: a source that is a symbolic link is made anew at the destination, not followed and mounted. */
  copySymlink: boolean;
  /** crun's: a symbolic link as the source is mounted itself; as the destination it is mounted on itself. */
  sourceNofollow: boolean;
  destinationNofollow: boolean;
  /** Everything else: the file system's own options, `key` or `key=value`. */
  readonly data: string[];
}

type Effect =
  | readonly ['set' | 'clear' | 'atime', number]
  | readonly ['rset' | 'rclear' | 'ratime', number]
  | readonly ['propagation', number]
  | readonly ['superblock', string]
  | readonly ['legacy', number]
  | readonly ['idmap', 'mount' | 'tree']
  | readonly ['switch', 'copyUp' | 'copySymlink' | 'sourceNofollow' | 'destinationNofollow']
  | readonly ['readonly' | 'writable' | 'bind' | 'rbind' | 'remount' | 'nothing'];

// The atime options are one choice of three (MOUNT_ATTR__ATIME), relatime being the kernel's default and number 0.
const EFFECTS = new Map<string, Effect>([
  ['defaults', ['nothing']],
  ['bind', ['bind']],
  ['rbind', ['rbind']],
  ['remount', ['remount']],
  ['ro', ['readonly']],
  ['rw', ['writable']],
  ['nosuid', ['set', L.MOUNT_ATTR_NOSUID]],
  ['suid', ['clear', L.MOUNT_ATTR_NOSUID]],
  ['nodev', ['set', L.MOUNT_ATTR_NODEV]],
  ['dev', ['clear', L.MOUNT_ATTR_NODEV]],
  ['noexec', ['set', L.MOUNT_ATTR_NOEXEC]],
  ['exec', ['clear', L.MOUNT_ATTR_NOEXEC]],
  ['nodiratime', ['set', L.MOUNT_ATTR_NODIRATIME]],
  ['diratime', ['clear', L.MOUNT_ATTR_NODIRATIME]],
  ['nosymfollow', ['set', L.MOUNT_ATTR_NOSYMFOLLOW]],
  ['symfollow', ['clear', L.MOUNT_ATTR_NOSYMFOLLOW]],
  ['noatime', ['atime', L.MOUNT_ATTR_NOATIME]],
  ['strictatime', ['atime', L.MOUNT_ATTR_STRICTATIME]],
  ['atime', ['atime', 0]],
  ['relatime', ['atime', 0]],
  ['norelatime', ['atime', 0]],
  ['nostrictatime', ['atime', 0]],
  ['rro', ['rset', L.MOUNT_ATTR_RDONLY]],
  ['rrw', ['rclear', L.MOUNT_ATTR_RDONLY]],
  ['rnosuid', ['rset', L.MOUNT_ATTR_NOSUID]],
  ['rsuid', ['rclear', L.MOUNT_ATTR_NOSUID]],
  ['rnodev', ['rset', L.MOUNT_ATTR_NODEV]],
  ['rdev', ['rclear', L.MOUNT_ATTR_NODEV]],
  ['rnoexec', ['rset', L.MOUNT_ATTR_NOEXEC]],
  ['rexec', ['rclear', L.MOUNT_ATTR_NOEXEC]],
  ['rnodiratime', ['rset', L.MOUNT_ATTR_NODIRATIME]],
  ['rdiratime', ['rclear', L.MOUNT_ATTR_NODIRATIME]],
  ['rnosymfollow', ['rset', L.MOUNT_ATTR_NOSYMFOLLOW]],
  ['rsymfollow', ['rclear', L.MOUNT_ATTR_NOSYMFOLLOW]],
  ['rnoatime', ['ratime', L.MOUNT_ATTR_NOATIME]],
  ['rstrictatime', ['ratime', L.MOUNT_ATTR_STRICTATIME]],
  ['ratime', ['ratime', 0]],
  ['rrelatime', ['ratime', 0]],
  ['rnorelatime', ['ratime', 0]],
  ['rnostrictatime', ['ratime', 0]],
  ['private', ['propagation', L.MS_PRIVATE]],
  ['rprivate', ['propagation', L.MS_PRIVATE | L.MS_REC]],
  ['shared', ['propagation', L.MS_SHARED]],
  ['rshared', ['propagation', L.MS_SHARED | L.MS_REC]],
  ['slave', ['propagation', L.MS_SLAVE]],
  ['rslave', ['propagation', L.MS_SLAVE | L.MS_REC]],
  ['unbindable', ['propagation', L.MS_UNBINDABLE]],
  ['runbindable', ['propagation', L.MS_UNBINDABLE | L.MS_REC]],
  ['sync', ['superblock', 'sync']],
  ['async', ['superblock', 'async']],
  ['dirsync', ['superblock', 'dirsync']],
  ['lazytime', ['superblock', 'lazytime']],
  ['nolazytime', ['superblock', 'nolazytime']],
  ['mand', ['superblock', 'mand']],
  ['nomand', ['superblock', 'nomand']],
  ['iversion', ['legacy', L.MS_I_VERSION]],
  ['noiversion', ['nothing']],
  // What MS_SILENT keeps out of the kernel's log goes to the fsopen(2) context anyway.
  ['silent', ['nothing']],
  ['loud', ['nothing']],
  // crun's: of a file system there is only one, whatever is mounted below it.
  ['rsync', ['superblock', 'sync']],
  ['rasync', ['superblock', 'async']],
  ['rdirsync', ['superblock', 'dirsync']],
  ['rmand', ['superblock', 'mand']],
  ['rnomand', ['superblock', 'nomand']],
  ['idmap', ['idmap', 'mount']],
  ['ridmap', ['idmap', 'tree']],
  ['tmpcopyup', ['switch', 'copyUp']],
  ['copy-symlink', ['switch', 'copySymlink']],
  ['src-nofollow', ['switch', 'sourceNofollow']],
  ['dest-nofollow', ['switch', 'destinationNofollow']],
]);

function change(attributes: AttributeChange, set: number, clear: number): void {
  attributes.set = (attributes.set & ~clear) | set;
  attributes.clear = (attributes.clear & ~set) | clear;
}

// MOUNT_ATTR__ATIME is a field of values, not of bits: the kernel wants the whole field cleared to set another value.
function changeAtime(attributes: AttributeChange, value: number): void {
  attributes.set = (attributes.set & ~L.MOUNT_ATTR__ATIME) | value;
  attributes.clear |= L.MOUNT_ATTR__ATIME;
}

function apply(options: MountOptions, effect: Effect): void {
  switch (effect[0]) {
    case 'set': change(options.attributes, effect[1], 0); break;
    case 'clear': change(options.attributes, 0, effect[1]); break;
    case 'atime': changeAtime(options.attributes, effect[1]); break;
    case 'rset': change(options.recursiveAttributes, effect[1], 0); break;
    case 'rclear': change(options.recursiveAttributes, 0, effect[1]); break;
    case 'ratime': changeAtime(options.recursiveAttributes, effect[1]); break;
    case 'propagation': options.propagation.push(effect[1]); break;
    case 'superblock': options.superblock.push(effect[1]); break;
    case 'legacy': options.legacyFlags |= effect[1]; break;
    case 'readonly': change(options.attributes, L.MOUNT_ATTR_RDONLY, 0); break;
    // As in runc, `rw` on a bind mount does not make a read-only source writable: managers pass it by habit.
    case 'writable': options.attributes.set &= ~L.MOUNT_ATTR_RDONLY; break;
    case 'bind': options.bind = true; break;
    case 'rbind': options.bind = true; options.recursive = true; break;
    case 'remount': options.remount = true; break;
    case 'idmap': options.idMapped = effect[1]; break;
    case 'switch': options[effect[1]] = true; break;
    case 'nothing': break;
    default: assertNever(effect);
  }
}

/**
 * The meaning of one mount's options; a later option wins over an earlier one.
 *
 * @param type the mount's type, of which `bind` means a bind mount even without the option (as managers write it)
 */
export function parseMountOptions(options: readonly string[], type?: string): MountOptions {
  const parsed: MountOptions = {
    bind: type === 'bind',
    recursive: false,
    remount: false,
    attributes: { set: 0, clear: 0 },
    recursiveAttributes: { set: 0, clear: 0 },
    propagation: [],
    superblock: [],
    legacyFlags: 0,
    idMapped: 'no',
    copyUp: false,
    copySymlink: false,
    sourceNofollow: false,
    destinationNofollow: false,
    data: [],
  };
  for (let i = 0; i < options.length; i++) {
    const option = options[i] as string;
    const effect = EFFECTS.get(option) ?? (option.includes('idmap=') ? idMapEffect(option) : undefined);
    if (effect === undefined) parsed.data.push(option);
    else apply(parsed, effect);
  }
  return parsed;
}

/** crun's `idmap=uids=…;gids=…`. */
function idMapEffect(option: string): Effect | undefined {
  return option.startsWith('idmap=') || option.startsWith('ridmap=')
    ? EFFECTS.get(option.slice(0, option.indexOf('='))) : undefined;
}

/** The options of every mount. */
export function parseAllMountOptions(mounts: readonly Mount[]): MountOptions[] {
  const parsed: MountOptions[] = [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    parsed.push(parseMountOptions(mount.options ?? [], mount.type));
  }
  return parsed;
}

/** Every option that has a meaning of its own, for `features`. */
export function knownMountOptions(): string[] {
  return [...EFFECTS.keys()];
}
