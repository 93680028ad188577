import { describe, expect, test } from 'vitest';
import {
  ALU, compute, copy, encode, exit, go, JUMP, jump, load, newLabel, newProgram, place, type Program,
} from '../../../src/ebpf/program.ts';
import { checkProgram, decode, runDeviceProgram } from '../../support/ebpf.ts';

const hex = (program: Program): string[] => Buffer.from(encode(program)).toString('hex').match(/.{16}/g) ?? [];

function give(program: Program, value: number): void {
  compute(program, 0, { operation: ALU.move, operand: value });
  exit(program);
}

describe('encode()', () => {
  test('writes what the instruction set says', () => {
    const program = newProgram();
    load(program, 2, { from: 1, offset: 8 });
    copy(program, 5, 2);
    compute(program, 5, { operation: ALU.shiftRight, operand: 16 });
    compute(program, 2, { operation: ALU.and, operand: 0xffff });
    const end = newLabel(program);
    jump(program, { test: JUMP.notEqual, register: 2, operand: 0xffff_fffe }, end);
    jump(program, { test: JUMP.anyBit, register: 5, operand: 6 }, end);
    give(program, 1);
    place(program, end);
    give(program, 0);
    expect(hex(program)).toEqual([
      '6112080000000000', // r2 = *(u32 *)(r1 + 8)
      'bc25000000000000', // w5 = w2
      '7405000010000000', // w5 >>= 16
      '54020000ffff0000', // w2 &= 0xffff
      '56020300feffffff', // if w2 != 0xfffffffe goto +3
      '4605020006000000', // if w5 & 6 goto +2
      'b400000001000000', // w0 = 1
      '9500000000000000', // exit
      'b400000000000000', // w0 = 0
      '9500000000000000',
    ]);
  });

  test('leaves out what is never run', () => {
    const program = newProgram();
    const [never, nowhere] = [newLabel(program), newLabel(program)];
    give(program, 1);
    give(program, 0);
    go(program, never);
    place(program, never);
    place(program, nowhere);
    give(program, 0);
    expect(hex(program)).toEqual(['b400000001000000', '9500000000000000']);
  });
});

describe('jump()', () => {
  const access = { type: 'c', major: 5, minor: 0, access: 2 } as const;

  for (const length of [1, 31_990, 32_766, 33_000, 64_500, 100_000]) {
    test(`leads over ${length} instructions, taken or not`, () => {
      const program = newProgram();
      const [first, second] = [newLabel(program), newLabel(program)];
      load(program, 3, { from: 1, offset: 4 });
      load(program, 4, { from: 1, offset: 8 });
      jump(program, { test: JUMP.notEqual, register: 3, operand: 5 }, first);
      jump(program, { test: JUMP.notEqual, register: 4, operand: 0 }, second);
      for (let i = 0; i < length; i++) compute(program, 5, { operation: ALU.move, operand: i });
      give(program, 0);
      place(program, first);
      give(program, 1);
      place(program, second);
      give(program, 1);
      const bytes = encode(program);
      checkProgram(bytes);
      const code = decode(bytes);
      expect(runDeviceProgram(code, access)).toBe(false);
      expect(runDeviceProgram(code, { ...access, major: 7 })).toBe(true);
      expect(runDeviceProgram(code, { ...access, minor: 7 })).toBe(true);
    });
  }
});
