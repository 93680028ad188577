// The device rules that every container has behind its own, so that no config can take them away: runc's.

import type { DeviceRule } from '../../config/types.ts';

function allow(type: 'b' | 'c', access: string, numbers: { major?: number; minor?: number } = {}): DeviceRule {
  return { allow: true, type, ...numbers, access };
}

export const DEFAULT_RULES: readonly DeviceRule[] = [
  // Making a node is no access to the device; the init makes those of linux.devices.
  allow('c', 'm'),
  allow('b', 'm'),
  // null, zero, full, random, urandom and tty, see plan/devices.ts.
  allow('c', 'rwm', { major: 1, minor: 3 }),
  allow('c', 'rwm', { major: 1, minor: 5 }),
  allow('c', 'rwm', { major: 1, minor: 7 }),
  allow('c', 'rwm', { major: 1, minor: 8 }),
  allow('c', 'rwm', { major: 1, minor: 9 }),
  allow('c', 'rwm', { major: 5, minor: 0 }),
  // ptmx, and the terminals that it makes.
  allow('c', 'rwm', { major: 5, minor: 2 }),
  allow('c', 'rwm', { major: 136 }),
  // net/tun. Gone from runc 1.2.0, and back in 1.2.4: too much relies on it.
  allow('c', 'rwm', { major: 10, minor: 200 }),
];
