// engine.c, heap.c and json.c where it is tight: for long, without memory, on small stacks, in odd surroundings.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seed } from '../../support/effort.ts';
import { buildPrograms, type Programs, runProgram } from '../../support/engine/programs.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const QUICKJS = join(root, 'node_modules/qjsc/deps/quickjs_2021_03_27');

let programs: Programs;

beforeAll(() => {
  programs = buildPrograms();
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

/** Runs a shell's words, with the engine as `$0`. @returns its standard output */
function shell(script: string): string {
  const engine = programs.engine[0] ?? '';
  const options = { cwd: programs.directory, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, engine], options);
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return stdout;
}

test('runtime memory does not grow by what is done again and again', () => {
  const growth = shell('exec "$0" grow').trimEnd().split('\n').map((line) => JSON.parse(line) as [string, number]);
  expect(growth).toHaveLength(8);
  for (const [name, kilobytes] of growth) expect(kilobytes, name).toBeLessThan(600);
});

test('runtime memory that is out is an error that can be told', () => {
  const oom = 'InternalError: out of memory';
  expect(JSON.parse(shell('ulimit -v 40000; exec "$0" exhaust'))).toEqual([oom, true, oom]);
});

test.each(['96', '256', '8192', 'unlimited'])('runtime recursion ends in an error on a stack of %s KiB', (size) => {
  const [value, ...others] = JSON.parse(shell(`ulimit -s ${size}; exec "$0" recurse`)) as string[];
  expect(value).toBe(size === '96' || size === '256' ? 'InternalError' : 'object');
  expect(others).toEqual(['InternalError', expect.stringMatching(/^(?:Internal|Range)Error$/), 'InternalError',
    'string', 'SyntaxError']);
});

test('runtime small stacks hold a large environment too', () => {
  shell('big=$(head -c 100000 /dev/zero | tr "\\0" x); export big; ulimit -s 256; exec "$0" recurse');
});

test.each(['0<&-', '1>&-', '2>&-', '0<&- 1>&- 2>&-',
  '0<&- 2>&-'])('runtime standard streams closed by %s are /dev/null', (closed) => {
  shell(`"$0" streams </dev/null >/dev/null 2>/dev/null ${closed}`);
  expect(JSON.parse(readFileSync(join(programs.directory, 'streams'), 'utf8')))
    .toEqual([expect.any(Number), '/dev/null', '/dev/null', '/dev/null']);
});

test('runtime signals that the caller ignores or blocks change nothing', () => {
  const options = { cwd: join(programs.directory, 'signals'), args: ['processes'] };
  const odd = ['env', '--ignore-signal=CHLD,USR2,HUP', '--block-signal=TERM,INT,CHLD,CONT', ...programs.engine];
  expect(runProgram(odd, options)).toEqual(runProgram(programs.engine, options));
});

test('runtime rejections that nobody handles end it with a message', () => {
  const { status, stdout, stderr } = spawnSync(programs.engine[0] ?? '', ['reject'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^nunc: internal error: Error: nobody asks\n/);
});

test('buildExecutable() gives the same bytes again', () => {
  using again = buildPrograms();
  const [one, two] = [programs, again].map(({ engine }) => readFileSync(engine[0] ?? ''));
  expect(one?.equals(two ?? Buffer.of())).toBe(true);
}, 60_000);

test('buildExecutable() leaves nothing executable that can be written', () => {
  const headers = execFileSync('readelf', ['-lW', programs.engine[0] ?? ''], { encoding: 'utf8' });
  const segments = headers.match(/^ +(?:LOAD|GNU_STACK|GNU_RELRO) .*$/gm) ?? [];
  const flags = segments.map((line) => line.replace(/^ +(\S+).* ([RWE ]{3}) 0x\S+$/, '$1 $2'));
  expect(flags.sort()).toEqual(['GNU_RELRO R  ', 'GNU_STACK RW ', 'LOAD R  ', 'LOAD R  ', 'LOAD R E', 'LOAD RW ',
    'LOAD RW ']);
});

test('buildExecutable() guards the stack, and leaves no part of it executable', () => {
  // Of what is linked from the same objects, and has its symbols still.
  const symbols = execFileSync('nm', [join(programs.directory, 'work/engine')], { encoding: 'utf8' });
  expect(symbols).toMatch(/ T __stack_chk_fail$/m);
  const code = execFileSync('objdump', ['-d', '--disassemble=native_syscall', join(programs.directory, 'work/engine')]);
  expect(code.toString()).toContain('<__stack_chk_fail>');
});

const seeds = ['1', '20211', String(seed)];

test(`heap.c gives blocks that are whole and apart, seeds ${seeds.join(', ')}`, () => {
  const { directory } = programs;
  const [section, program] = [join(directory, 'section.s'), join(directory, 'heap')];
  writeFileSync(section, '.section .nunc.heap,"aw",@nobits\n.balign 4096\n.globl heap_start, heap_end\nheap_start:\n' +
    '.skip 1 << 29\nheap_end:\n.section .note.GNU-stack,"",@progbits\n');
  const flags = ['-O1', '-w', '-no-pie', '-fsanitize=undefined', '-fno-sanitize-recover',
    `-I${QUICKJS}`, `-I${join(root, 'src/engine')}`];
  execFileSync('gcc', [...flags, section, join(root, 'test/unit/engine/heap-test.c'), '-o', program]);
  for (const one of seeds) {
    const { stdout, stderr, status } = spawnSync(program, [one], { encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
  }
});
