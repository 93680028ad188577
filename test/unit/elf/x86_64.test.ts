// Every instruction form of the x86_64 emitter, with random operands, against what GNU as makes of its source text.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bindLabel, type Code, createCode, createLabel } from '../../../src/elf/code.ts';
import { createConstants } from '../../../src/elf/constants.ts';
import type { Condition } from '../../../src/elf/emitter.ts';
import { MEMORY_BASE } from '../../../src/elf/layout.ts';
import { x86_64 } from '../../../src/elf/x86_64.ts';
import { type Call, MOST_TRIES, type Slot, type Value } from '../../../src/plan/operation.ts';
import { immediates, seeded } from './random.ts';

const SEED = Number(process.env['SEED'] ?? 20240607);
const MISSING = spawnSync('as', ['--version']).status === 0 ? '' : 'needs as and objcopy (package binutils)';

// By duty: the arguments, the call's result, the saved ones.
const R64 = ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9', 'rax', 'rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'];
const R32 = ['edi', 'esi', 'edx', 'r10d', 'r8d', 'r9d', 'eax', 'ebx', 'ebp', 'r12d', 'r13d', 'r14d', 'r15d'];
const R8 = ['dil', 'sil', 'dl', 'r10b', 'r8b', 'r9b', 'al', 'bl', 'bpl', 'r12b', 'r13b', 'r14b', 'r15b'];
const REGISTERS = R64.map((_, register) => register);
const CONDITIONS: Readonly<Record<Condition, string>> = {
  equal: 'je', not_equal: 'jne', below: 'jb', above_or_equal: 'jae',
};

interface Case {
  readonly emit: (code: Code) => void;
  readonly source: string;
}

const NOP = 0x90;

/** An immediate as a symbol, whose value GNU as only knows at the end: it leaves four bytes for it. */
function late(value: number): string {
  return `$late_${value < 0 ? `minus_${-value}` : value}`;
}

function defineLate(source: string): string {
  const names = new Set(source.match(/late_\w+/g));
  return [...names].map((name) => `.set ${name}, ${name.replace('late_', '').replace('minus_', '-')}\n`).join('');
}

/** The sections that GNU as makes of a source text, by way of a file. */
function gnuAssemble(source: string, sections: readonly string[]): readonly Buffer[] {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-as-'));
  const run = (command: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  };
  try {
    const [text, object, binary] = ['case.s', 'case.o', 'case.bin'].map((name) => join(directory, name)) as [
      string, string, string,
    ];
    writeFileSync(text, `${source}${defineLate(source)}`);
    run('as', '--64', '-o', object, text);
    return sections.map((section) => {
      run('objcopy', '-O', 'binary', '-j', section, '--set-section-flags', `${section}=alloc`, object, binary);
      return readFileSync(binary);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What GNU as makes of instructions, one a line, each filled up to whole words by nop in front of it, or in front of
 * its last word, the immediate, where the line says so. Also where each line's code ends. */
function fillWords(lines: readonly string[]): { bytes: Buffer; ends: readonly number[] } {
  const isLabel = (line: string): boolean => line.endsWith(':');
  const measured = lines.map((line, index) => isLabel(line)
    ? `${line}\n.section .sizes\n.long 0\n.text`
    : `8: ${line}\n9:\n.section .sizes\n.long 9b - 8b\n.text # ${index}`);
  const [sizes] = gnuAssemble(`${measured.join('\n')}\n`, ['.sizes']) as [Buffer];
  const filled: string[] = [];
  const ends: number[] = [];
  for (const [index, line] of lines.entries()) {
    const size = sizes.readInt32LE(index * 4);
    filled.push(`.fill ${(4 - size % 4) % 4}, 1, ${NOP}`, line);
    ends.push((ends.at(-1) ?? 0) + Math.ceil(size / 4) * 4);
  }
  const [bytes] = gnuAssemble(`${filled.join('\n')}\n`, ['.text']) as [Buffer];
  return { bytes, ends };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Compares all cases at once; the message names the first that differs. */
function compare(cases: readonly Case[]): void {
  const code = createCode(16);
  const offsets: number[] = [];
  for (const { emit } of cases) {
    offsets.push(code.length * 4);
    emit(code);
  }
  x86_64.patchJumps(code);
  const ours = new Uint8Array(code.words.buffer, 0, code.length * 4);
  const lines = cases.map(({ source }) => source.split('\n'));
  const { bytes: theirs, ends } = fillWords(lines.flat());
  let line = 0;
  for (const [index, { source }] of cases.entries()) {
    const [start, end] = [offsets[index] ?? 0, offsets[index + 1] ?? ours.length];
    const their = theirs.subarray(ends[line - 1] ?? 0, ends[(line += lines[index]?.length ?? 0) - 1]);
    expect(hex(ours.subarray(start, end)), `seed ${SEED}: ${source}`).toBe(hex(their));
  }
  expect(theirs.length).toBe(ours.length);
}

function forEachRegister(make: (register: number) => readonly Case[]): readonly Case[] {
  return REGISTERS.flatMap(make);
}

/** The way to set a register in the fewest words, as source. */
function moveSource(names: readonly [r64: string, r32: string], value: number): string {
  const [r64, r32] = names;
  if (fits32(value)) return `mov ${late(value)}, %${r64}`;
  return value > 0 && value <= 0xffff_ffff ? `mov $${value}, %${r32}` : `movabs $${value}, %${r64}`;
}

const namesOf = (register: number): readonly [string, string] => [R64[register] ?? '', R32[register] ?? ''];

function fits32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff;
}

describe('x86_64 equals GNU as', () => {
  const random = seeded(SEED);
  const address = (): number => random(0x7fff_ffff);

  const check = (name: string, cases: () => readonly Case[]): void => {
    test(name, ({ skip }) => {
      skip(MISSING !== '', MISSING);
      compare(cases());
    });
  };

  check('setImmediate()', () => forEachRegister((register) => immediates(random, 40).map((value) => ({
    emit: (code) => x86_64.setImmediate(code, register, value),
    source: moveSource(namesOf(register), value),
  }))));

  check('load()', () => forEachRegister((register) => {
    const at = address();
    return [{ emit: (code) => x86_64.load(code, register, at), source: `mov ${at}, %${R64[register]}` }];
  }));

  check('loadPart()', () => forEachRegister((register) => ([1, 2, 4] as const).map((size) => {
    const at = address();
    const mnemonic = { 1: 'movzbl', 2: 'movzwl', 4: 'mov' }[size];
    return {
      emit: (code) => x86_64.loadPart(code, register, { address: at, size }),
      source: `${mnemonic} ${at}, %${R32[register]}`,
    };
  })));

  check('store()', () => forEachRegister((register) => {
    const at = address();
    return [{ emit: (code) => x86_64.store(code, at, register), source: `mov %${R64[register]}, ${at}` }];
  }));

  check('loadWord()', () => forEachRegister((register) => REGISTERS.flatMap((base) => [
    { emit: (code) => x86_64.loadWord(code, register, base), source: `mov (%${R64[base]}), %${R64[register]}` },
  ])));

  check('loadByte() and storeByte()', () => forEachRegister((register) => REGISTERS.flatMap((base) => [
    { emit: (code) => x86_64.loadByte(code, register, base), source: `movzbl (%${R64[base]}), %${R32[register]}` },
    { emit: (code) => x86_64.storeByte(code, base, register), source: `movb %${R8[register]}, (%${R64[base]})` },
  ])));

  check('copy() and addRegister()', () => forEachRegister((register) => REGISTERS.flatMap((other) => [
    { emit: (code) => x86_64.copy(code, register, other), source: `mov %${R64[other]}, %${R64[register]}` },
    { emit: (code) => x86_64.addRegister(code, register, other), source: `add %${R64[other]}, %${R64[register]}` },
  ])));

  check('add()', () => forEachRegister((register) => immediates(random, 20).filter(fits32).map((value) => ({
    emit: (code) => x86_64.add(code, register, value),
    source: `add ${late(value)}, %${R64[register]}`,
  }))));

  check('negate()', () => forEachRegister((register) => [
    { emit: (code) => x86_64.negate(code, register), source: `neg %${R64[register]}` },
  ]));

  check('and()', () => forEachRegister((register) => immediates(random, 30).map((mask) => ({
    emit: (code) => x86_64.and(code, register, mask),
    source: andSource(register, mask),
  }))));

  check('compare()', () => forEachRegister((register) => immediates(random, 20).map((value) => ({
    emit: (code) => x86_64.compare(code, register, value),
    source: compareSource(register, value),
  }))));

  check('compareRegisters()', () => forEachRegister((register) => REGISTERS.map((other) => ({
    emit: (code) => x86_64.compareRegisters(code, register, other),
    source: `cmp %${R64[other]}, %${R64[register]}`,
  }))));

  check('systemCall()', () => [0, 1, 57, 334, 424, 469].map((number) => ({
    emit: (code) => x86_64.systemCall(code, number),
    source: `${moveSource(['rax', 'eax'], number)}\nsyscall`,
  })));

  check('emitStart() and emitSubroutines()', () => {
    // The jumps are in one line: not filled up inside.
    const loop = 'mov %rax, %r14\n1: mov %r14, %rax; syscall; cmp $-11, %rax; jne 2f; dec %r13d; jne 1b; 2:;';
    const both = (calls: string): string => {
      const way = `pop %r15\nmov %eax, %ebx\nshr $10, %ebx\nand $late_1023, %rax\n${calls}\ncmp $late_minus_4095, %rax`;
      return `${way}\n{disp32} jae failed\njmp *%r15\n${way}\njmp *%r15`;
    };
    const emit = (code: Code): void => {
      const failed = createLabel(code);
      bindLabel(code, failed);
      x86_64.emitSubroutines(code, failed);
    };
    return [
      { emit: (code) => x86_64.emitStart(code, 0x123_4560), source: 'mov $late_19088736, %rsp' },
      { emit, source: `failed:\n${both('syscall')}\n${both(`mov ${late(MOST_TRIES)}, %r13\n${loop}`)}` },
    ];
  });

  check('emitCall()', () => {
    const place = { begin: 0x1_0000, memory: MEMORY_BASE, exact: false };
    const cases = immediates(random, 60).map((value, index): Case => {
      const args: readonly Value[] = [
        { slot: 8 as Slot }, value, { load: 24, size: 8 }, { load: 16, size: 4 }, { memory: 32 }, { text: 'x' },
      ];
      const shift = index % args.length;
      const turned = [...args.slice(shift), ...args.slice(0, shift)];
      const call: Call = { stage: 'init', origin: '', action: 'test', kind: 'mmap', args: turned };
      return {
        emit: (code) => x86_64.emitCall({ code, constants: createConstants(place) }, call, index, 0),
        source: [
          ...turned.map((argument, register) => argumentSource(argument, register)),
          `mov $${index * 1024 + 9}, %eax`,
          'call begin',
        ].join('\n'),
      };
    });
    return [{ emit: () => undefined, source: 'begin:' }, ...cases];
  });

  check('jumps forward and back, branch(), call(), endCall(), trap()', () => {
    const labels: number[] = [];
    const conditions = Object.entries(CONDITIONS) as [Condition, string][];
    return [
      { emit: (code) => { labels.push(createLabel(code), createLabel(code)); bindLabel(code, labels[0] ?? 0); },
        source: 'back:' },
      { emit: (code) => x86_64.jump(code, labels[1] ?? 0), source: '{disp32} jmp forward' },
      ...conditions.map(([condition, mnemonic]) => ({
        emit: (code: Code) => x86_64.branch(code, condition, labels[1] ?? 0),
        source: `{disp32} ${mnemonic} forward`,
      })),
      { emit: (code) => x86_64.branchIfFailed(code, labels[1] ?? 0),
        source: `cmp ${late(-4095)}, %rax\n{disp32} jae forward` },
      { emit: (code) => x86_64.branchOnErrno(code, 17, labels[1] ?? 0),
        source: 'cmp $late_minus_17, %rax\n{disp32} je forward' },
      { emit: (code) => x86_64.jump(code, labels[0] ?? 0), source: '{disp32} jmp back' },
      { emit: (code) => x86_64.call(code, labels[0] ?? 0), source: 'call back' },
      { emit: (code) => x86_64.call(code, labels[1] ?? 0), source: 'call forward' },
      { emit: (code) => bindLabel(code, labels[1] ?? 0), source: 'forward:' },
      { emit: (code) => x86_64.endCall(code), source: 'ret' },
      { emit: (code) => x86_64.trap(code), source: 'ud2' },
    ];
  });
});

function argumentSource(argument: Value, register: number): string {
  const [r64, r32] = namesOf(register);
  if (typeof argument === 'number') return moveSource([r64, r32], argument);
  if ('slot' in argument) return `mov ${MEMORY_BASE + argument.slot}, %${r64}`;
  if ('load' in argument) return `mov ${MEMORY_BASE + argument.load}, %${argument.size === 8 ? r64 : r32}`;
  return moveSource([r64, r32], 'memory' in argument ? MEMORY_BASE + argument.memory : 0x1_0000);
}

function andSource(register: number, mask: number): string {
  if (mask >= 0 && mask <= 0xffff_ffff) return `and ${late(mask | 0)}, %${R32[register]}`;
  if (fits32(mask)) return `and ${late(mask)}, %${R64[register]}`;
  return `movabs $${mask}, %r11\nand %r11, %${R64[register]}`;
}

function compareSource(register: number, value: number): string {
  if (fits32(value)) return `cmp ${late(value)}, %${R64[register]}`;
  return `${moveSource(['r11', 'r11d'], value)}\ncmp %r11, %${R64[register]}`;
}

describe('code', () => {
  test('patchJumps() refuses a label without a place', () => {
    const code = createCode(16);
    x86_64.jump(code, createLabel(code));
    expect(() => x86_64.patchJumps(code)).toThrow(TypeError);
  });

  test('x86_64 refuses a register that does not exist', () => {
    expect(() => x86_64.setImmediate(createCode(16), 13, 1)).toThrow(RangeError);
  });
});
