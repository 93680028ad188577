// Looks at files of real directories: hostile links, real programs (readelf(1) says what they are), made-up headers.

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { findProgram } from '../../../src/host/find-program.ts';
import { inspectProgram, readContent } from '../../../src/host/program-file.ts';
import { errno } from '../../../src/linux/errno.ts';

const ffi = openFfi();

function makeRoot(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'nunc-program-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode: 0o755 });
  }
  return root;
}

function contentOf(bytes: string | Uint8Array): ReturnType<typeof readContent> {
  const file = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return readContent((offset, length) => file.subarray(offset, offset + length));
}

/** A header alone, or one with a PT_INTERP at `interpreterAt`. */
function elf(machine: number, { wide = true, little = true, type = 2, interpreter = '' } = {}): Uint8Array {
  const file = new Uint8Array(512);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  view.setUint16(16, type, little);
  view.setUint16(18, machine, little);
  if (interpreter === '') return file;
  const table = 128;
  if (wide) view.setBigUint64(32, BigInt(table), little);
  else view.setUint32(28, table, little);
  view.setUint16(wide ? 54 : 42, wide ? 56 : 32, little);
  view.setUint16(wide ? 56 : 44, 2, little);
  const segment = table + (wide ? 56 : 32);
  view.setUint32(segment, 3, little);
  if (wide) view.setBigUint64(segment + 8, 300n, little);
  else view.setUint32(segment + 4, 300, little);
  if (wide) view.setBigUint64(segment + 32, BigInt(interpreter.length + 1), little);
  else view.setUint32(segment + 16, interpreter.length + 1, little);
  file.set(new TextEncoder().encode(interpreter), 300);
  return file;
}

describe('readContent()', () => {
  test.each([
    ['aarch64', elf(183)],
    ['x86_64', elf(62)],
    ['x32', elf(62, { wide: false })],
    ['i386', elf(3, { wide: false })],
    ['arm', elf(40, { wide: false })],
    ['riscv64', elf(243)],
    ['s390x', elf(22, { little: false })],
    ['ppc64le', elf(21)],
    ['ppc64', elf(21, { little: false })],
    ['machine 4711', elf(4711)],
  ])('knows a program for %s', (architecture, file) => {
    expect(contentOf(file)).toEqual({ kind: 'elf', architecture });
  });

  test.each([
    ['64 bits', {}],
    ['32 bits', { wide: false }],
    ['big-endian', { little: false }],
    ['position-independent', { type: 3 }],
  ])('finds the loader: %s', (_, shape) => {
    const interpreter = '/lib/ld-musl.so.1';
    expect(contentOf(elf(183, { ...shape, interpreter }))).toMatchObject({ kind: 'elf', interpreter });
  });

  test.each([
    ['an object file', elf(62, { type: 1 })],
    ['a core dump', elf(62, { type: 4 })],
    ['a header that is cut off', elf(62).subarray(0, 40)],
    ['text', 'echo hello\n'],
    ['#! with nothing', '#!\necho'],
    ['#! with blanks only', '#!  \t \n/bin/sh'],
  ])('takes nothing else for a program: %s', (_, file) => {
    expect(contentOf(file)).toEqual({ kind: 'unknown' });
  });

  test('is not led astray by offsets beyond the file', () => {
    const file = elf(62, { interpreter: '/lib/ld.so' });
    new DataView(file.buffer).setBigUint64(32, 2n ** 64n - 1n, true);
    expect(contentOf(file)).toEqual({ kind: 'elf', architecture: 'x86_64' });
  });

  test.each([
    ['#!/bin/sh\n', { interpreter: '/bin/sh' }],
    ['#! /usr/bin/env  python3 -u \nrest', { interpreter: '/usr/bin/env', argument: 'python3 -u' }],
    ['#!\t/bin/sh', { interpreter: '/bin/sh' }],
    ['#!/bin/sh\r\n', { interpreter: '/bin/sh\r' }],
    ['#!sh\n', { interpreter: 'sh' }],
  ])('reads %j', (text, found) => {
    expect(contentOf(text)).toEqual({ kind: 'script', ...found });
  });

  test('knows an empty file', () => {
    expect(contentOf('')).toEqual({ kind: 'empty' });
  });
});

describe('inspectProgram()', () => {
  test('sees what readelf sees', () => {
    const root = makeRoot({});
    copyFileSync('/bin/ls', join(root, 'ls'));
    const interpreter = /program interpreter: (.*)\]/.exec(execFileSync('readelf', ['-l', '/bin/ls']).toString())?.[1];
    expect(interpreter).toMatch(/^\//);
    const architecture = execFileSync('uname', ['-m']).toString().trim();
    expect(inspectProgram(ffi, root, '/ls')).toEqual({ kind: 'elf', architecture, interpreter, executable: true });
  });

  test('resolves links inside the root', () => {
    const root = makeRoot({ 'etc/passwd': '#!/inside\n' });
    symlinkSync('/etc/passwd', join(root, 'absolute'));
    symlinkSync('../../../../../../etc/passwd', join(root, 'relative'));
    symlinkSync('/proc/self/exe', join(root, 'magic'));
    symlinkSync('loop', join(root, 'loop'));
    const inside = { kind: 'script', interpreter: '/inside', executable: true };
    expect(inspectProgram(ffi, root, '/absolute')).toEqual(inside);
    expect(inspectProgram(ffi, root, 'relative')).toEqual(inside);
    expect(inspectProgram(ffi, root, '/../../etc/passwd')).toEqual(inside);
    expect(inspectProgram(ffi, root, '/magic')).toEqual({ kind: 'missing', errno: errno.ENOENT });
    expect(inspectProgram(ffi, root, '/loop')).toEqual({ kind: 'missing', errno: errno.ELOOP });
  });

  test('opens nothing but regular files', () => {
    const root = makeRoot({ 'directory/file': '' });
    execFileSync('mkfifo', [join(root, 'fifo')]);
    expect(inspectProgram(ffi, root, '/fifo')).toEqual({ kind: 'special' });
    expect(inspectProgram(ffi, root, '/directory')).toEqual({ kind: 'directory' });
    expect(inspectProgram(ffi, root, '/directory/file/x')).toEqual({ kind: 'missing', errno: errno.ENOTDIR });
    expect(inspectProgram(ffi, root, '/directory/file\0x')).toEqual({ kind: 'missing', errno: errno.ENOENT });
    expect(inspectProgram(ffi, join(root, 'none'), '/x')).toEqual({ kind: 'missing', errno: errno.ENOENT });
  });

  test('tells whether anybody may execute it', () => {
    const root = makeRoot({ plain: '#!/bin/sh\n' });
    chmodSync(join(root, 'plain'), 0o644);
    expect(inspectProgram(ffi, root, '/plain')).toMatchObject({ kind: 'script', executable: false });
  });
});

describe('findProgram()', () => {
  test('searches $PATH, from the working directory on', () => {
    const root = makeRoot({ 'usr/bin/tool': '#!/bin/sh\n', 'work/here': '#!/bin/sh\n', 'bin/tool': 'x' });
    chmodSync(join(root, 'bin/tool'), 0o644);
    const find = (name: string, path: string): string => findProgram(ffi, root, { name, path, cwd: '/work' }).path;
    expect(find('tool', '/sbin:/bin:/usr/bin')).toBe('/usr/bin/tool');
    expect(find('here', '/bin:')).toBe('/work/./here');
    expect(find('./here', '/bin')).toBe('/work/./here');
  });

  test('shows what is there but can\'t be executed', () => {
    const root = makeRoot({ 'bin/tool': 'x', 'usr/bin/dir/file': '' });
    chmodSync(join(root, 'bin/tool'), 0o644);
    const wanted = { cwd: '/', path: '/bin:/usr/bin:/bin' };
    expect(findProgram(ffi, root, { name: 'tool', ...wanted })).toEqual({
      path: '/bin/tool', file: { kind: 'unknown', executable: false }, found: false, searched: ['/bin', '/usr/bin'],
    });
    expect(findProgram(ffi, root, { name: 'dir', ...wanted })).toMatchObject({ path: '/usr/bin/dir', found: false });
    expect(findProgram(ffi, root, { name: 'none', ...wanted })).toMatchObject({ path: 'none', found: false });
    expect(findProgram(ffi, root, { name: '/bin/none', ...wanted })).toMatchObject({ found: false, searched: [] });
  });
});
