import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../src/cgroup/devices/default-rules.ts';
import type { DeviceRule } from '../../../src/config/types.ts';
import { foldRules } from '../../../src/ebpf/device-list.ts';
import { compileDeviceProgram } from '../../../src/ebpf/device-program.ts';
import { disassembleDeviceProgram } from '../../../src/ebpf/disassemble.ts';
import { randomRules } from '../../support/device-cgroup.ts';
import { randomFrom } from '../../support/random.ts';
import { reassembleDeviceProgram } from '../../support/reassemble.ts';

class Hole extends Error {}

function compile(rules: readonly DeviceRule[]): Uint8Array | undefined {
  try {
    return compileDeviceProgram(foldRules(rules, () => { throw new Hole(); }));
  } catch (error) {
    if (error instanceof Hole) return undefined;
    throw error;
  }
}

describe('disassembleDeviceProgram()', () => {
  test('loses nothing: the text assembles to the same bytes', () => {
    let programs = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const program = compile(randomRules(randomFrom(seed), 8));
      if (program === undefined) continue;
      const lines = disassembleDeviceProgram(program).map(({ text }) => text);
      expect(Buffer.from(reassembleDeviceProgram(lines)).equals(program)).toBe(true);
      programs++;
    }
    expect(programs).toBeGreaterThan(100);
  });

  test('says what the registers hold', () => {
    const rules: DeviceRule[] = [{ allow: true, type: 'c', major: 10, minor: 229, access: 'rw' }, ...DEFAULT_RULES];
    const lines = disassembleDeviceProgram(compile(rules) ?? new Uint8Array(0));
    const shown = lines.map(({ text, comment }) => `${text} ; ${comment}`);
    expect(shown.slice(0, 8)).toEqual([
      'r2 = *(u32 *)(r1 +0) ; access and type', 'w5 = w2 ; ', 'w5 >>= 16 ; access', 'w2 &= 65535 ; type',
      'r3 = *(u32 *)(r1 +4) ; major', 'r4 = *(u32 *)(r1 +8) ; minor', 'w0 = 1 ; allow',
      expect.stringMatching(/^if w2 != 0x2 goto pc\+\d+ ; a character device\?$/),
    ]);
    expect(shown).toContainEqual(expect.stringMatching(/^if w3 != 0xa goto pc\+\d+ ; major 10\?$/));
    expect(shown).toContainEqual(expect.stringMatching(/^if w4 != 0xe5 goto pc\+\d+ ; minor 229\?$/));
    expect(shown).toContainEqual(expect.stringMatching(/^if w5 & 0x1 goto pc\+\d+ ; asks for mknod\?$/));
  });

  test('refuses what no device program of ours has', () => {
    expect(() => disassembleDeviceProgram(new Uint8Array([0x85, 0, 0, 0, 0, 0, 0, 0]))).toThrow('0x85');
  });
});
