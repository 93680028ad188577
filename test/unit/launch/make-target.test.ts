// Makes targets below real directories, with links that lead out of them.

import { spawn } from 'node:child_process';
import {
  closeSync, constants, existsSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { withContainerRights } from '../../../src/launch/container-rights.ts';
import { makeTarget } from '../../../src/launch/make-target.ts';
import type { WantedTarget } from '../../../src/plan/paths.ts';
import { CANNOT_RUN } from '../elf/run-plan.ts';

const ffi = openFfi();

/** A directory with a root in it: what is beside the root must stay as it is. */
function makeRoot(): { root: string; outside: string } {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-target-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const made = { root: join(directory, 'root'), outside: join(directory, 'outside') };
  mkdirSync(made.root);
  mkdirSync(made.outside);
  return made;
}

function make(root: string, path: string, kind: WantedTarget['kind']): void {
  const descriptor = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const target = { components: path.split('/').filter((name) => name !== ''), kind };
    withContainerRights(ffi, undefined, (rights) => { makeTarget(ffi, descriptor, { target, rights }); });
  } finally {
    closeSync(descriptor);
  }
}

describe.skipIf(CANNOT_RUN !== '')('makeTarget()', () => {
  test('makes what is missing', () => {
    const { root } = makeRoot();
    mkdirSync(join(root, 'a'));
    const before = readdirSync('/proc/self/fd').length;
    make(root, 'a/b/c', 'directory');
    make(root, 'a/d/e', 'file');
    make(root, 'a/d/e', 'file');
    expect(lstatSync(join(root, 'a/b/c')).isDirectory()).toBe(true);
    expect(lstatSync(join(root, 'a/d/e'))).toMatchObject({ size: 0, nlink: 1 });
    expect(lstatSync(join(root, 'a/d/e')).isFile()).toBe(true);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  test.each([
    ['run/systemd/stub', 'etc/resolv.conf', '../run/systemd/stub'],
    ['run/systemd/stub', 'etc/resolv.conf', '/run/systemd/stub'],
    ['run/stub', 'etc/resolv.conf', '../../../../../run/stub'],
    ['etc/stub', 'etc/resolv.conf', './/stub'],
    ['etc/new/stub', 'etc/resolv.conf', 'new/../new/stub'],
  ])('makes %s for the link %s -> %s', (made, link, text) => {
    for (const kind of ['file', 'directory'] as const) {
      const { root, outside } = makeRoot();
      mkdirSync(join(root, 'etc'));
      symlinkSync(text, join(root, link));
      make(root, link, kind);
      expect(lstatSync(join(root, made))[kind === 'file' ? 'isFile' : 'isDirectory']()).toBe(true);
      expect(lstatSync(join(root, link)).isSymbolicLink()).toBe(true);
      expect(readdirSync(outside)).toEqual([]);
      expect(readdirSync(join(root, '..')).sort()).toEqual(['outside', 'root']);
    }
  });

  test('follows links on the way, one to the next', () => {
    const { root } = makeRoot();
    symlinkSync('two/x', join(root, 'one'));
    symlinkSync('/three', join(root, 'two'));
    make(root, 'one/below', 'file');
    expect(lstatSync(join(root, 'three/x/below')).isFile()).toBe(true);
  });

  test('makes nothing outside', () => {
    const { root, outside } = makeRoot();
    symlinkSync(join(outside, 'new'), join(root, 'absolute'));
    symlinkSync('../outside/new', join(root, 'relative'));
    symlinkSync('/proc/self/cwd/new', join(root, 'magic'));
    for (const name of ['absolute', 'relative', 'magic', '../outside/a', '../../b']) make(root, name, 'file');
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(root, outside, 'new'))).toBe(true);
    expect(readdirSync(root).sort()).toEqual(
      ['absolute', 'b', 'magic', 'outside', 'proc', 'relative', outside.split('/')[1]].sort());
  });

  test('does not follow for ever, nor through files', () => {
    const { root } = makeRoot();
    symlinkSync('loop', join(root, 'loop'));
    expect(() => { make(root, 'loop', 'file'); }).toThrow('cannot make "loop": too many levels of symbolic links');
    writeFileSync(join(root, 'file'), '');
    expect(() => { make(root, 'file/below', 'file'); }).toThrow('cannot make "file": not a directory');
  });

  test('makes nothing outside while directories are moved about (CVE-2024-45310)', async () => {
    const { root, outside } = makeRoot();
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    symlinkSync('../../../target/x', join(root, 'a/b/c/link'));
    const swaps = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
inner, outer = (path.encode() for path in sys.argv[1:])
while True: libc.renameat2(-100, inner, -100, outer, 2)`;
    const inner = join(root, 'a/b');
    mkdirSync(join(outside, 'moved/c'), { recursive: true });
    const swapper = spawn('/usr/bin/python3', ['-c', swaps, inner, join(outside, 'moved')], { stdio: 'inherit' });
    const ended = new Promise((done) => { swapper.once('exit', done); });
    for (let i = 0; i < 150; i++) {
      make(root, 'a/b/c/link/deep/er', 'directory');
      rmSync(join(root, 'target'), { recursive: true, force: true });
    }
    swapper.kill('SIGKILL');
    await ended;
    expect(readdirSync(outside)).toEqual(['moved']);
    expect(readdirSync(join(root, '..')).sort()).toEqual(['outside', 'root']);
  });
});
