// What a state file must be before anything in it is obeyed: commands kill what it says is the container's, and remove
// it. Who could forge one could do so anyway (the directory is the runtime's user's alone); what a full disk, a crash
// or a careless hand makes of one must not send them to somebody else's. Reads no file.

import type { PlacedCgroup } from '../cgroup/driver.ts';
import type { StateFile } from './store.ts';

/** PID_MAX_LIMIT of 64-bit kernels. */
const MOST_PID = 4_194_304;

type Entries = Readonly<Record<string, unknown>>;

function isEntries(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Not 1: that is the runtime's own init, which no container's is. */
function isPid(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 1 && (value as number) <= MOST_PID;
}

function isListOf(value: unknown, isOne: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isAbsentOr(value: unknown, isOne: (present: unknown) => boolean): boolean {
  return value === undefined || isOne(value);
}

type Check = (value: unknown, id: string) => boolean;

/** Every property: one that this version does not know is another version's, and does no harm. */
const CHECKS: Readonly<Record<keyof StateFile, Check>> = {
  ociVersion: isText,
  id: (value, id) => value === id,
  pid: (value) => isAbsentOr(value, isPid),
  startTime: (value) => isAbsentOr(value, isCount),
  bundle: isText,
  rootfs: isText,
  annotations: (value) => isEntries(value) && Object.values(value).every(isText),
  created: isText,
  owner: isCount,
  complete: isBoolean,
  ownPidNamespace: isBoolean,
  cgroups: isPlacement,
  // Each ends in the container's id, see resctrl/group.ts.
  resctrl: (value, id) => isAbsentOr(value, (paths) => isListOf(paths, (path) => isGroup(path, id))),
  startOperations: isText,
  newKeyring: isBoolean,
  hasSeccompAgent: (value) => isAbsentOr(value, isBoolean),
  hooks: (value) => isAbsentOr(value, isHooks),
};

const NAMES = Object.keys(CHECKS) as readonly (keyof StateFile)[];

/** What is wrong with a value that a state file of container `id` holds; undefined when it can be obeyed. */
export function flawOfState(value: unknown, id: string): string | undefined {
  if (!isEntries(value)) return 'it is no object';
  for (let i = 0; i < NAMES.length; i++) {
    const name = NAMES[i] as keyof StateFile;
    if (!CHECKS[name](value[name], id)) return `its "${name}" is not what create writes`;
  }
  return undefined;
}

/** An absolute path without detours. */
function isPlace(path: unknown): path is string {
  return isText(path) && path.startsWith('/') && !path.endsWith('/') && !path.includes('\0')
    && !(path.includes('/..') && (path.includes('/../') || path.endsWith('/..')));
}

function isGroup(path: unknown, id: string): boolean {
  return isPlace(path) && path.endsWith(`/${id}`);
}

const MANAGERS: readonly unknown[] = ['cgroupfs', 'systemd', 'disabled'];
const MODES: readonly unknown[] = ['v1', 'v2', 'hybrid', 'none'];

function isPlacement(value: unknown): boolean {
  if (!isEntries(value)) return false;
  const { manager, mode, cgroupsPath, cgroups, inherited, made, unit } = value;
  if (!MANAGERS.includes(manager) || !MODES.includes(mode) || !isText(cgroupsPath)) return false;
  if ((manager === 'systemd') !== (unit !== undefined)) return false;
  // All that is killed and removed says twice where it is.
  const isOwn = (cgroup: unknown): boolean => isCgroup(cgroup, cgroupsPath);
  return Array.isArray(cgroups) && cgroups.every(isOwn) && (cgroups.length === 0 || isPlace(cgroupsPath))
    && isAbsentOr(inherited, (list) => isListOf(list, isPlaced))
    && isAbsentOr(made, (list) => isListOf(list, isBoolean)) && isAbsentOr(unit, isUnit);
}

function isPlaced(value: unknown): value is PlacedCgroup {
  return isEntries(value) && isText(value['path']) && isMounted(value);
}

function isMounted({ version, controllers, mountpoint }: Entries): boolean {
  return (version === 1 || version === 2) && isListOf(controllers, isText) && isPlace(mountpoint);
}

function isCgroup(value: unknown, end: string): boolean {
  if (!isEntries(value) || !isMounted(value)) return false;
  const { path } = value;
  const mountpoint = value['mountpoint'] as string;
  // Nearly every one: then it needs no further look.
  return path === mountpoint + end || isPlace(path) && path.startsWith(`${mountpoint}/`) && path.endsWith(end);
}

function isUnit(value: unknown): boolean {
  return isEntries(value) && isText(value['name']) && isText(value['slice'])
    && (value['bus'] === 'system' || value['bus'] === 'user');
}

function isHooks(value: unknown): boolean {
  if (!isEntries(value)) return false;
  const { startContainer, poststart, poststop } = value;
  return [startContainer, poststart, poststop].every((list) => isAbsentOr(list, (hooks) => isListOf(hooks, isHook)));
}

function isHook(value: unknown): boolean {
  if (!isEntries(value)) return false;
  const { path, args, env, timeout } = value;
  return isText(path) && path.startsWith('/') && isAbsentOr(args, (texts) => isListOf(texts, isText))
    && isAbsentOr(env, (texts) => isListOf(texts, isText)) && isAbsentOr(timeout, Number.isFinite);
}
