// mounts[].options: tmpcopyup. A tmpfs that begins with what is in the directory that it covers.

import { execFileSync } from 'node:child_process';
import {
  chmodSync, chownSync, existsSync, lchownSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { watchHost } from '../support/lifecycle.ts';
import { requires } from '../support/requires.ts';

// With crun 1.8.1 the tmpfs' own mode is 1777 (newer ones take that of what it covers, as runc does).
const test = requires('root', 'busybox');
const ours = requires('root', 'busybox', 'nunc');

const MAP = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

function mountOver(spec: BundleSpec, ...options: string[]): void {
  spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', ...options] });
}

/** What every runtime copies: directories, files, links, with owners and modes. */
function fill({ rootfs }: Bundle): string {
  const data = join(rootfs, 'data');
  mkdirSync(join(data, 'directory/empty'), { recursive: true });
  writeFileSync(join(data, 'directory/file'), 'content\n');
  writeFileSync(join(data, 'empty'), '');
  chmodSync(join(data, 'directory'), 0o711);
  chmodSync(join(data, 'directory/file'), 0o604);
  chownSync(join(data, 'directory/file'), 12, 34);
  symlinkSync('../elsewhere', join(data, 'link'));
  lchownSync(join(data, 'link'), 12, 34);
  return data;
}

function useUserNamespace(spec: BundleSpec, { directory }: Bundle): void {
  // runc and crun reach the rootfs as the container's root.
  chmodSync(directory, 0o711);
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = MAP;
  spec.linux.gidMappings = MAP;
}

const LISTING = "cd /data; find . | sort | xargs stat -c '%n %F %a %u:%g'; cat directory/file; readlink link";

test('a tmpfs begins with what it covers, and what is covered stays as it is', async () => {
  const script = `${LISTING}; echo new >new; rm -r directory; grep -c '^tmpfs /data ' /proc/mounts`;
  const bundle = await bundleFor(script, (spec, made) => {
    fill(made);
    chmodSync(join(made.rootfs, 'data'), 0o751);
    mountOver(spec);
  });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout.trim().split('\n')).toEqual([
    '. directory 751 0:0',
    './directory directory 711 0:0',
    './directory/empty directory 755 0:0',
    './directory/file regular file 604 12:34',
    './empty regular empty file 644 0:0',
    './link symbolic link 777 12:34',
    'content',
    '../elsewhere',
    '1',
  ]);
  expect(readdirSync(join(bundle.rootfs, 'data')).sort()).toEqual(['directory', 'empty', 'link']);
  expect(readFileSync(join(bundle.rootfs, 'data/directory/file'), 'utf8')).toBe('content\n');
});

test('a directory that is missing is made, and empty', async () => {
  const answer = await ask('find /data | wc -l; echo >/data/new && ls /data', (spec) => { mountOver(spec); });
  expect(answer).toBe('1\nnew');
});

// runc 1.1.5 gives it the mode of what it covers even so; since 1.2 it does as asked.
ours('with options of its own: mode, size, and attributes of the mount', async () => {
  const script = "stat -c '%a' /data; cat /data/directory/file; grep ' /data ' /proc/mounts";
  const answer = await ask(script, (spec, made) => {
    fill(made);
    mountOver(spec, 'mode=1777', 'size=1m', 'noexec');
  });
  expect(answer).toMatch(/^1777\ncontent\ntmpfs \/data tmpfs rw,noexec,relatime,size=1024k/);
});

test('a read-only one is filled first', async () => {
  const answer = await ask('cat /data/directory/file; touch /data/new 2>&1 | sed "s/.*: //"', (spec, made) => {
    fill(made);
    mountOver(spec, 'ro');
  });
  expect(answer).toBe('content\nRead-only file system');
});

// runc copies no times, no extended attributes, no fifos (it fails), and every name of a file on its own.
ours('times, hard links, holes, special files and attributes are copied too', async () => {
  const script = `cd /data
    stat -c '%Y' directory directory/file; [ one -ef other ] && echo same; stat -c '%F %a' fifo; stat -c '%t:%T' null
    stat -c '%s %b' sparse; ls -l suid | cut -c 1-10`;
  const answer = await ask(script, (spec, made) => {
    const data = fill(made);
    writeFileSync(join(data, 'one'), '');
    linkSync(join(data, 'one'), join(data, 'other'));
    writeFileSync(join(data, 'suid'), '', { mode: 0o755 });
    chmodSync(join(data, 'suid'), 0o4755);
    execFileSync('sh', ['-ec', `cd ${data}; mkfifo -m 620 fifo; mknod null c 1 3; truncate -s 1G sparse
      touch -d @1000000000 directory directory/file`]);
    mountOver(spec, 'size=1m');
  });
  expect(answer.split('\n')).toEqual([
    '1000000000', '1000000000', 'same', 'fifo 620', '1:3', '1073741824 0', '-rwsr-xr-x',
  ]);
});

ours('a file that does not fit fails the create, by name, and leaves nothing', async () => {
  const bundle = await bundleFor('true', (spec, made) => {
    writeFileSync(join(fill(made), 'directory/big'), 'x'.repeat(200_000));
    mountOver(spec, 'size=64k');
  });
  const watch = watchHost(bundle);
  const { status, stderr } = await runBundle(bundle);
  expect(status).toBe(1);
  expect(stderr).toContain('cannot mount \\"tmpfs\\" at \\"/data\\": cannot copy \\"directory/big\\": '
    + 'no space left on device (/mounts/7)');
  await watch.nothingLeft();
});

test('in a user namespace owners are the container\'s', async () => {
  const answer = await ask(LISTING, (spec, made) => {
    fill(made);
    execFileSync('sh', ['-ec', `chown -hR 100000:100000 ${made.rootfs}
      chown 100012:100034 ${made.rootfs}/data/directory/file; chown -h 100012:100034 ${made.rootfs}/data/link`]);
    useUserNamespace(spec, made);
    mountOver(spec);
  });
  expect(answer.split('\n').slice(0, 6)).toEqual([
    '. directory 755 0:0',
    './directory directory 711 0:0',
    './directory/empty directory 755 0:0',
    './directory/file regular file 604 12:34',
    './empty regular empty file 644 0:0',
    './link symbolic link 777 12:34',
  ]);
});

test('in a user namespace nothing is copied that the container could not read', async () => {
  const bundle = await bundleFor('cat /data/secret', (spec, made) => {
    const { rootfs } = made;
    mkdirSync(join(rootfs, 'data'));
    writeFileSync(join(rootfs, 'data/secret'), 'secret\n', { mode: 0o600 });
    useUserNamespace(spec, made);
    mountOver(spec);
  });
  const { status, stdout, stderr } = await runBundle(bundle);
  expect(status).not.toBe(0);
  expect(stdout + stderr).not.toContain('secret\n');
  expect(stderr).toMatch(/permission denied/i);
});

// runc and crun give up on files whose owner is not mapped.
ours('what the host owns becomes nobody\'s, and loses its set-id bits', async () => {
  const answer = await ask("stat -c '%n %a %u:%g' /data/*", (spec, made) => {
    const { rootfs } = made;
    mkdirSync(join(rootfs, 'data'));
    writeFileSync(join(rootfs, 'data/suid'), '');
    chmodSync(join(rootfs, 'data/suid'), 0o6755);
    useUserNamespace(spec, made);
    mountOver(spec);
  });
  expect(answer).toBe('/data/suid 755 65534:65534');
});

test('links in the covered directory are not followed, nor is the directory when it is one outside', async () => {
  const bundle = await bundleFor('ls /data; readlink /data/link', (spec, { rootfs, directory }) => {
    mkdirSync(join(directory, 'outside'));
    writeFileSync(join(directory, 'outside/secret'), '');
    symlinkSync(join(directory, 'outside'), join(rootfs, 'data'));
    mkdirSync(join(rootfs, directory, 'outside'), { recursive: true });
    symlinkSync('/etc/passwd', join(rootfs, directory, 'outside/link'));
    mountOver(spec);
  });
  const { stdout } = await runBundle(bundle);
  expect(stdout).toBe('link\n/etc/passwd\n');
  expect(existsSync(join(bundle.directory, 'outside/link'))).toBe(false);
});

// As with crun; runc ignores it.
ours('only a tmpfs can begin with something', async () => {
  expect(await refusal((spec) => {
    spec.mounts.push({ destination: '/data', type: 'ramfs', source: 'x', options: ['tmpcopyup'] });
  })).toBe('config.json: /mounts/7/options: "tmpcopyup" can be used only with tmpfs');
});
