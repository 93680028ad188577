// node:fs: what is read and written. Every case starts in the same empty directory and names its files after itself.

import {
  accessSync, chmodSync, closeSync, constants, existsSync, openSync, readFileSync, readSync, renameSync, unlinkSync,
  writeFileSync, writeSync,
} from 'node:fs';
import { attempt } from '../../../support/engine/show.ts';

const TEXT = 'a – ä 三 \u{1f600}\n';
const bytesOf = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

/** A file's contents in short. */
function summary(bytes: Uint8Array): unknown {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) % 0x7fffffff;
  return [bytes.length, sum];
}

/** Runs `use` with an open file and closes it. */
function withFile(path: string, flags: string | number, use: (descriptor: number) => unknown): unknown {
  const descriptor = openSync(path, flags);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const files = {
  'readFileSync() and writeFileSync() of texts': () => {
    writeFileSync('text', TEXT);
    return [readFileSync('text', 'utf8'), readFileSync('text', 'latin1'), readFileSync('text'),
      readFileSync(Buffer.from('text'), 'utf8')];
  },
  'writeFileSync() of half a surrogate pair': () => {
    writeFileSync('half', 'a\ud800b\udc00');
    return readFileSync('half');
  },
  'readFileSync() of what is not UTF-8': () => {
    writeFileSync('bytes', bytesOf(0x61, 0xff, 0xe2, 0x82, 0x61, 0xed, 0xa0, 0x80, 0xf0, 0x9f));
    return [readFileSync('bytes', 'utf8'), readFileSync('bytes', 'latin1'), readFileSync('bytes').toString()];
  },
  'readFileSync() leaves a byte order mark': () => {
    writeFileSync('mark', bytesOf(0xef, 0xbb, 0xbf, 0x61));
    return [readFileSync('mark', 'utf8'), readFileSync('mark').toString()];
  },
  'readFileSync() of large files': () => [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000, 1_500_000].map((length) => {
    writeFileSync('large', pattern(length));
    return [summary(readFileSync('large')), readFileSync('large', 'latin1').length];
  }),
  'readFileSync() gives memory of its own': () => {
    writeFileSync('own', 'first');
    const first = readFileSync('own');
    writeFileSync('own', 'other');
    return [readFileSync('own').toString(), first.toString()];
  },
  'readFileSync() of files of /proc, which have no size': () => [
    readFileSync('/proc/self/status', 'utf8').includes('\nPid:'), readFileSync('/proc/self/mountinfo').length > 100,
    readFileSync('/proc/self/environ', 'utf8').includes('PATH=/usr/bin:/bin\0'),
    readFileSync('/proc/kallsyms', 'latin1').length > 100_000,
  ],
  'readFileSync() of a descriptor goes on where that is': () => {
    writeFileSync('descriptor', 'abcdef');
    return withFile('descriptor', 'r', (file) => {
      readSync(file, new Uint8Array(2), 0, 2, null);
      return [readFileSync(file, 'utf8'), readFileSync(file, 'utf8')];
    });
  },
  'parts of what readFileSync() returns': () => {
    writeFileSync('parts', 'abcdef');
    const bytes = readFileSync('parts');
    const parts = [bytes.subarray(2, 4), bytes.subarray(-2), bytes.subarray(3).subarray(1),
      bytes.map((one) => one + 1)];
    return [parts, parts.map(String), bytes.toString('hex'), bytes.indexOf(0x63), [...bytes]];
  },
  'errors of readFileSync() and openSync()': () => [
    attempt(() => readFileSync('missing')), attempt(() => readFileSync('.')), attempt(() => readFileSync('')),
    attempt(() => readFileSync('/proc/self/status/x')), attempt(() => readSync(9999, new Uint8Array(1))),
    attempt(() => openSync('missing/file', 'w')), attempt(() => openSync('.', 'w')),
    attempt(() => openSync('x'.repeat(300), 'r')), attempt(() => readFileSync('x/'.repeat(3000))),
    attempt(() => readFileSync(Buffer.from('missing'))), attempt(() => readFileSync('/proc/self/mem')),
  ],
  'a NUL in a path is an error': () => [
    attempt(() => readFileSync('/proc/version\0x')), attempt(() => openSync('nul\0', 'w')),
    attempt(() => readFileSync(Buffer.from('/proc/version\0x'))), attempt(() => unlinkSync('nul\0')),
  ].map((result) => result instanceof Error),
  'a NUL in a path does not exist': () => [existsSync('/proc/version\0'), existsSync('.\0')],
  'modes of new files': () => {
    const before = process.umask(0o027);
    writeFileSync('mode-default', '');
    writeFileSync('mode-given', '', { mode: 0o777 });
    closeSync(openSync('mode-open', 'w', 0o604));
    const during = process.umask(before);
    chmodSync('mode-open', 0o4711);
    return [during];
  },
  'flags of openSync()': () => {
    writeFileSync('flags', '0123');
    const exists = attempt(() => openSync('flags', 'wx'));
    const appended = withFile('flags', 'a', (file) => writeSync(file, '45'));
    const patched = withFile('flags', 'r+', (file) => [writeSync(file, 'ab'), attempt(() => readSync(file,
      bytesOf(0)))]);
    const text = readFileSync('flags', 'utf8');
    const unreadable = withFile('flags', 'w', (file) => attempt(() => readSync(file, bytesOf(0))));
    const unwritable = withFile('flags', constants.O_RDONLY, (file) => attempt(() => writeSync(file, 'x')));
    const exclusive = withFile('new', constants.O_CREAT | constants.O_EXCL | constants.O_RDWR,
      (file) => writeSync(file, 'x'));
    return [exists, appended, patched, text, unreadable, unwritable, exclusive, readFileSync('flags', 'utf8')];
  },
  'the constants': () => Object.fromEntries(
    (['F_OK', 'R_OK', 'W_OK', 'X_OK', 'O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_CREAT', 'O_EXCL', 'O_NOCTTY', 'O_TRUNC',
      'O_APPEND', 'O_NONBLOCK', 'O_DIRECTORY', 'O_NOFOLLOW'] as const).map((name) => [name, constants[name]])),
  'descriptors are close-on-exec': () => withFile('/proc/self/fdinfo', 'r', () => {
    const file = openSync('/dev/null', 'r');
    const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'utf8'))?.[1] ?? '0';
    closeSync(file);
    return parseInt(flags, 8) & 0o2000000;
  }),
  'readSync() with an offset, a length and a position': () => {
    writeFileSync('positions', 'abcdefgh');
    return withFile('positions', 'r', (file) => {
      const into = new Uint8Array(8);
      const counts = [readSync(file, into, 2, 3, null), readSync(file, into, 5, 2, 6), readSync(file, into, 0, 2, null),
        readSync(file, into, 0, 0, null), readSync(file, new Uint8Array(0), 0, 0, 0), readSync(file, into, 0, 8, 7),
        readSync(file, into, 0, 8, 100)];
      return [counts, into];
    });
  },
  'writeSync() from an offset': () => {
    const written = withFile('offset', 'w', (file) => [
      writeSync(file, bytesOf(1, 2, 3, 4), 2), writeSync(file, 'ä三'), writeSync(file, bytesOf(5, 6).subarray(1)),
      writeSync(file, bytesOf()),
    ]);
    return [written, readFileSync('offset')];
  },
  'closeSync() of what is closed': () => attempt(() => {
    closeSync(9999);
  }),
  'accessSync() and existsSync()': () => {
    writeFileSync('access', '', { mode: 0o644 });
    accessSync('access');
    accessSync('access', constants.R_OK | constants.W_OK);
    return [attempt(() => {
        accessSync('access', constants.X_OK);
      }), attempt(() => {
        accessSync('missing');
      }), existsSync('access'), existsSync('missing'), existsSync('access/x'), existsSync('')];
  },
  'renameSync() and unlinkSync()': () => {
    writeFileSync('old', 'text');
    renameSync('old', 'renamed');
    renameSync(Buffer.from('renamed'), 'again');
    const text = readFileSync('again', 'utf8');
    unlinkSync('again');
    return [text, existsSync('again'), attempt(() => {
      renameSync('missing', 'elsewhere');
    }), attempt(() => {
      renameSync('missing', '/proc/elsewhere');
    }), attempt(() => {
      unlinkSync('missing');
    }), attempt(() => {
      unlinkSync('/proc/version');
    }), attempt(() => {
      chmodSync('missing', 0o600);
    })];
  },
  'every errno has its name': () => [attempt(() => readFileSync('/proc/self/mem')),
    attempt(() => {
      writeFileSync('/dev/full', 'x');
    }), attempt(() => {
      writeFileSync('/proc/version', 'x');
    }), attempt(() => {
      renameSync('/proc/version', 'x');
    }), attempt(() => openSync('/dev/tty', constants.O_RDWR | constants.O_NOFOLLOW) < 0)],
};
