// Rules for the rest of linux: devices, netDevices, masked and read-only paths, intelRdt, personality.

import { problem, type Report, show, token, warning } from '../report.ts';
import type { Device, Spec } from '../types.ts';
import { isRoot } from './mounts.ts';
import { namespaceSource } from './namespaces.ts';

export function checkDevices({ linux }: Spec, report: Report): void {
  const devices = linux?.devices;
  if (devices === undefined) return;
  const seen = new Map<string, number>();
  for (let i = 0; i < devices.length; i++) {
    const device = devices[i] as Device;
    const pointer = `/linux/devices/${i}`;
    if (!device.path.startsWith('/')) {
      problem(report, `${pointer}/path`, `${show(device.path)} is not an absolute path`);
    } else if (isRoot(device.path)) {
      problem(report, `${pointer}/path`, `${show(device.path)} is the container's root, which can be no device`);
    }
    const first = seen.get(device.path) ?? i;
    seen.set(device.path, first);
    if (!isSameDevice(device, devices[first] as Device)) {
      problem(report, `${pointer}/path`, `${show(device.path)} is another device already in /linux/devices/${first}`);
    }
    if (device.type !== 'p') checkDeviceNumbers(device, pointer, report);
  }
}

/** config-linux.md: what is at a path already is no error when it is the device that is asked for. */
function isSameDevice(one: Device, other: Device): boolean {
  return one.type === other.type && one.major === other.major && one.minor === other.minor;
}

// The widths of the kernel's dev_t: linux/kdev_t.h.
const MAX_MAJOR = 4095;
const MAX_MINOR = 1048575;

function checkDeviceNumbers({ type, major, minor }: Device, pointer: string, report: Report): void {
  if (major === undefined) {
    problem(report, `${pointer}/major`, `missing, but required for type ${show(type)}`);
  } else if (major < 0 || major > MAX_MAJOR) {
    problem(report, `${pointer}/major`, `${major} is not in 0 to ${MAX_MAJOR}`);
  }
  if (minor === undefined) {
    problem(report, `${pointer}/minor`, `missing, but required for type ${show(type)}`);
  } else if (minor < 0 || minor > MAX_MINOR) {
    problem(report, `${pointer}/minor`, `${minor} is not in 0 to ${MAX_MINOR}`);
  }
}

export function checkNetDevices(spec: Spec, report: Report): void {
  const devices = Object.entries(spec.linux?.netDevices ?? {});
  if (devices.length === 0) return;
  if (namespaceSource(spec, 'network') === 'inherited') {
    problem(report, '/linux/netDevices', 'allowed only with a network namespace in /linux/namespaces');
  }
  for (const [host, { name }] of devices) {
    const pointer = `/linux/netDevices/${token(host)}`;
    if (!isInterfaceName(host)) problem(report, pointer, `${show(host)} is not the name of a network device`);
    if (name !== undefined && name !== '' && !isInterfaceName(name)) {
      problem(report, `${pointer}/name`, `${show(name)} is not a name for a network device`);
    }
  }
}

/** As the kernel's dev_valid_name(): at most 15 bytes, no `/`, `:` or white space, not `.` or `..`. */
function isInterfaceName(name: string): boolean {
  return name !== '.' && name !== '..' && Buffer.byteLength(name) <= 15 && /^[^/:\s]+$/.test(name);
}

/** Without a mount namespace these would cover and write-protect the host's files; runc refuses them then too. */
export function checkProtectedPaths(spec: Spec, report: Report): void {
  for (const key of ['maskedPaths', 'readonlyPaths'] as const) {
    const paths = spec.linux?.[key];
    if (paths === undefined || paths.length === 0) continue;
    if (namespaceSource(spec, 'mount') === 'inherited') {
      problem(report, `/linux/${key}`, 'allowed only with a mount namespace in /linux/namespaces');
    }
    for (let i = 0; i < paths.length; i++) {
      const path = paths[i] ?? '';
      if (!path.startsWith('/')) problem(report, `/linux/${key}/${i}`, `${show(path)} is not an absolute path`);
    }
  }
}

export function checkIntelRdt({ linux }: Spec, report: Report): void {
  const { closID = '', l3CacheSchema = '', memBwSchema = '', schemata = [] } = linux?.intelRdt ?? {};
  // "/" alone is the root class.
  if (closID === '.' || closID === '..' || (closID !== '/' && closID.includes('/'))) {
    problem(report, '/linux/intelRdt/closID', `${show(closID)} is not a name for a class of service`);
  }
  if (memBwSchema !== '' && (!memBwSchema.startsWith('MB:') || memBwSchema.includes('\n'))) {
    problem(report, '/linux/intelRdt/memBwSchema', `${show(memBwSchema)} is not one line that starts with MB:`);
  }
  if (l3CacheSchema !== '' && (!l3CacheSchema.startsWith('L3:') || l3CacheSchema.includes('\n'))) {
    const text = `${show(l3CacheSchema)} should be one line that starts with L3:`;
    warning(report, '/linux/intelRdt/l3CacheSchema', text);
  }
  for (let i = 0; i < schemata.length; i++) {
    const line = schemata[i] ?? '';
    if (line.includes('\n')) problem(report, `/linux/intelRdt/schemata/${i}`, `${show(line)} is not one line`);
  }
}

/** config-linux.md defines no flags, and config.md wants an error for what is not supported; runc ignores them. */
export function checkPersonality({ linux }: Spec, report: Report): void {
  const flags = linux?.personality?.flags ?? [];
  for (let i = 0; i < flags.length; i++) {
    problem(report, `/linux/personality/flags/${i}`, `${show(flags[i])} is not a known flag, none is defined`);
  }
}
