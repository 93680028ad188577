import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Seccomp } from '../../../src/config/types.ts';
import { ConfigError } from '../../../src/error.ts';
import { syscalls } from '../../../src/linux/syscalls.ts';
import { compileFilter } from '../../../src/seccomp/compile.ts';
import { disassembleFilter } from '../../../src/seccomp/disassemble.ts';
import { randomFrom } from '../../support/random.ts';
import { type ProfileOptions, randomProfile } from '../../support/random-profiles.ts';
import { reassembleFilter } from '../../support/reassemble.ts';
import { requires } from '../../support/requires.ts';
import { docker, podman } from '../../support/seccomp-profiles.ts';

const exact = new Map<string, bigint>();

const OPTIONS: ProfileOptions = {
  names: Object.keys(syscalls.x86_64),
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  actions: ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRACE'],
  conditions: 2,
  distinct: true,
};

function compile(profile: Seccomp, architecture: 'x86_64' | 'aarch64' = 'x86_64'): Uint8Array {
  return compileFilter(profile, { architecture, exact }).program;
}

/** None where the rules contradict each other. */
function compileRandom(seed: number): Uint8Array[] {
  const random = randomProfile(randomFrom(seed), OPTIONS);
  try {
    return [compileFilter(random.profile, { architecture: 'x86_64', exact: random.exact }).program];
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/** Real profiles, and such as nobody would write. */
const programs = [
  compile(docker), compile(podman), compile(docker, 'aarch64'),
  ...Array.from({ length: 200 }, (_, i) => compileRandom(i + 1)).flat(),
];

/** Assembles with netsniff-ng's bpfc(8), whose language is that of the kernel's bpf_asm. */
function assembleElsewhere(lines: readonly string[]): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-bpfc-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const source = join(directory, 'filter');
  writeFileSync(source, lines.map((line, i) => `l${i}: ${line}\n`).join(''));
  const output = execFileSync('bpfc', ['-b', '-i', source], { encoding: 'utf8', maxBuffer: 1 << 24 });
  const rows = [...output.matchAll(/\{\s*0x([0-9a-f]+),\s*(\d+),\s*(\d+),\s*0x([0-9a-f]+)\s*\}/g)];
  const bytes = new Uint8Array(rows.length * 8);
  const view = new DataView(bytes.buffer);
  rows.forEach(([, code = '', yes, no, operand = ''], i) => {
    view.setUint16(i * 8, Number.parseInt(code, 16), true);
    view.setUint8(i * 8 + 2, Number(yes));
    view.setUint8(i * 8 + 3, Number(no));
    view.setUint32(i * 8 + 4, Number.parseInt(operand, 16), true);
  });
  return bytes;
}

describe('disassembleFilter()', () => {
  test('loses nothing: the text assembles to the same bytes', () => {
    expect(programs.length).toBeGreaterThan(100);
    for (const program of programs) {
      const lines = disassembleFilter(program).map(({ text }) => text);
      expect(Buffer.from(reassembleFilter(lines)).equals(program)).toBe(true);
    }
  });

  requires('bpfc')('writes what another assembler makes the same bytes of', () => {
    for (const program of programs.slice(0, 20)) {
      const lines = disassembleFilter(program).map(({ text }) => text);
      expect(Buffer.from(assembleElsewhere(lines)).equals(program)).toBe(true);
    }
  });

  test('says what the numbers mean', () => {
    const profile: Seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        { names: ['mount'], action: 'SCMP_ACT_ERRNO' },
        { names: ['mkdir'], action: 'SCMP_ACT_TRACE', errnoRet: 7 },
        {
          names: ['personality'], action: 'SCMP_ACT_KILL_PROCESS',
          args: [{ index: 1, value: 2 ** 33, op: 'SCMP_CMP_EQ' }],
        },
      ],
    };
    const lines = disassembleFilter(compile(profile)).map(({ text, comment }) => `${text} ; ${comment}`);
    expect(lines.slice(0, 3)).toEqual([
      'ld [4] ; architecture', expect.stringMatching(/^jeq #0xc000003e, l2, l\d+ ; x86_64 or x32$/),
      'ld [0] ; system call',
    ]);
    const text = lines.join('\n');
    for (const comment of [
      'ALLOW', 'ERRNO(EPERM)', 'TRACE(7)', 'KILL_PROCESS', 'KILL_THREAD', 'argument 1, lower half',
      'argument 1, upper half',
    ]) expect(text).toContain(` ; ${comment}`);
    expect(text).toMatch(/^j(eq|ge) #0xa5, .* ; (from mount on|mount)$/m);
  });

  test('refuses what no filter of ours has', () => {
    const negate = new Uint8Array([0x84, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => disassembleFilter(negate)).toThrow('no filter instruction: 0x84 at 0');
  });
});
