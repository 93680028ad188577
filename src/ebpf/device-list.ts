// Device rules, folded: a list of rules in order comes to one default and a set of exceptions from it, as in the
// kernel's devices cgroup (security/device_cgroup.c), which this is the meaning of. docs/decisions/devices.md tells it
// in words. Knows nothing of how a list gets into force.

import type { DeviceRule } from '../config/types.ts';

/** BPF_DEVCG_ACC_… of <linux/bpf.h>, which are DEVCG_ACC_… of the devices cgroup too. */
export const MKNOD = 1;
export const READ = 2;
export const WRITE = 4;
export const ALL_ACCESS = MKNOD | READ | WRITE;

/** Stands for every number: what config.json leaves out, or writes as -1. */
export const ANY = -1;

export interface DeviceException {
  readonly type: 'b' | 'c';
  /** Or ANY. */
  readonly major: number;
  /** Or ANY. */
  readonly minor: number;
  /** MKNOD, READ and WRITE. Never 0. */
  readonly access: number;
  /** The rule, as an index, that added to it last. */
  readonly source: number;
}

export interface DeviceList {
  /** What holds for an access of no exception. */
  readonly allows: boolean;
  /** No two of the same type and numbers. */
  readonly exceptions: readonly DeviceException[];
  /** The rule, as an index, that decided on `allows`; -1 for none. */
  readonly source: number;
}

type ExceptionMap = Map<string, DeviceException>;

interface Folding {
  allows: boolean;
  source: number;
  exceptions: ExceptionMap;
}

/** What to do about a rule that takes a part out of an exception for more devices: the kernel ignores it. */
export type RefuseHole = (hole: DeviceException, wider: DeviceException) => never;

/** What the rules come to, applied in order to a cgroup that allows nothing. */
export function foldRules(rules: readonly DeviceRule[], refuseHole: RefuseHole): DeviceList {
  const folding: Folding = { allows: false, source: -1, exceptions: new Map() };
  for (let i = 0; i < rules.length; i++) {
    const { allow, type = '', major = ANY, minor = ANY, access = '' } = rules[i] as DeviceRule;
    if (type !== 'b' && type !== 'c') {
      // Whatever its numbers and access are.
      folding.allows = allow;
      folding.source = i;
      folding.exceptions.clear();
      continue;
    }
    const exception = { type, major, minor, access: readAccess(access), source: i };
    if (allow !== folding.allows) add(folding.exceptions, exception);
    else remove(folding.exceptions, exception, refuseHole);
  }
  return { allows: folding.allows, source: folding.source, exceptions: [...folding.exceptions.values()] };
}

/** @param access letters in any order; none at all stands for every access */
export function readAccess(access: string): number {
  if (access === '') return ALL_ACCESS;
  return (access.includes('m') ? MKNOD : 0) | (access.includes('r') ? READ : 0) | (access.includes('w') ? WRITE : 0);
}

/** As in devices.list: "c 10:229 rw". */
export function formatException({ type, major, minor, access }: DeviceException): string {
  const letters = `${access & READ ? 'r' : ''}${access & WRITE ? 'w' : ''}${access & MKNOD ? 'm' : ''}`;
  return `${type} ${formatNumber(major)}:${formatNumber(minor)} ${letters}`;
}

function formatNumber(number: number): string {
  return number === ANY ? '*' : String(number);
}

export function keyOf({ type, major, minor }: Omit<DeviceException, 'access' | 'source'>): string {
  return `${type}${major}:${minor}`;
}

function add(exceptions: ExceptionMap, exception: DeviceException): void {
  const key = keyOf(exception);
  const known = exceptions.get(key);
  exceptions.set(key, known === undefined ? exception : { ...exception, access: exception.access | known.access });
}

function remove(exceptions: ExceptionMap, exception: DeviceException, refuseHole: RefuseHole): void {
  const wider = widerThan(exceptions, exception).find(({ access }) => (access & exception.access) !== 0);
  if (wider !== undefined) refuseHole(exception, wider);
  const key = keyOf(exception);
  const known = exceptions.get(key);
  if (known === undefined) return;
  const access = known.access & ~exception.access;
  if (access === 0) exceptions.delete(key);
  else exceptions.set(key, { ...known, access });
}

/** The exceptions for all the devices of this one, and others. */
function widerThan(exceptions: ExceptionMap, { type, major, minor }: DeviceException): DeviceException[] {
  const wider: DeviceException[] = [];
  const look = (numbers: { major: number; minor: number }): void => {
    if (numbers.major === major && numbers.minor === minor) return;
    const found = exceptions.get(keyOf({ type, ...numbers }));
    if (found !== undefined) wider.push(found);
  };
  look({ major: ANY, minor: ANY });
  if (minor !== ANY) look({ major, minor: ANY });
  if (major !== ANY) look({ major: ANY, minor });
  return wider;
}

/** The accesses that exceptions for many devices give, of one type. */
interface WideAccess {
  /** For every device. */
  all: number;
  readonly ofMajor: Map<number, number>;
  readonly ofMinor: Map<number, number>;
}

/** The list without exceptions that another one, for more devices, makes idle. */
export function withoutIdle(list: DeviceList): DeviceList {
  const { exceptions } = list;
  const wide = { b: wideAccess(exceptions, 'b'), c: wideAccess(exceptions, 'c') };
  return { ...list, exceptions: exceptions.filter((exception) => !isIdle(exception, wide[exception.type])) };
}

function wideAccess(exceptions: readonly DeviceException[], ofType: 'b' | 'c'): WideAccess {
  const wide: WideAccess = { all: 0, ofMajor: new Map(), ofMinor: new Map() };
  for (let i = 0; i < exceptions.length; i++) {
    const { type, major, minor, access } = exceptions[i] as DeviceException;
    if (type !== ofType) continue;
    if (minor !== ANY && major !== ANY) continue;
    if (minor !== ANY) wide.ofMinor.set(minor, access);
    else if (major !== ANY) wide.ofMajor.set(major, access);
    else wide.all = access;
  }
  return wide;
}

/** There can be thousands: no text is made of their numbers here. */
function isIdle({ major, minor, access }: DeviceException, wide: WideAccess): boolean {
  const covers = (other: number): boolean => (access & ~other) === 0;
  if (major === ANY && minor === ANY) return false;
  if (covers(wide.all)) return true;
  if (major === ANY || minor === ANY) return false;
  return covers(wide.ofMajor.get(major) ?? 0) || covers(wide.ofMinor.get(minor) ?? 0);
}
