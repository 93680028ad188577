// Every instruction form of the x86_64 emitter, with random operands, against what GNU as makes of its source text.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bindLabel, type Code, createCode, createLabel, resolveJumps } from '../../../src/elf/code.ts';
import type { Condition } from '../../../src/elf/emitter.ts';
import { x86_64 } from '../../../src/elf/x86_64.ts';
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

/** What GNU as makes of a source text, by way of a file. */
function gnuAssemble(source: string): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-as-'));
  try {
    const [text, object, binary] = ['case.s', 'case.o', 'case.bin'].map((name) => join(directory, name)) as [
      string, string, string,
    ];
    writeFileSync(text, source);
    for (const [command, ...args] of [
      ['as', '--64', '-o', object, text],
      ['objcopy', '-O', 'binary', '-j', '.text', object, binary],
    ] as const) {
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${command}: ${stderr}`);
    }
    return readFileSync(binary);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Compares all cases at once; the message names the first that differs. */
function compare(cases: readonly Case[]): void {
  const code = createCode(16);
  const offsets: number[] = [];
  for (const { emit } of cases) {
    offsets.push(code.length);
    emit(code);
  }
  resolveJumps(code, x86_64.patchJump);
  const ours = code.bytes.subarray(0, code.length);
  const theirs = gnuAssemble(`${cases.map(({ source }) => source).join('\n')}\n`);
  for (const [index, { source }] of cases.entries()) {
    const [start, end] = [offsets[index] ?? 0, offsets[index + 1] ?? code.length];
    expect(hex(ours.subarray(start, end)), `seed ${SEED}: ${source}`).toBe(hex(theirs.subarray(start, end)));
  }
  expect(theirs.length).toBe(ours.length);
}

function forEachRegister(make: (register: number) => readonly Case[]): readonly Case[] {
  return REGISTERS.flatMap(make);
}

/** The shortest way to set a register, as source. */
function moveSource(names: readonly [r64: string, r32: string], value: number): string {
  const [r64, r32] = names;
  if (value === 0) return `xor %${r32}, %${r32}`;
  if (value > 0 && value <= 0xffff_ffff) return `mov $${value}, %${r32}`;
  return value < -0x8000_0000 || value > 0 ? `movabs $${value}, %${r64}` : `mov $${value}, %${r64}`;
}

function namesOf(register: number): readonly [string, string] {
  return [R64[register] ?? '', R32[register] ?? ''];
}

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
    source: `add $${value}, %${R64[register]}`,
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
        source: 'cmp $-4095, %rax\n{disp32} jae forward' },
      { emit: (code) => x86_64.jump(code, labels[0] ?? 0), source: '{disp32} jmp back' },
      { emit: (code) => x86_64.call(code, labels[0] ?? 0), source: 'call back' },
      { emit: (code) => x86_64.call(code, labels[1] ?? 0), source: 'call forward' },
      { emit: (code) => x86_64.branchIfSucceeded(code, labels[0] ?? 0),
        source: 'cmp $-4095, %rax\n{disp32} jb back' },
      { emit: (code) => bindLabel(code, labels[1] ?? 0), source: 'forward:' },
      { emit: (code) => x86_64.endCall(code), source: 'ret' },
      { emit: (code) => x86_64.trap(code), source: 'ud2' },
    ];
  });
});

function andSource(register: number, mask: number): string {
  if (mask >= 0 && mask <= 0xffff_ffff) return `and $${mask | 0}, %${R32[register]}`;
  if (fits32(mask)) return `and $${mask}, %${R64[register]}`;
  return `movabs $${mask}, %r11\nand %r11, %${R64[register]}`;
}

function compareSource(register: number, value: number): string {
  if (value === 0) return `test %${R64[register]}, %${R64[register]}`;
  if (fits32(value)) return `cmp $${value}, %${R64[register]}`;
  return `${moveSource(['r11', 'r11d'], value)}\ncmp %r11, %${R64[register]}`;
}

describe('code', () => {
  test('resolveJumps() refuses a label without a place', () => {
    const code = createCode(16);
    x86_64.jump(code, createLabel(code));
    expect(() => resolveJumps(code, x86_64.patchJump)).toThrow(TypeError);
  });

  test('x86_64 refuses a register that does not exist', () => {
    expect(() => x86_64.setImmediate(createCode(16), 13, 1)).toThrow(RangeError);
  });
});
