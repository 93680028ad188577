// From one device list to another in cgroup v1, as few writes to its files as can be. Pure.

import {
  ALL_ACCESS, ANY, type DeviceException, type DeviceList, formatException, keyOf, readAccess, withoutIdle,
} from '../../ebpf/device-list.ts';

/** What devices.list shows of a cgroup. */
export interface PresentList {
  readonly allows: boolean;
  /** The kernel shows them only when the cgroup denies. */
  readonly exceptions?: readonly DeviceException[];
}

export interface DeviceWrite {
  readonly file: 'devices.allow' | 'devices.deny';
  readonly value: string;
  /** As in DeviceException; -1: nobody asked for it. */
  readonly source: number;
}

/** Reads devices.list: lines as "c 10:229 rwm", or "a *:* rwm" alone for a cgroup that allows. */
export function parseDeviceList(text: string): PresentList {
  const exceptions: DeviceException[] = [];
  for (const line of text.split('\n')) {
    const match = /^([abc]) (\*|\d+):(\*|\d+) ([rwm]+)$/.exec(line);
    if (match === null) continue;
    const [, type = '', major = '', minor = '', access = ''] = match;
    if (type !== 'b' && type !== 'c') return { allows: true };
    const numbers = { major: readNumber(major), minor: readNumber(minor) };
    exceptions.push({ type, ...numbers, access: readAccess(access), source: -1 });
  }
  return { allows: false, exceptions };
}

function readNumber(text: string): number {
  return text === '*' ? ANY : Number(text);
}

/**
 * The writes that lead to the target. What is allowed before and after is allowed all the time, unless the first write
 * is "a" to devices.deny: from a cgroup that allows there is no other way to one that denies.
 */
export function planTransition(present: PresentList, target: DeviceList): DeviceWrite[] {
  const { allows, exceptions, source } = withoutIdle(target);
  const writes: DeviceWrite[] = [];
  // Of a cgroup that allows nobody can tell the exceptions: they go with all others.
  if (allows || present.allows) writes.push({ file: allows ? 'devices.allow' : 'devices.deny', value: 'a', source });
  const before = writes.length > 0 ? [] : present.exceptions ?? [];
  const file = allows ? 'devices.deny' : 'devices.allow';
  writes.push(...differenceOf(exceptions, before, file));
  // Only a cgroup that denies before and after still has some of these.
  writes.push(...differenceOf(before, exceptions, 'devices.deny'));
  return writes;
}

/** A write for each access that `one` has an exception for and `other` has not. */
function differenceOf(
  one: readonly DeviceException[],
  other: readonly DeviceException[],
  file: DeviceWrite['file'],
): DeviceWrite[] {
  const known = new Map<string, number>();
  for (const exception of other) known.set(keyOf(exception), exception.access);
  const writes: DeviceWrite[] = [];
  for (const exception of one) {
    const { type, major, minor, source } = exception;
    // Mostly there are none: a new cgroup has no exceptions.
    const present = known.size === 0 ? 0 : known.get(keyOf(exception)) ?? 0;
    const access = exception.access & ALL_ACCESS & ~present;
    if (access === 0) continue;
    writes.push({ file, value: formatException({ type, major, minor, access, source }), source });
  }
  return writes;
}
