// crun's mount options for symbolic links: copy-symlink, src-nofollow, dest-nofollow.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'busybox', 'nunc');

function makeSource({ directory }: Bundle): void {
  mkdirSync(join(directory, 'source'));
  writeFileSync(join(directory, 'source/file'), 'content\n');
}

test('copy-symlink makes the source\'s link anew, in place of a mount', async () => {
  const bundle = await bundleFor('readlink /mnt/a/link; cat /mnt/file; cat /mnt/a/link', (spec, made) => {
    makeSource(made);
    symlinkSync('../file', join(made.directory, 'link'));
    spec.mounts.push(
      { destination: '/mnt/a/link', source: 'link', options: ['bind', 'copy-symlink'] },
      { destination: '/mnt/a/link', source: 'link', options: ['bind', 'copy-symlink'] },
      { destination: '/mnt/file', source: 'source/file', options: ['bind', 'copy-symlink'] },
    );
  });
  expect((await runBundle(bundle)).stdout).toBe('../file\ncontent\ncontent\n');
  for (const there of ['other', '../files', '..']) {
    expect(await refusal((spec, made) => {
      symlinkSync('../file', join(made.directory, 'link'));
      symlinkSync(there, join(made.rootfs, 'mnt/link'));
      spec.mounts.push({ destination: '/mnt/link', source: 'link', options: ['bind', 'copy-symlink'] });
    })).toMatch(/^cannot mount "link" at "\/mnt\/link": file exists /);
  }
});

test('src-nofollow mounts a link itself, dest-nofollow mounts over one', async () => {
  const script = 'readlink /mnt/one; cat /mnt/two; readlink /mnt/three; readlink /mnt/nowhere || echo made';
  const answer = await ask(script, (spec, made) => {
    makeSource(made);
    symlinkSync('source/file', join(made.directory, 'link'));
    for (const name of ['two', 'three']) symlinkSync('nowhere', join(made.rootfs, 'mnt', name));
    spec.mounts.push(
      { destination: '/mnt/one', source: 'link', options: ['bind', 'src-nofollow', 'dest-nofollow'] },
      { destination: '/mnt/two', source: 'link', options: ['bind', 'dest-nofollow'] },
      { destination: '/mnt/three', source: 'link', options: ['bind', 'src-nofollow', 'dest-nofollow'] },
    );
    writeFileSync(join(made.rootfs, 'mnt/one'), '');
  });
  expect(answer).toBe('source/file\ncontent\nsource/file\nmade');
  expect(await refusal((spec, made) => {
    makeSource(made);
    spec.mounts.push({ destination: '/mnt/no', source: 'source', options: ['bind', 'dest-nofollow'] });
  })).toMatch(/^cannot mount "source" at "\/mnt\/no": no such file or directory /);
  expect(await refusal((spec, made) => {
    makeSource(made);
    spec.mounts.push({ destination: '/sys/kernel', source: 'source', options: ['bind', 'dest-nofollow'] });
  })).toMatch(/"\/sys\/kernel" cannot be mounted because it is inside a file system of the kernel's /);
});
