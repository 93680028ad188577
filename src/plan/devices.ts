// The devices that every container has, those of linux.devices, and the symbolic links of /dev.

import type { Device } from '../config/types.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft, ProgramDraft } from './create-draft.ts';
import { branch, call, close, EMPTY, fail, mark, newLabel, newSlot, tell } from './draft.ts';
import { attach, cloneTree, NO_CHANGE, setAttributes } from './mount-steps.ts';
import { openTarget } from './mount-targets.ts';
import type { Slot, Value } from './operation.ts';
import { openOrMake, pathInRoot, splitPath } from './paths.ts';
import { makesDevices } from './rights.ts';

function standard(name: string, major: number, minor: number): Device {
  return { path: `/dev/${name}`, type: 'c', major, minor, fileMode: 0o666, uid: 0, gid: 0 };
}

// runtime-spec config-linux.md, "Default Devices"; numbers from Documentation/admin-guide/devices.txt.
const DEFAULT_DEVICES: readonly Device[] = [
  standard('null', 1, 3),
  standard('zero', 1, 5),
  standard('full', 1, 7),
  standard('random', 1, 8),
  standard('urandom', 1, 9),
  standard('tty', 5, 0),
];

const LINKS: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['core', '/proc/kcore'],
];

const FILE_TYPES: Readonly<Record<string, number>> = { c: L.S_IFCHR, u: L.S_IFCHR, b: L.S_IFBLK, p: L.S_IFIFO };

interface WantedDevice {
  readonly device: Device;
  readonly origin: string;
}

/** The default devices that linux.devices does not replace, then its own. */
function wantedDevices(draft: CreateDraft): WantedDevice[] {
  const own = draft.input.spec.linux?.devices ?? [];
  // Managers repeat devices; the rules have seen that those of one path are one device.
  const first = new Map<string, number>();
  for (let i = own.length - 1; i >= 0; i--) first.set((own[i] as Device).path, i);
  const wanted: WantedDevice[] = [];
  for (const device of DEFAULT_DEVICES) {
    if (!first.has(device.path)) wanted.push({ device, origin: '' });
  }
  for (let i = 0; i < own.length; i++) {
    const device = own[i] as Device;
    if (first.get(device.path) === i) wanted.push({ device, origin: `/linux/devices/${i}` });
  }
  return wanted;
}

/** A bind mount at /dev brings its own devices, as with runc. */
function bringsItsOwnDev(draft: CreateDraft): boolean {
  const mounts = draft.input.spec.mounts ?? [];
  return mounts.some(({ destination }, i) => {
    return draft.input.mountOptions[i]?.bind === true && pathInRoot(destination) === 'dev';
  });
}

/** Where devices can't be made the host's are cloned, in a user namespace while they can be reached. */
export function cloneDevices(draft: CreateDraft): void {
  if (bringsItsOwnDev(draft)) return;
  for (const { device, origin } of wantedDevices(draft)) {
    if (device.type !== 'p') draft.clonedDevices.set(device.path, cloneDevice(draft, device, origin));
  }
}

/** @returns the slot of the detached clone of a host's device, which is what was asked for */
function cloneDevice(draft: CreateDraft, device: Device, origin: string): Slot {
  tell(draft, origin, `bind the device ${JSON.stringify(device.path)}`);
  const result = newSlot(draft);
  cloneTree(draft, device.path, { recursive: false, result });
  const { major = 0, minor = 0 } = device;
  const type = FILE_TYPES[device.type] ?? L.S_IFCHR;
  verifyNode(draft, { directory: { slot: result }, name: EMPTY, type, major, minor });
  setAttributes(draft, { slot: result }, { change: NO_CHANGE, propagation: L.MS_PRIVATE });
  return result;
}

/** Plans devices and links; the mounts must be in place, the rootfs open in `draft.root`. */
export function planDevices(draft: CreateDraft): void {
  if (bringsItsOwnDev(draft)) return;
  const directory = newSlot(draft);
  tell(draft, '', 'make the directory "/dev"');
  openOrMake(draft, { slot: draft.root }, {
    components: ['dev'],
    kind: 'directory',
    result: directory,
    parent: draft.parent,
  });
  const binds = !makesDevices(draft);
  for (const { device, origin } of wantedDevices(draft)) {
    const bound = binds && device.type !== 'p';
    const clone = bound ? draft.clonedDevices.get(device.path) ?? cloneDevice(draft, device, origin) : undefined;
    tell(draft, origin, `make the device ${JSON.stringify(device.path)}`);
    if (clone === undefined) makeDevice(draft, device, { slot: directory });
    else bindDevice(draft, device, clone);
  }
  planLinks(draft, { slot: directory });
  close(draft, { slot: directory });
}

function bindDevice(draft: CreateDraft, device: Device, clone: Slot): void {
  openTarget(draft, device.path, 'file');
  attach(draft, clone);
}

function makeDevice(draft: CreateDraft, device: Device, dev: Value): void {
  const components = splitPath(device.path);
  const name = components.pop() ?? '';
  if (components.length === 1 && components[0] === 'dev') {
    makeNode(draft, device, { directory: dev, name });
    return;
  }
  if (components.length === 0) {
    makeNode(draft, device, { directory: { slot: draft.root }, name });
    return;
  }
  const parent: Value = { slot: draft.target };
  openTarget(draft, `/${components.join('/')}`, 'directory');
  makeNode(draft, device, { directory: parent, name });
  close(draft, parent);
}

/** The number of a device as mknod(2) takes it (the kernel's new_decode_dev). */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + major * 0x100 + (minor >>> 8) * 0x100000;
}

function makeNode(draft: CreateDraft, device: Device, at: { directory: Value; name: string }): void {
  const { major = 0, minor = 0, fileMode = 0o666, uid = 0, gid = 0 } = device;
  const { directory } = at;
  const name = { text: at.name };
  const type = FILE_TYPES[device.type] ?? L.S_IFCHR;
  const made = newLabel(draft, 'made');
  const number = device.type === 'p' ? 0 : deviceNumber(major, minor);
  const mode = type | (fileMode & ~L.S_IFMT);
  call(draft, 'mknodat', [directory, name, mode, number], { tolerate: [errno.EEXIST], success: made });
  verifyNode(draft, { directory, name, type, major: device.type === 'p' ? 0 : major, minor }, made);
  if (uid !== 0 || gid !== 0) call(draft, 'fchownat', [directory, name, uid, gid, L.AT_SYMLINK_NOFOLLOW]);
}

interface ExpectedNode {
  readonly directory: Value;
  readonly name: Value;
  readonly type: number;
  readonly major: number;
  readonly minor: number;
}

/** What already exists must be the device that was asked for (runtime-spec config-linux.md, "Devices"); goes on at
 * `right`, behind it. */
export function verifyNode(draft: ProgramDraft, expected: ExpectedNode, right = newLabel(draft, 'right')): void {
  const { directory, name, type, major, minor } = expected;
  const flags = L.AT_SYMLINK_NOFOLLOW | (name === EMPTY ? L.AT_EMPTY_PATH : 0);
  call(draft, 'statx', [directory, name, flags, L.STATX_TYPE, { memory: draft.statx }]);
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  if (type === L.S_IFIFO) {
    branch(draft, mode, { mask: L.S_IFMT, test: 'equal', operand: type, to: right });
  } else {
    const wrong = newLabel(draft, 'wrong');
    branch(draft, mode, { mask: L.S_IFMT, test: 'not_equal', operand: type, to: wrong });
    branch(draft, deviceOf(draft), { test: 'equal', operand: minor * 0x1_0000_0000 + major, to: right });
    mark(draft, wrong);
  }
  fail(draft, errno.EEXIST);
  mark(draft, right);
}

/** In a struct statx the minor number follows the major. */
export function deviceOf({ statx }: { readonly statx: number }): Value {
  return { load: statx + L.STATX_OFFSET.rdevMajor, size: 8 };
}

function planLinks(draft: CreateDraft, dev: Value): void {
  for (const [name, target] of LINKS) {
    tell(draft, '', `make the symbolic link "/dev/${name}"`);
    call(draft, 'symlinkat', [{ text: target }, dev, { text: name }], { tolerate: [errno.EEXIST] });
  }
  tell(draft, '', 'make the symbolic link "/dev/ptmx"');
  call(draft, 'unlinkat', [dev, { text: 'ptmx' }, 0], { tolerate: [errno.ENOENT] });
  call(draft, 'symlinkat', [{ text: 'pts/ptmx' }, dev, { text: 'ptmx' }]);
}
