// What can have come to be in the place of a file.

import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes each, at a path where nothing is. @param canary a file that must not be written to */
export function fileKinds(canary: string): Readonly<Record<string, (path: string) => void>> {
  return {
    'nothing': () => undefined,
    'an empty file': (path) => writeFileSync(path, ''),
    'a directory': (path) => void mkdirSync(join(path, 'in', 'it'), { recursive: true }),
    'a fifo': (path) => void spawnSync('mkfifo', [path]),
    'a link to a canary': (path) => symlinkSync(canary, path),
    'a link to /dev/zero': (path) => symlinkSync('/dev/zero', path),
    'a link to itself': (path) => symlinkSync(path, path),
    'a huge file': (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 34);
    },
    'what is not UTF-8': (path) => writeFileSync(path, Uint8Array.from({ length: 999 }, (_, i) => 128 + (i % 128))),
    'JSON that is too deep': (path) => writeFileSync(path, '['.repeat(200_000)),
    'another version\'s': (path) => writeFileSync(path, '{"version":2,"container":{"id":"x"}}'),
  };
}
