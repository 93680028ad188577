// Generates src/linux/compat-syscalls.ts: the system calls of the architectures that run beside x86_64 and aarch64, and
// the names that only other architectures have. The facts come from the kernel's headers: those of x86 as they are
// installed (linux-libc-dev), all others from Debian's linux-libc-dev-*-cross packages, which apt-get downloads and
// nothing installs. Calls that are newer than these headers have one number on every architecture (since Linux 5.1),
// so that src/linux/syscalls.ts, which is of Linux 6.18, has them. Run by hand, when that file is changed:
//
//   bun scripts/generate-syscalls.ts

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syscalls } from '../src/linux/syscalls.ts';

const OUTPUT = fileURLToPath(new URL('../src/linux/compat-syscalls.ts', import.meta.url));
const X86 = '/usr/include/x86_64-linux-gnu';
const X32_BIT = 0x4000_0000;
/** Where arm has calls of its own (__ARM_NR_BASE). */
const ARM_PRIVATE = 0xf0000;
/** The first number that is the same on all architectures. */
const FIRST_COMMON = 424;
/** With `64` in arch/x86/entry/syscalls/syscall_64.tbl: not for x32. */
const NOT_X32 = ['map_shadow_stack', 'uretprobe', 'uprobe'];
const NOT_ARM = ['memfd_secret'];
const CROSS = [
  'armhf', 'arm64', 'hppa', 'm68k', 'mips64el', 'mipsel', 'powerpc', 'ppc64el', 'riscv64', 's390x', 'sh4', 'sparc64',
];
/** Newer than the packages, or defined by no header under the name that profiles use. */
const MORE_FOREIGN = ['riscv_hwprobe', 'riscv_flush_icache', 'sync_file_range2', 'cachectl', 'cacheflush'];

type Numbers = Map<string, number>;

/** The numbers that a header defines, by the preprocessor; expressions like (__NR_SYSCALL_BASE + 4) are summed up. */
function readNumbers(source: string, options: readonly string[]): Numbers {
  const text = execFileSync('gcc', ['-E', '-dM', ...options, '-'], { input: source, encoding: 'utf8' });
  const macros = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/^#define (\w+) (.+)$/gm)) macros.set(name, value);
  const evaluate = (expression: string): number => expression.split('+').reduce((sum, term) => {
    const word = term.replace(/[() ]|[uU][lL]?$/g, '');
    const definition = macros.get(word);
    return sum + (definition === undefined ? Number(word) : evaluate(definition));
  }, 0);
  const numbers: Numbers = new Map();
  for (const [macro, value] of macros) {
    const name = /^__(?:ARM_)?NR_([a-z_]\w*)$/.exec(macro)?.[1];
    if (name === undefined || /^(syscalls|arch_specific_syscall)$/.test(name)) continue;
    const number = evaluate(value);
    if (Number.isInteger(number)) numbers.set(name, number);
  }
  return numbers;
}

function addCommon(numbers: Numbers, except: readonly string[]): Numbers {
  for (const [name, number] of Object.entries(syscalls.x86_64)) {
    if (number >= FIRST_COMMON && !except.includes(name)) numbers.set(name, number);
  }
  return numbers;
}

function download(directory: string): void {
  const packages = CROSS.map((architecture) => `linux-libc-dev-${architecture}-cross`);
  execFileSync('apt-get', ['-qq', 'download', ...packages], { cwd: directory, stdio: ['ignore', 'inherit', 'ignore'] });
  for (const archive of readdirSync(directory)) execFileSync('dpkg-deb', ['-x', archive, '.'], { cwd: directory });
}

/** Every name of every other architecture's headers. */
function foreignNames(directory: string, known: ReadonlySet<string>): string[] {
  const names = new Set(MORE_FOREIGN);
  for (const architecture of readdirSync(join(directory, 'usr'))) {
    const include = join(directory, 'usr', architecture, 'include');
    if (!existsSync(include)) continue;
    for (const header of ['asm', 'asm-generic'].flatMap((path) => headersOf(include, path))) {
      const numbers = readNumbers(`#include <${header}>\n`, ['-nostdinc', `-I${include}`]);
      for (const name of numbers.keys()) names.add(name);
    }
  }
  return [...names].filter((name) => !known.has(name) && !/^(Linux|syscall_max)|_Linux$|^reserved|^unused/.test(name));
}

function headersOf(include: string, path: string): string[] {
  return readdirSync(join(include, path)).filter((name) => /^unistd.*\.h$/.test(name)).map((name) => `${path}/${name}`);
}

/** `10 unlink execve … 300 fstatat64`: a number stands before the first name of each run. */
function encode(numbers: Numbers): string {
  const words: string[] = [];
  let next = -1;
  for (const [name, number] of [...numbers].sort(([, a], [, b]) => a - b)) {
    if (number !== next) words.push(String(number));
    words.push(name);
    next = number + 1;
  }
  return words.join(' ');
}

/** A string in lines of at most 120 columns. */
function literal(text: string, indent: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''}${word} `;
    if (indent.length + line.length <= 112) lines[lines.length - 1] = line;
    else lines.push(`${word} `);
  }
  return lines.map((line, i) => `${indent}'${i === lines.length - 1 ? line.trimEnd() : line}'`).join(' +\n');
}

const directory = mkdtempSync(join(tmpdir(), 'nunc-headers-'));
try {
  download(directory);
  const arm = join(directory, 'usr/arm-linux-gnueabihf/include');
  const x32 = readNumbers('#define __X32_SYSCALL_BIT 0x40000000\n#include <asm/unistd_x32.h>\n', [`-I${X86}`]);
  const eabi = '#define __ARM_EABI__ 1\n#include <asm/unistd.h>\n';
  const tables = {
    x86: addCommon(readNumbers('#include <asm/unistd_32.h>\n', [`-I${X86}`]), []),
    x32: addCommon(new Map([...x32].map(([name, number]) => [name, number - X32_BIT])), NOT_X32),
    arm: addCommon(readNumbers(eabi, ['-nostdinc', `-I${arm}`]), NOT_ARM),
  };
  const known = new Set(Object.values(syscalls).flatMap((table) => Object.keys(table)));
  for (const table of Object.values(tables)) for (const name of table.keys()) known.add(name);
  const foreign = foreignNames(directory, known);
  const regular = [...tables.arm.values()].filter((number) => number < ARM_PRIVATE);
  const newest = Math.max(...Object.values(syscalls.x86_64));
  if (Math.max(...regular) !== newest) throw new Error('arm lacks the newest call');
  writeFileSync(OUTPUT, `// Generated from the kernel's headers by scripts/generate-syscalls.ts: do not edit.
//
// System calls of the architectures that x86_64 and aarch64 also run, as text: a number, then the names of the calls
// that have this number and the following ones. Read only when a seccomp profile asks for them (seccomp/numbers.ts).

export const COMPAT_SYSCALLS = {
  x86:
${literal(encode(tables.x86), '    ')},
  /** Without the bit 30 that all of them have. */
  x32:
${literal(encode(tables.x32), '    ')},
  arm:
${literal(encode(tables.arm), '    ')},
} as const;

/** Names that are no calls here, but on machines that profiles are written for as well. */
export const FOREIGN_NAMES =
${literal(foreign.sort().join(' '), '  ')};
`);
} finally {
  rmSync(directory, { recursive: true });
}
