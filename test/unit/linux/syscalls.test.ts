// The tables against what the C headers of this machine say.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { syscalls } from '../../../src/linux/syscalls.ts';

const X86_64 = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';
const GENERIC = '/usr/include/asm-generic/unistd.h';
/** What arch/arm64/include/uapi/asm/unistd.h asks of the generic table. */
const AARCH64_WANTS = ['RENAMEAT', 'NEW_STAT', 'SET_GET_RLIMIT', 'TIME32_SYSCALLS', 'SYS_CLONE3', 'MEMFD_SECRET'];
/** Numbers that the generic header defines, and no call: the count, the architectures' range, another one's variant. */
const NO_CALLS = ['syscalls', 'arch_specific_syscall', 'sync_file_range2'];

function missing(header: string): string {
  if (spawnSync('gcc', ['--version']).status !== 0) return 'needs gcc (package gcc)';
  return existsSync(header) ? '' : `needs ${header} (package linux-libc-dev)`;
}

/** All __NR_ macros that the preprocessor ends up with, as numbers. */
function headerNumbers(source: string): Readonly<Record<string, number>> {
  const { stdout } = spawnSync('gcc', ['-E', '-dM', '-'], { input: source, encoding: 'utf8' });
  const macros = new Map(Array.from(stdout.matchAll(/^#define (\S+) (.+)$/gm), ([, name = '', value = '']) => [name, value]));
  const numbers: Record<string, number> = {};
  for (const name of macros.keys()) {
    if (!name.startsWith('__NR_') || NO_CALLS.includes(name.slice(5))) continue;
    let value = name;
    for (let next = macros.get(value); next !== undefined; next = macros.get(value)) value = next;
    numbers[name.slice(5)] = Number(value);
  }
  return numbers;
}

/** Newer headers may know more, older ones less; what both know must agree, and the headers' share must be large. */
function compare(ours: Readonly<Record<string, number>>, header: Readonly<Record<string, number>>): void {
  const common = Object.keys(header).filter((name) => name in ours);
  expect(common.length).toBeGreaterThan(300);
  for (const name of common) expect(ours[name], name).toBe(header[name]);
  const last = Math.max(...Object.values(ours));
  const unknown = Object.keys(header).filter((name) => !(name in ours) && (header[name] ?? 0) <= last);
  expect(unknown).toEqual([]);
}

describe('syscalls', () => {
  test('of x86_64 are those of the header', ({ skip }) => {
    const reason = missing(X86_64);
    skip(reason !== '', reason);
    compare(syscalls.x86_64, headerNumbers(`#include <${X86_64}>\n`));
  });

  test('of aarch64 are those of the generic header', ({ skip }) => {
    const reason = missing(GENERIC);
    skip(reason !== '', reason);
    const wants = AARCH64_WANTS.map((name) => `#define __ARCH_WANT_${name}\n`).join('');
    compare(syscalls.aarch64, headerNumbers(`${wants}#include <${GENERIC}>\n`));
  });

  test('have one number each, and the new ones have the same everywhere', () => {
    for (const table of [syscalls.x86_64, syscalls.aarch64]) {
      const numbers = Object.values(table);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
    const added = Object.entries(syscalls.aarch64).filter(([, number]) => number >= 424);
    expect(added).toEqual(Object.entries(syscalls.x86_64).filter(([, number]) => number >= 424));
    expect(added.length).toBe(469 - 424 + 1);
  });
});
