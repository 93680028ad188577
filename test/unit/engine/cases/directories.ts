// node:fs: directories, links and what files are.

import { execFileSync } from 'node:child_process';
import {
  chownSync, existsSync, fstatSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync,
  statfsSync, statSync, writeFileSync,
} from 'node:fs';
import { attempt } from '../../../support/engine/show.ts';

const shell = (script: string): string => execFileSync('/bin/sh', ['-c', script]).toString();
const bytes = (text: string): Buffer => Buffer.from(text);

/** A directory's entries have no order. Node's have one by libuv. */
function sorted(names: readonly unknown[]): string[] {
  return names.map((name) => (name instanceof Uint8Array ? [...name].join() : String(name))).sort();
}

type Status = ReturnType<typeof statSync>;

function facts(status: Status | undefined): unknown {
  if (status === undefined) return undefined;
  const { mode, nlink, uid, gid, rdev, size } = status;
  const kinds = [status.isFile(), status.isDirectory(), status.isSymbolicLink(), status.isCharacterDevice(),
    status.isBlockDevice(), status.isFIFO(), status.isSocket()];
  return [mode, nlink, uid, gid, rdev, status.isDirectory() ? 0 : size, kinds];
}

export const directories = {
  'readdirSync() of names, bytes and types': () => {
    shell('mkdir -p list/sub list/.hidden; touch list/file list/ä list/..x; ln -s sub list/link; mkfifo list/pipe');
    const entries = readdirSync('list', { withFileTypes: true });
    return [sorted(readdirSync('list')), sorted(readdirSync('list', { encoding: 'buffer' })),
      entries.map((entry) => `${entry.name} ${entry.isDirectory()}`).sort(), readdirSync('list/sub'),
      sorted(readdirSync(bytes('list')))];
  },
  'readdirSync() of names that are not UTF-8': () => {
    shell(String.raw`mkdir odd; touch "odd/$(printf 'a\377b')" "odd/$(printf '\355\240\200')" odd/ok`);
    return [sorted(readdirSync('odd')), sorted(readdirSync('odd', { encoding: 'buffer' }))];
  },
  'readdirSync() of many and long names': () => {
    mkdirSync('many');
    for (let i = 0; i < 2000; i++) writeFileSync(`many/${'n'.repeat(i % 200)}${i}`, '');
    return sorted(readdirSync('many')).join().length;
  },
  'errors of readdirSync()': () => [attempt(() => readdirSync('missing')), attempt(() => readdirSync('/proc/version')),
    attempt(() => readdirSync('')), attempt(() => readdirSync('nul\0') instanceof Error) instanceof Error],
  'mkdirSync()': () => [
    attempt(() => mkdirSync('made')), attempt(() => mkdirSync('made')), attempt(() => mkdirSync('made-too', 0o700)),
    attempt(() => mkdirSync('made-three', { mode: 0o711 })), attempt(() => mkdirSync('missing/x')),
    ...['made', 'made-too', 'made-three'].map((path) => facts(statSync(path))),
  ],
  'mkdirSync() recursive': () => {
    writeFileSync('plain', '');
    shell('mkdir target; ln -s target to-target');
    const make = (path: string, mode = 0o750): unknown => attempt(() => {
      mkdirSync(path, { recursive: true, mode });
    });
    const made = ['deep/a/b/c', 'deep/a/b/c', 'deep/a/d/', 'deep//e///f', './deep/g', 'deep/a/../h', '/', '.',
      'to-target/x', '/proc', '/tmp/'].map((path) => make(path));
    const wrong = ['plain', 'plain/x', 'plain/x/y', 'x'.repeat(300), `${'y'.repeat(300)}/x`]
      .map((path) => make(path)).map((result) => (result instanceof Error && 'code' in result ? result.code : result));
    return [made, wrong, shell('find deep target | sort'), facts(statSync('deep')), facts(statSync('deep/a/b/c'))];
  },
  'rmdirSync()': () => {
    shell('mkdir -p gone full/x full/y; touch gone-file');
    rmdirSync('gone');
    rmdirSync(bytes('full/x'));
    const rest = [existsSync('gone'), existsSync('full/x')];
    return [rest, ...['gone', 'full', 'gone-file', '.'].map((path) => attempt(() => {
      rmdirSync(path);
    }))];
  },
  'rmSync() force and recursive': () => {
    shell('mkdir -p tree/a/b tree/c; touch tree/f tree/a/b/g; ln -s /tmp tree/link');
    shell('ln -s missing tree/dangling; touch one; ln -s tree to-tree');
    const remove = (path: string, options = {}): unknown => {
      const result = attempt(() => {
        rmSync(path, options);
      });
      return result instanceof Error && 'code' in result ? String(result.code).replace('ERR_FS_', '') : result;
    };
    return [remove('one'), remove('one'), remove('one', { force: true }), remove('tree'), remove('tree',
      { force: true }),
      existsSync('tree/f'), remove('to-tree'), remove('tree/link', { recursive: true }), existsSync('/tmp'),
      remove('tree', { recursive: true }), existsSync('tree'), remove('missing/x', { force: true }),
      remove('tree', { recursive: true, force: true }), remove('tree', { recursive: true })];
  },
  'rmSync() of names that are not UTF-8': () => {
    shell(String.raw`mkdir -p bad/sub; touch "bad/$(printf 'a\377b')" "bad/sub/$(printf '\355\240\200')"`);
    shell(String.raw`mkdir "bad/$(printf 'd\377')"`);
    return [attempt(() => {
      rmSync('bad', { recursive: true, force: true });
    }), existsSync('bad')];
  },
  'stat of every kind of file': () => {
    shell('mkdir kinds; touch kinds/file; chmod 6751 kinds/file; ln kinds/file kinds/hard; mkfifo kinds/fifo; ' +
      'ln -s file kinds/link; ln -s nowhere kinds/dangling; mkdir -m 1777 kinds/dir; ' +
      'head -c 5000 /dev/zero > kinds/big');
    const paths = ['kinds/file', 'kinds/hard', 'kinds/fifo', 'kinds/link', 'kinds/dir', 'kinds/big', '/dev/null',
      '/dev/tty',
      '/dev/ptmx', '.', '/proc/version'];
    const inodes = [statSync('kinds/file').ino === statSync('kinds/hard').ino,
      statSync('kinds/file').dev === statSync('kinds/dir').dev, statSync('/proc').dev === statSync('kinds').dev];
    return [paths.map((path) => [facts(statSync(path)), facts(lstatSync(path)),
      facts(statSync(bytes(path)))]),
      facts(lstatSync('kinds/dangling')), inodes];
  },
  'devices and inodes of the whole system': () => ['/', '/proc', '/proc/self/ns/mnt', '/dev', '/sys', '/dev/null',
    '/tmp',
    '/proc/sys', '/dev/pts', '/dev/shm'].filter(existsSync).map((path) => {
    const { dev, ino, rdev } = statSync(path);
    return [path, dev, path === '/proc/self/ns/mnt' || path === '/dev/shm' ? ino : ino > 0, rdev];
  }),
  'fstatSync()': () => [facts(fstatSync(1)), fstatSync(2).isFIFO(), attempt(() => fstatSync(9999))],
  'throwIfNoEntry': () => ['missing', 'missing/x', '/proc/version/x', 'x'.repeat(300), ''].map((path) => [
    attempt(() => statSync(path, { throwIfNoEntry: false })), attempt(() => lstatSync(path, { throwIfNoEntry: false })),
    attempt(() => statSync(path)), attempt(() => lstatSync(path)),
  ]),
  'a loop of links': () => {
    shell('ln -s loop-b loop-a; ln -s loop-a loop-b');
    return [attempt(() => statSync('loop-a', { throwIfNoEntry: false })), attempt(() => readFileSync('loop-a')),
      facts(lstatSync('loop-a'))];
  },
  'readlinkSync()': () => {
    const long = [255, 256, 257, 1024, 4000].map((length) => 'l'.repeat(100).concat('/').repeat(41).slice(0, length));
    for (const text of long) shell(`ln -s ${text} long-${text.length}`);
    shell(String.raw`ln -s "$(printf 'x\377y')" odd-link`);
    return [long.map((text) => readlinkSync(`long-${text.length}`) === text), readlinkSync('odd-link'),
      readlinkSync('/proc/self/root'), readlinkSync('/proc/self/cwd') === process.cwd(),
      attempt(() => readlinkSync('missing')), attempt(() => readlinkSync('.')), readlinkSync('/proc/self/ns/mnt')];
  },
  'statfsSync()': () => [['/proc', '/sys', '/', '/dev', '.'].map((path) => {
    const { type, bsize, blocks } = statfsSync(path);
    return [type, bsize, blocks];
  }), attempt(() => statfsSync('missing'))],
  'chownSync()': () => {
    writeFileSync('owned', '');
    return [attempt(() => {
      chownSync('owned', process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
    }), attempt(() => {
      chownSync('missing', 0, 0);
    })];
  },
};
