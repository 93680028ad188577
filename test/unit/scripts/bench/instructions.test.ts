import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'nunc-instructions-'));
afterAll(() => rmSync(directory, { recursive: true }));
const script = fileURLToPath(new URL('../../../../scripts/bench/instructions.ts', import.meta.url));
const port = fileURLToPath(new URL('../../../../scripts/ffi-bun.ts', import.meta.url));
const hasTools = process.arch === 'x64' && spawnSync('gcc', ['--version']).status === 0;

describe('countInstructions()', () => {
  // Under Bun, whose main thread calls ptrace(2): it must always be the same.
  test.skipIf(!hasTools)('counts each instruction, of children too', () => {
    writeFileSync(join(directory, 'loop.s'), `
      .globl _start
      _start: mov $1000, %ecx
      1:      dec %ecx
              jnz 1b
              mov $57, %eax
              syscall           # fork
              test %eax, %eax
              jz 2f
              mov $61, %eax
              mov $-1, %rdi
              xor %esi, %esi
              xor %edx, %edx
              xor %r10d, %r10d
              syscall           # wait4
      2:      mov $60, %eax
              xor %edi, %edi
              syscall           # exit
    `);
    execFileSync('gcc', ['-nostdlib', '-static', 'loop.s', '-o', 'loop'], { cwd: directory });
    writeFileSync(join(directory, 'count.ts'), `
      import { openFfi } from ${JSON.stringify(port)};
      import { countInstructions } from ${JSON.stringify(script)};
      const counts = (program: string) => program === 'loop';
      console.log(JSON.stringify(countInstructions(openFfi(), { argv: ['${directory}/loop'], envp: [], counts })));
    `);
    const output = execFileSync('bun', [join(directory, 'count.ts')], { encoding: 'utf8', timeout: 15_000 });
    expect(JSON.parse(output)).toEqual([
      { program: 'loop', child: false, instructions: 2014 }, { program: 'loop', child: true, instructions: 5 },
    ]);
  });
});
