// The architectures that a filter meets on one machine: how the kernel names them to a filter, and their system calls.

import type { Seccomp, SeccompArchitecture } from '../config/types.ts';
import type { Architecture } from '../host/facts.ts';
import { COMPAT_SYSCALLS, FOREIGN_NAMES } from '../linux/compat-syscalls.ts';
import { syscalls } from '../linux/syscalls.ts';

export type FilterArchitecture = Architecture | keyof typeof COMPAT_SYSCALLS;

/** AUDIT_ARCH_…: the ELF machine, with flags for 64 bits and little-endian. x32 shares x86_64's. */
export const AUDIT: Readonly<Record<FilterArchitecture, number>> = {
  x86_64: 0xc000_003e, x32: 0xc000_003e, x86: 0x4000_0003, aarch64: 0xc000_00b7, arm: 0x4000_0028,
};

/** All numbers of x32 have this bit. */
export const X32_BIT = 0x4000_0000;

/** Where arm has numbers for itself: they say nothing of how new the calls are. */
const ARM_PRIVATE = 0xf_0000;

const COMPAT: Readonly<Record<Architecture, Readonly<Partial<Record<SeccompArchitecture, FilterArchitecture>>>>> = {
  x86_64: { SCMP_ARCH_X86: 'x86', SCMP_ARCH_X32: 'x32' },
  aarch64: { SCMP_ARCH_ARM: 'arm' },
};

/** The architectures that a profile is for and that run here: the machine's own is always one of them. Those of other
 * machines are without effect, as the kernel never shows them to a filter. */
export function architecturesOf(profile: Seccomp, native: Architecture): FilterArchitecture[] {
  const found: FilterArchitecture[] = [native];
  for (const name of profile.architectures ?? []) {
    const compat = COMPAT[native][name];
    if (compat !== undefined && !found.includes(compat)) found.push(compat);
  }
  return found;
}

/** Whether arguments have 64 bits. Of x32, where some have, the lower halves are compared, as libseccomp does. */
export function isWide(architecture: FilterArchitecture): boolean {
  return architecture === 'x86_64' || architecture === 'aarch64';
}

/** Whether a number of arm's says nothing of its call's age; all others grow with it. */
export function isPrivate(number: number): boolean {
  return number >= ARM_PRIVATE;
}

/** Calls `visit` for every system call, by ascending numbers; an alias comes behind its call. */
export function visitCalls(architecture: FilterArchitecture, visit: (name: string, number: number) => void): void {
  if (architecture === 'x86_64' || architecture === 'aarch64') {
    const table: Readonly<Record<string, number>> = syscalls[architecture];
    for (const name in table) visit(name, table[name] ?? 0);
    return;
  }
  const bit = architecture === 'x32' ? X32_BIT : 0;
  const words = COMPAT_SYSCALLS[architecture].split(' ');
  let number = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word.charCodeAt(0) <= 0x39) number = Number(word);
    else visit(word, bit + number++);
  }
}

/** Those of a profile's names that no machine has as a call. */
export function unknownCalls(names: Iterable<string>): string[] {
  const others = ` ${COMPAT_SYSCALLS.x86} ${COMPAT_SYSCALLS.arm} ${FOREIGN_NAMES} `;
  const unknown: string[] = [];
  for (const name of names) {
    if (Object.hasOwn(syscalls.x86_64, name) || Object.hasOwn(syscalls.aarch64, name)) continue;
    if (!others.includes(` ${name} `) || !/^[a-z_]\w*$/.test(name)) unknown.push(name);
  }
  return unknown;
}
