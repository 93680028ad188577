// The devices cgroup of v1, simulated after its description (Documentation/admin-guide/cgroup-v1/devices.rst) and the
// behaviour of the kernel: what writes to devices.allow and devices.deny do, and what is allowed then. A list of
// exceptions that is searched from its start to its end: nothing here is clever. And rule lists at random.

import type { DeviceRule } from '../../src/config/types.ts';
import type { DeviceAccess } from './ebpf.ts';
import { pick, type Random } from './random.ts';

interface Exception {
  type: 'b' | 'c';
  /** A number, or '*'. */
  major: string;
  minor: string;
  access: Set<string>;
}

const LETTERS = ['m', 'r', 'w'] as const;
const BITS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

export class DeviceCgroup {
  allows = false;
  exceptions: Exception[] = [];
  /** How often a write would have taken a part out of an exception for more devices, which the kernel ignores. */
  ignored = 0;

  write(rule: DeviceRule): void {
    const { allow, type, major = -1, minor = -1, access } = rule;
    if (type !== 'b' && type !== 'c') {
      this.allows = allow;
      this.exceptions = [];
      return;
    }
    const number = (value: number): string => (value === -1 ? '*' : String(value));
    const letters = new Set(access === undefined || access === '' ? LETTERS : access);
    const exception: Exception = { type, major: number(major), minor: number(minor), access: letters };
    if (allow === this.allows) this.#remove(exception);
    else this.#add(exception);
  }

  #add(added: Exception): void {
    for (const exception of this.exceptions) {
      if (!isSame(exception, added)) continue;
      for (const letter of added.access) exception.access.add(letter);
      return;
    }
    this.exceptions.push(added);
  }

  #remove(removed: Exception): void {
    for (const exception of this.exceptions) {
      if (isSame(exception, removed)) {
        for (const letter of removed.access) exception.access.delete(letter);
      } else if (covers(exception, removed) && [...removed.access].some((letter) => exception.access.has(letter))) {
        this.ignored++;
      }
    }
    this.exceptions = this.exceptions.filter(({ access }) => access.size > 0);
  }

  /** Whether a process may do this. */
  permits({ type, major, minor, access }: DeviceAccess): boolean {
    const asked = LETTERS.filter((letter) => (access & (BITS[letter] ?? 0)) !== 0);
    for (const exception of this.exceptions) {
      if (exception.type !== type) continue;
      if (exception.major !== '*' && exception.major !== String(major)) continue;
      if (exception.minor !== '*' && exception.minor !== String(minor)) continue;
      if (this.allows && asked.some((letter) => exception.access.has(letter))) return false;
      if (!this.allows && asked.every((letter) => exception.access.has(letter))) return true;
    }
    return this.allows;
  }

  /** As in devices.list, sorted. */
  list(): string[] {
    if (this.allows) return ['a *:* rwm'];
    return this.exceptions.map(({ type, major, minor, access }) => {
      return `${type} ${major}:${minor} ${['r', 'w', 'm'].filter((letter) => access.has(letter)).join('')}`;
    }).sort();
  }
}

function isSame(one: Exception, other: Exception): boolean {
  return one.type === other.type && one.major === other.major && one.minor === other.minor;
}

function covers(wide: Exception, narrow: Exception): boolean {
  return wide.type === narrow.type && [narrow.major, '*'].includes(wide.major)
    && [narrow.minor, '*'].includes(wide.minor);
}

/** Where halves and signs end. */
const NUMBERS = [0, 1, 3, 5, 10, 136, 229, 255, 256, 4095, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe] as const;
const ACCESSES = ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm', 'mwr', '', undefined] as const;

/** A rule; few numbers, so that rules meet. */
function randomRule(random: Random): DeviceRule {
  const allow = random(2) === 0;
  const access = pick(random, ACCESSES);
  const all = { allow, ...(access === undefined ? {} : { access }) };
  if (random(12) === 0) return random(2) === 0 ? { ...all, type: pick(random, ['a', ''] as const) } : all;
  const number = (): Partial<Record<'number', number>> => {
    return pick(random, [{}, { number: -1 }, { number: pick(random, NUMBERS) }, { number: pick(random, NUMBERS) }]);
  };
  const [major, minor] = [number().number, number().number];
  return {
    ...all, type: pick(random, ['b', 'c'] as const), ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
  };
}

export function randomRules(random: Random, most: number): DeviceRule[] {
  return Array.from({ length: random(most + 1) }, () => randomRule(random));
}

/** Accesses of every kind to devices that a list names, to their neighbours, and to one that it does not name. */
export function tellingAccesses(rules: readonly DeviceRule[]): DeviceAccess[] {
  const around = (key: 'major' | 'minor'): number[] => {
    const numbers = new Set([77, 0, 0xffff_ffff]);
    for (const { [key]: number = -1 } of rules) {
      if (number < 0) continue;
      for (const near of [number - 1, number, number + 1]) if (near >= 0) numbers.add(near);
    }
    return [...numbers];
  };
  const accesses: DeviceAccess[] = [];
  for (const type of ['b', 'c'] as const) {
    for (const major of around('major')) {
      for (const minor of around('minor')) {
        for (let access = 0; access < 8; access++) accesses.push({ type, major, minor, access });
      }
    }
  }
  return accesses;
}
