// Copies real directories: from a temporary one into another, as the user that runs the tests.

import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync, closeSync, constants, existsSync, linkSync, lstatSync, lutimesSync, mkdirSync, mkdtempSync, openSync,
  readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { withContainerRights } from '../../../src/launch/container-rights.ts';
import { copyTree } from '../../../src/launch/copy-tree.ts';
import { CANNOT_RUN } from '../elf/run-plan.ts';

const ffi = openFfi();
const isRoot = process.geteuid?.() === 0;

interface Ends {
  readonly from: string;
  readonly to: string;
}

function makeEnds(base = tmpdir()): Ends {
  const directory = mkdtempSync(join(base, 'nunc-copy-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const ends = { from: join(directory, 'from'), to: join(directory, 'to') };
  mkdirSync(ends.from);
  mkdirSync(ends.to);
  return ends;
}

function copy({ from, to }: Ends): void {
  const opened = [from, to].map((path) => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
  try {
    const [source = -1, destination = -1] = opened;
    withContainerRights(ffi, undefined, (rights) => { copyTree(ffi, { from: source, to: destination }, rights); });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

describe.skipIf(CANNOT_RUN !== '')('copyTree()', () => {
  test('copies contents, modes and times of a tree', () => {
    const ends = makeEnds();
    mkdirSync(join(ends.from, 'a/b/c'), { recursive: true });
    writeFileSync(join(ends.from, 'a/file'), 'x'.repeat(100_000));
    writeFileSync(join(ends.from, 'empty'), '');
    chmodSync(join(ends.from, 'a/file'), 0o4755);
    chmodSync(join(ends.from, 'a/b'), 0o2750);
    chmodSync(join(ends.from, 'a/b/c'), 0o500);
    utimesSync(join(ends.from, 'a/file'), 1000, 2000.5);
    utimesSync(join(ends.from, 'a/b'), 3000, 4000);
    const before = openDescriptors();
    copy(ends);
    expect(openDescriptors()).toBe(before);
    // Before reading it changes its access time.
    expect(statSync(join(ends.to, 'a/file'))).toMatchObject({ atimeMs: 1_000_000, mtimeMs: 2_000_500 });
    expect(readFileSync(join(ends.to, 'a/file'), 'utf8')).toBe('x'.repeat(100_000));
    expect(readFileSync(join(ends.to, 'empty'), 'utf8')).toBe('');
    const modes = ['a/file', 'a/b', 'a/b/c'].map((path) => (statSync(join(ends.to, path)).mode & 0o7777).toString(8));
    expect(modes).toEqual(['4755', '2750', '500']);
    expect(statSync(join(ends.to, 'a/b'))).toMatchObject({ mtimeMs: 4_000_000 });
  });

  test('copies symbolic links as links, wherever they lead', () => {
    const ends = makeEnds();
    symlinkSync('/etc/passwd', join(ends.from, 'absolute'));
    symlinkSync('nowhere/at/all', join(ends.from, 'dangling'));
    symlinkSync('..', join(ends.from, 'up'));
    lutimesSync(join(ends.from, 'up'), 7, 8);
    copy(ends);
    const links = ['absolute', 'dangling', 'up'].map((name) => readlinkSync(join(ends.to, name)));
    expect(links).toEqual(['/etc/passwd', 'nowhere/at/all', '..']);
    expect(lstatSync(join(ends.to, 'up')).mtimeMs).toBe(8000);
  });

  test('keeps hard links together', () => {
    const ends = makeEnds();
    mkdirSync(join(ends.from, 'deep/er'), { recursive: true });
    writeFileSync(join(ends.from, 'one'), 'content');
    linkSync(join(ends.from, 'one'), join(ends.from, 'deep/er/two'));
    symlinkSync('x', join(ends.from, 'link'));
    linkSync(join(ends.from, 'link'), join(ends.from, 'deep/link'));
    copy(ends);
    expect(statSync(join(ends.to, 'one'))).toMatchObject({ nlink: 2, ino: statSync(join(ends.to, 'deep/er/two')).ino });
    const { ino } = lstatSync(join(ends.to, 'deep/link'));
    expect(lstatSync(join(ends.to, 'link'))).toMatchObject({ nlink: 2, ino });
  });

  test('copies fifos and sockets without opening them, and devices as root', () => {
    const ends = makeEnds();
    execFileSync('mkfifo', ['-m', '640', join(ends.from, 'fifo')]);
    execFileSync('python3', ['-c', 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
      join(ends.from, 'socket')]);
    if (isRoot) execFileSync('mknod', ['-m', '604', join(ends.from, 'device'), 'c', '1', '3']);
    copy(ends);
    expect(lstatSync(join(ends.to, 'fifo')).isFIFO()).toBe(true);
    expect(lstatSync(join(ends.to, 'fifo')).mode & 0o7777).toBe(0o640);
    expect(lstatSync(join(ends.to, 'socket')).isSocket()).toBe(true);
    if (isRoot) {
      expect(lstatSync(join(ends.to, 'device'))).toMatchObject({ rdev: 0x103, mode: constants.S_IFCHR | 0o604 });
    }
  });

  test('leaves holes as holes', () => {
    const ends = makeEnds();
    writeFileSync(join(ends.from, 'sparse'), 'begin');
    truncateSync(join(ends.from, 'sparse'), 2 ** 33);
    execFileSync('sh', ['-c', 'printf end >>"$1"', 'sh', join(ends.from, 'sparse')]);
    writeFileSync(join(ends.from, 'hole'), '');
    truncateSync(join(ends.from, 'hole'), 1 << 20);
    copy(ends);
    const { size, blocks } = statSync(join(ends.to, 'sparse'));
    expect(size).toBe(2 ** 33 + 3);
    expect(blocks * 512).toBeLessThan(1 << 20);
    expect(execFileSync('tail', ['-c', '3', join(ends.to, 'sparse')], { encoding: 'utf8' })).toBe('end');
    expect(execFileSync('head', ['-c', '5', join(ends.to, 'sparse')], { encoding: 'utf8' })).toBe('begin');
    expect(statSync(join(ends.to, 'hole'))).toMatchObject({ size: 1 << 20, blocks: 0 });
  });

  test('copies extended attributes, but those of the host', () => {
    const ends = makeEnds();
    const path = join(ends.from, 'file');
    writeFileSync(path, '');
    mkdirSync(join(ends.from, 'directory'));
    const script = `
import os, sys
for name in ("file", "directory"): os.setxattr(sys.argv[1] + "/" + name, "user.note", b"value of " + name.encode())
if os.geteuid() == 0:
    capability = bytes.fromhex("0100000200200000000000000000000000000000")
    os.setxattr(sys.argv[1] + "/file", "security.capability", capability)
    os.setxattr(sys.argv[1] + "/file", "trusted.overlay.opaque", b"y")`;
    execFileSync('/usr/bin/python3', ['-c', script, ends.from]);
    copy(ends);
    const listing = `
import os, sys
for name in ("file", "directory"):
    path = sys.argv[1] + "/" + name
    print(name, sorted((key, os.getxattr(path, key).hex()) for key in os.listxattr(path)))`;
    const seen = execFileSync('/usr/bin/python3', ['-c', listing, ends.to], { encoding: 'utf8' });
    expect(seen).toContain(`('user.note', '${Buffer.from('value of file').toString('hex')}')`);
    expect(seen).toContain(`('user.note', '${Buffer.from('value of directory').toString('hex')}')`);
    if (isRoot) expect(seen).toContain("('security.capability', '01000002002");
    expect(seen).not.toContain('trusted');
  });

  test.skipIf(!isRoot)('copies owners', () => {
    const ends = makeEnds();
    mkdirSync(join(ends.from, 'directory'));
    writeFileSync(join(ends.from, 'file'), '');
    chmodSync(join(ends.from, 'file'), 0o6755);
    symlinkSync('x', join(ends.from, 'link'));
    execFileSync('chown', ['-hR', '1234:5678', ends.from]);
    chmodSync(join(ends.from, 'file'), 0o6755);
    copy(ends);
    for (const name of ['directory', 'file', 'link']) {
      expect(lstatSync(join(ends.to, name))).toMatchObject({ uid: 1234, gid: 5678 });
    }
    expect(statSync(join(ends.to, 'file')).mode & 0o7777).toBe(0o6755);
    expect(statSync(ends.to).uid).toBe(0);
  });

  test('copies names of any bytes', () => {
    const ends = makeEnds();
    const name = Buffer.from([0x66, 0xff, 0x0a, 0x22]);
    writeFileSync(Buffer.concat([Buffer.from(`${ends.from}/`), name]), 'odd');
    copy(ends);
    expect(readdirSync(ends.to, { encoding: 'buffer' })).toEqual([name]);
  });

  test('copies deep and wide trees', () => {
    const ends = makeEnds();
    const depth = 100;
    mkdirSync(join(ends.from, ...new Array<string>(depth).fill('d')), { recursive: true });
    // More than one getdents64(2) gives.
    const width = 400;
    for (let i = 0; i < width; i++) writeFileSync(join(ends.from, `${i}-${'long'.repeat(40)}`), '');
    copy(ends);
    expect(existsSync(join(ends.to, ...new Array<string>(depth).fill('d')))).toBe(true);
    expect(readdirSync(ends.to)).toHaveLength(width + 1);
  });

  test('says what it could not copy, and why', () => {
    const ends = makeEnds();
    mkdirSync(join(ends.from, 'a'));
    mkdirSync(join(ends.to, 'a'));
    writeFileSync(join(ends.from, 'a/b'), '');
    const before = openDescriptors();
    expect(() => { copy(ends); }).toThrow('cannot copy "a": file exists');
    expect(openDescriptors()).toBe(before);
  });

  test.skipIf(!isRoot)('ends when the destination is full', () => {
    const ends = makeEnds();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', ends.to]);
    onTestFinished(() => { execFileSync('umount', [ends.to]); });
    mkdirSync(join(ends.from, 'a'));
    writeFileSync(join(ends.from, 'a/big'), 'x'.repeat(100_000));
    const before = openDescriptors();
    expect(() => { copy(ends); }).toThrow('cannot copy "a/big": no space left on device');
    expect(openDescriptors()).toBe(before);
  });

  test('never follows what a file or directory is swapped for while it copies', async () => {
    const ends = makeEnds();
    const secret = makeEnds();
    writeFileSync(join(secret.from, 'file'), 'secret');
    mkdirSync(join(ends.from, 'directory'));
    writeFileSync(join(ends.from, 'directory/file'), 'harmless');
    writeFileSync(join(ends.from, 'file'), 'harmless');
    symlinkSync(secret.from, join(ends.from, 'other-directory'));
    symlinkSync(join(secret.from, 'file'), join(ends.from, 'other-file'));
    execFileSync('mkfifo', [join(ends.from, 'other-fifo')]);
    const swaps = `
import ctypes, os, sys
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None)
exchange = lambda a, b: libc.renameat2(-100, a, -100, b, 2)
while True:
    exchange(b"directory", b"other-directory"); exchange(b"file", b"other-file"); exchange(b"file", b"other-fifo")`;
    const swapper = spawn('/usr/bin/python3', ['-c', swaps, ends.from], { stdio: 'inherit' });
    const ended = new Promise((done) => { swapper.once('exit', done); });
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const to = `${ends.to}-${i}`;
      mkdirSync(to);
      copy({ from: ends.from, to });
      for (const name of readdirSync(to)) {
        const status = lstatSync(join(to, name));
        if (status.isFile()) seen.add(readFileSync(join(to, name), 'utf8'));
        if (status.isDirectory()) seen.add(readFileSync(join(to, name, 'file'), 'utf8'));
      }
      rmSync(to, { recursive: true });
    }
    swapper.kill('SIGKILL');
    await ended;
    expect([...seen]).toEqual(['harmless']);
  });

  test('goes on when entries vanish and files shrink', async () => {
    const ends = makeEnds();
    const script = 'cd "$1"; while :; do printf %1000000s x >a; : >a; mv a b; rm -f b; done';
    const changer = spawn('sh', ['-c', script, 'sh', ends.from]);
    const ended = new Promise((done) => { changer.once('exit', done); });
    for (let i = 0; i < 50; i++) {
      const to = `${ends.to}-${i}`;
      mkdirSync(to);
      copy({ from: ends.from, to });
      renameSync(to, `${to}-done`);
      rmSync(`${to}-done`, { recursive: true });
    }
    changer.kill('SIGKILL');
    await ended;
  });
});
