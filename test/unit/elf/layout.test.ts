// The executable's structure as readelf and objdump see it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../../src/elf/assemble.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import { call, exit, planOf, say } from './run-plan.ts';

const MISSING = spawnSync('readelf', ['--version']).status === 0 ? '' : 'needs readelf and objdump (package binutils)';

interface Segment {
  readonly type: string;
  readonly flags: string;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

function parseSegments(text: string): readonly Segment[] {
  const row = /^ +(LOAD|GNU_STACK) +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) (.{3}) (0x\w+)$/gm;
  const rows = text.matchAll(row);
  return Array.from(rows, ([, type = '', offset, address, fileSize, memorySize, flags = '', alignment]) => ({
    type,
    flags: flags.replaceAll(' ', ''),
    offset: Number(offset),
    address: Number(address),
    fileSize: Number(fileSize),
    memorySize: Number(memorySize),
    alignment: Number(alignment),
  }));
}

describe.skipIf(MISSING !== '')(`buildExecutable() ${MISSING}`, () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'nunc-elf-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function inspect(operations: readonly Operation[], memory: number): { file: Uint8Array; path: string; text: string } {
    const file = assemble(planOf(operations, memory), 'x86_64');
    const path = join(directory, 'init');
    writeFileSync(path, file);
    const { stdout, stderr } = spawnSync('readelf', ['-hlW', path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return { file, path, text: stdout };
  }

  test.each([
    ['small', 8, [say('x'), exit(0)]],
    ['without constants', 0, [exit(0)]],
    ['with much of all', 40_000, [say('y'.repeat(9000)), ...Array.from({ length: 900 }, () => exit(0))]],
  ])('makes separate segments of constants, memory and text: %s', (_, memory, operations) => {
    const { text, file } = inspect(operations, memory);
    const segments = parseSegments(text);
    const kinds = segments.map(({ type, flags }) => `${type} ${flags}`);
    expect(kinds).toEqual(['LOAD R', 'LOAD RW', 'LOAD RE', 'GNU_STACK RW']);
    const [constants, writable, code] = segments as [Segment, Segment, Segment];
    expect(writable.fileSize).toBe(0);
    expect(writable.memorySize).toBeGreaterThanOrEqual(memory + 16);
    expect(code.offset + code.fileSize).toBe(file.length);
    expect(constants.fileSize).toBe(code.offset);
    for (const { offset, address, alignment } of [constants, writable, code]) {
      expect(alignment).toBe(4096);
      expect(address % 4096).toBe(offset % 4096);
      expect(offset % 4096).toBe(0);
    }
    expect(constants.address + constants.memorySize).toBeLessThanOrEqual(writable.address);
    expect(writable.address + writable.memorySize).toBeLessThanOrEqual(code.address);
    expect(text).toMatch(/Type: +EXEC/);
    expect(text).toMatch(/Machine: +Advanced Micro Devices X86-64/);
    const entry = Number(/Entry point address: +(0x\w+)/.exec(text)?.[1]);
    expect(entry).toBeGreaterThan(code.address);
    expect(entry).toBeLessThan(code.address + code.fileSize);
  });

  test('makes a file of two pages and the text for a usual plan', () => {
    expect(inspect([say('x'.repeat(1000)), exit(0)], 4096).file.length).toBeLessThan(4096 + 400);
  });

  test('writes text that objdump decodes to its end', () => {
    const operations = Array.from({ length: 50 }, (_, index) => call('close', [index], { tolerate: [9] }));
    const { path, file } = inspect([...operations, exit(0)], 8);
    const { stdout } = spawnSync('objdump', [
      '-D', '-b', 'binary', '-m', 'i386:x86-64', '--start-address=0x1000', path,
    ], { encoding: 'utf8' });
    const instructions = stdout.split('\n').filter((line) => /^ +\w+:\t/.test(line));
    expect(stdout).not.toContain('(bad)');
    // Those of all operations, in four kinds, and those of a failure.
    expect(instructions.filter((line) => line.endsWith('syscall')).length).toBe(4 + 2);
    expect(instructions.filter((line) => line.includes('\tcall ')).length).toBe(50 + 1);
    expect(instructions.at(-1)).toMatch(/0f 0b +\tud2/);
    expect(instructions.at(-1)).toContain((file.length - 2).toString(16));
  });
});
