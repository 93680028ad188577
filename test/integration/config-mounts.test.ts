// Every option of mounts[] that the runtime-spec has, asked of the kernel: what /proc/self/mountinfo says of a mount in
// the container.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import { type MountEntry, readMountinfo } from '../support/inside.ts';
import { holdNamespaces, makeTree } from '../support/namespaces.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'busybox', 'nunc');

/** [options of config.json, options that the kernel shows] */
type Row = readonly [options: string, shown: string];

const ATTRIBUTES: readonly Row[] = [
  ['', 'rw relatime'],
  ['defaults', 'rw relatime'],
  ['ro', 'ro relatime'],
  ['rw', 'rw relatime'],
  ['ro rw', 'rw relatime'],
  ['rw ro', 'ro relatime'],
  ['nosuid', 'rw nosuid relatime'],
  ['nosuid suid', 'rw relatime'],
  ['suid', 'rw relatime'],
  ['nodev', 'rw nodev relatime'],
  ['nodev dev', 'rw relatime'],
  ['noexec', 'rw noexec relatime'],
  ['noexec exec', 'rw relatime'],
  ['exec noexec', 'rw noexec relatime'],
  ['noatime', 'rw noatime'],
  ['noatime atime', 'rw relatime'],
  ['atime', 'rw relatime'],
  ['nodiratime', 'rw nodiratime relatime'],
  ['nodiratime diratime', 'rw relatime'],
  ['noatime nodiratime', 'rw noatime nodiratime'],
  ['relatime', 'rw relatime'],
  ['norelatime', 'rw relatime'],
  ['strictatime', 'rw'],
  ['strictatime relatime', 'rw relatime'],
  ['strictatime nostrictatime', 'rw relatime'],
  ['noatime strictatime', 'rw'],
  ['nosymfollow', 'rw relatime nosymfollow'],
  ['nosymfollow symfollow', 'rw relatime'],
  ['ro nosuid nodev noexec noatime nodiratime nosymfollow', 'ro nosuid nodev noexec noatime nodiratime nosymfollow'],
];

const TMPFS: readonly Row[] = [
  ['sync', 'rw sync'],
  ['sync async', 'rw'],
  ['dirsync', 'rw dirsync'],
  ['lazytime', 'rw lazytime'],
  ['lazytime nolazytime', 'rw'],
  ['mand', 'rw mand'],
  ['mand nomand', 'rw'],
  ['iversion', 'rw'],
  ['noiversion', 'rw'],
  ['silent', 'rw'],
  ['loud', 'rw'],
  ['iversion sync ro', 'ro sync'],
  ['rsync rdirsync', 'rw sync dirsync'],
  ['rsync rasync', 'rw'],
  ['rmand rnomand', 'rw'],
  ['size=64k', 'rw size=64k'],
  ['mode=1750', 'rw mode=1750'],
  ['nr_inodes=10 size=8k', 'rw size=8k nr_inodes=10'],
  ['uid=7 gid=8', 'rw uid=7 gid=8'],
];

const split = (words: string): string[] => words.split(' ').filter((word) => word !== '');
const sorted = (words: readonly string[]): string => [...words].sort().join(' ');

/** The mounts of a container, by place. */
async function mountsOf(change: Parameters<typeof ask>[1]): Promise<Map<string, MountEntry>> {
  return byPoint(await ask('cat /proc/self/mountinfo', change));
}

function byPoint(mountinfo: string): Map<string, MountEntry> {
  return new Map(readMountinfo(mountinfo).map((entry) => [entry.point, entry]));
}

test('mounts of new file systems have the attributes that are asked for', async () => {
  const mounts = await mountsOf((spec) => {
    ATTRIBUTES.forEach(([options], i) => spec.mounts.push({
      destination: `/mnt/${i}`, type: 'tmpfs', source: 'tmpfs', options: split(options),
    }));
  });
  const seen = ATTRIBUTES.map(([options], i) => `${options} -> ${sorted(mounts.get(`/mnt/${i}`)?.options ?? [])}`);
  expect(seen).toEqual(ATTRIBUTES.map(([options, shown]) => `${options} -> ${sorted(split(shown))}`));
});

test('bind mounts have the attributes that are asked for', async () => {
  const mounts = await mountsOf((spec, { directory }) => {
    mkdirSync(join(directory, 'source'));
    ATTRIBUTES.forEach(([options], i) => spec.mounts.push({
      destination: `/mnt/${i}`, source: 'source', options: ['bind', ...split(options)],
    }));
  });
  const seen = ATTRIBUTES.map(([options], i) => `${options} -> ${sorted(mounts.get(`/mnt/${i}`)?.options ?? [])}`);
  expect(seen).toEqual(ATTRIBUTES.map(([options, shown]) => `${options} -> ${sorted(split(shown))}`));
});

test('options of the file system reach the file system', async () => {
  const mounts = await mountsOf((spec) => {
    TMPFS.forEach(([options], i) => spec.mounts.push({
      destination: `/mnt/${i}`, type: 'tmpfs', source: 'tmpfs', options: split(options),
    }));
  });
  const seen = TMPFS.map(([options], i) => `${options} -> ${sorted(mounts.get(`/mnt/${i}`)?.superOptions ?? [])}`);
  expect(seen).toEqual(TMPFS.map(([options, shown]) => `${options} -> ${sorted(split(shown))}`));
});

test('a tmpfs takes the mode of the directory that it covers, unless it has one or covers none', async () => {
  const script = 'stat -c %a /mnt/a /mnt/b; echo 2>/dev/null >/mnt/c/file || echo read-only; '
    + 'stat -c %a /mnt/c /mnt/new';
  const modes = await ask(script, (spec, { rootfs }) => {
    mkdirSync(join(rootfs, 'mnt/a'), { mode: 0o711 });
    mkdirSync(join(rootfs, 'mnt/b'), { mode: 0o711 });
    mkdirSync(join(rootfs, 'mnt/c'), { mode: 0o750 });
    spec.mounts.push(
      { destination: '/mnt/a', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/mnt/b', type: 'tmpfs', source: 'tmpfs', options: ['mode=1777'] },
      { destination: '/mnt/c', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
      { destination: '/mnt/new', type: 'tmpfs', source: 'tmpfs' },
    );
  });
  expect(modes.split('\n')).toEqual(['711', '1777', 'read-only', '750', '1777']);
});

test('what is mounted below a read-only tmpfs gets its mount point', async () => {
  const script = 'cd /mnt/outer; ls; echo >inner/file && echo inner; mkdir x 2>&1 | sed "s/.*: //"';
  const answer = await ask(script, (spec) => {
    spec.mounts.push(
      { destination: '/mnt/outer', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
      { destination: '/mnt/outer/inner', type: 'tmpfs', source: 'tmpfs' },
    );
  });
  expect(answer.split('\n')).toEqual(['inner', 'inner', 'Read-only file system']);
});

// [options, the mount itself, the one below it]
const RECURSIVE: readonly (readonly [options: string, top: string, below: string])[] = [
  ['rbind', 'rw relatime', 'rw relatime'],
  ['rbind ro', 'ro relatime', 'rw relatime'],
  ['rbind rro', 'ro relatime', 'ro relatime'],
  ['rbind rro rrw', 'rw relatime', 'rw relatime'],
  ['rbind rnosuid', 'rw nosuid relatime', 'rw nosuid relatime'],
  ['rbind rnodev', 'rw nodev relatime', 'rw nodev relatime'],
  ['rbind rnoexec', 'rw noexec relatime', 'rw noexec relatime'],
  ['rbind rnoatime', 'rw noatime', 'rw noatime'],
  ['rbind rstrictatime', 'rw', 'rw'],
  ['rbind rnodiratime', 'rw nodiratime relatime', 'rw nodiratime relatime'],
  ['rbind rnosymfollow', 'rw relatime nosymfollow', 'rw relatime nosymfollow'],
  ['rbind noexec rnosuid', 'rw noexec nosuid relatime', 'rw nosuid relatime'],
];

// The same, of a tree whose mounts have all attributes set.
const CLEARING: readonly (readonly [options: string, top: string, below: string])[] = [
  ['rbind', 'ro nosuid nodev noexec noatime', 'ro nosuid nodev noexec noatime'],
  ['rbind rrw', 'rw nosuid nodev noexec noatime', 'rw nosuid nodev noexec noatime'],
  ['rbind rsuid', 'ro nodev noexec noatime', 'ro nodev noexec noatime'],
  ['rbind rdev', 'ro nosuid noexec noatime', 'ro nosuid noexec noatime'],
  ['rbind rexec', 'ro nosuid nodev noatime', 'ro nosuid nodev noatime'],
  ['rbind ratime', 'ro nosuid nodev noexec relatime', 'ro nosuid nodev noexec relatime'],
  ['rbind rrelatime', 'ro nosuid nodev noexec relatime', 'ro nosuid nodev noexec relatime'],
  ['rbind rnorelatime', 'ro nosuid nodev noexec relatime', 'ro nosuid nodev noexec relatime'],
  ['rbind rnostrictatime', 'ro nosuid nodev noexec relatime', 'ro nosuid nodev noexec relatime'],
  ['rbind rdiratime rsymfollow', 'ro nosuid nodev noexec noatime', 'ro nosuid nodev noexec noatime'],
  ['rbind suid dev exec', 'ro noatime', 'ro nosuid nodev noexec noatime'],
  ['rbind strictatime', 'ro nosuid nodev noexec', 'ro nosuid nodev noexec noatime'],
];

/** Mounts a tree of two mounts at /mnt/0, /mnt/1, … of one container, each time with other options. */
async function mountTree(rows: readonly string[], treeOptions: string): Promise<Map<string, MountEntry>> {
  const bundle = await bundleFor('cat /proc/self/mountinfo', (spec) => {
    for (const [i, options] of rows.entries()) {
      spec.mounts.push({ destination: `/mnt/${i}`, source: 'tree', options: split(options) });
    }
  });
  const pid = await holdNamespaces(['--mount']);
  makeTree(pid, `${bundle.directory}/tree`, treeOptions);
  const { status, stdout, stderr } = await runBundle(bundle, { prefix: ['nsenter', `--mount=/proc/${pid}/ns/mnt`] });
  if (status !== 0) throw new Error(stderr);
  return byPoint(stdout);
}

function shownOf(mounts: ReadonlyMap<string, MountEntry>, rows: readonly (readonly string[])[]): string[] {
  return rows.map(([options = ''], i) => {
    const shown = (point: string): string => sorted(mounts.get(point)?.options ?? ['none']);
    return `${options} -> ${shown(`/mnt/${i}`)} / ${shown(`/mnt/${i}/below`)}`;
  });
}

function wantedOf(rows: readonly (readonly [string, string, string])[]): string[] {
  return rows.map(([options, top, below]) => `${options} -> ${sorted(split(top))} / ${sorted(split(below))}`);
}

test('recursive options are for all of the tree, the others for the mount itself', async () => {
  const mounts = await mountTree(RECURSIVE.map(([options]) => options), 'rw');
  expect(shownOf(mounts, RECURSIVE)).toEqual(wantedOf(RECURSIVE));
});

test('options that take an attribute away do so', async () => {
  const mounts = await mountTree(CLEARING.map(([options]) => options), 'ro,nosuid,nodev,noexec,noatime');
  expect(shownOf(mounts, CLEARING)).toEqual(wantedOf(CLEARING));
});

test('no writing to a read-only mount, no executing from a noexec one, no following with nosymfollow', async () => {
  const answer = await ask(`
    touch /mnt/ro/x 2>&1 | sed 's/.*: //'
    cp /bin/busybox /mnt/noexec/echo; /mnt/noexec/echo no 2>&1 | sed 's/.*: //'
    ln -s /etc/passwd /mnt/nosymfollow/link; cat /mnt/nosymfollow/link 2>&1 | sed 's/.*: //'`, (spec) => {
    for (const option of ['ro', 'noexec', 'nosymfollow']) {
      spec.mounts.push({ destination: `/mnt/${option}`, type: 'tmpfs', source: 'tmpfs', options: [option] });
    }
  });
  const reasons = ['Read-only file system', 'Permission denied', 'Too many levels of symbolic links'];
  expect(answer.split('\n')).toEqual(reasons);
});

test('a bind mount takes the options that are not its own in silence, a warning, or not at all', async () => {
  const harmless = ['bind', 'defaults', 'sync', 'dirsync', 'lazytime', 'mand', 'iversion', 'silent', 'loud'];
  const bundle = await bundleFor('grep -c " /mnt " /proc/self/mountinfo', (spec) => {
    spec.mounts.push({ destination: '/mnt', source: '/tmp', options: [...harmless, 'rsync'] });
  });
  const { stdout, stderr } = await runBundle(bundle);
  expect(stdout).toBe('1\n');
  expect(stderr).toMatch(/^[^\n]*=warning [^\n]*\/mounts\/7\/options: .*rsync.* has no effect on a bind mount"\n$/);
  expect(await refusal((spec) => {
    spec.mounts.push({ destination: '/mnt', source: '/tmp', options: ['bind', 'size=1m'] });
  })).toMatch(/\/mounts\/7\/options: "size=1m": bind mounts cannot have any filesystem-specific options applied$/);
});

test('statvfs(2) agrees on the size of a tmpfs', async () => {
  const answer = await ask("stat -f -c '%b %s %c' /mnt/t", (spec) => {
    const options = ['size=128k', 'nr_inodes=50'];
    spec.mounts.push({ destination: '/mnt/t', type: 'tmpfs', source: 'tmpfs', options });
  });
  const [blocks = 0, blockSize = 0, inodes = 0] = answer.split(' ').map(Number);
  expect([blocks * blockSize, inodes]).toEqual([131072, 50]);
});

test('remount changes what an earlier entry has mounted', async () => {
  const mounts = await mountsOf((spec, { directory }) => {
    mkdirSync(join(directory, 'source'));
    spec.mounts.push(
      { destination: '/mnt/bind', source: 'source', options: ['bind'] },
      { destination: '/mnt/bind', options: ['remount', 'bind', 'ro', 'nosuid'] },
      { destination: '/mnt/tmpfs', type: 'tmpfs', source: 'tmpfs', options: ['size=64k'] },
      { destination: '/mnt/tmpfs', type: 'tmpfs', options: ['remount', 'ro', 'size=128k'] },
    );
  });
  expect(sorted(mounts.get('/mnt/bind')?.options ?? [])).toBe('nosuid relatime ro');
  expect(sorted(mounts.get('/mnt/tmpfs')?.options ?? [])).toBe('relatime ro');
  expect(sorted(mounts.get('/mnt/tmpfs')?.superOptions ?? [])).toBe('ro size=128k');
});

test('file systems of the kernel are mounted as such', async () => {
  const answer = await ask("stat -f -c '%n %t' /proc /sys /dev /dev/pts /dev/shm /dev/mqueue");
  // The magic numbers of statfs(2).
  const magic = {
    '/proc': '9fa0', '/sys': '62656572', '/dev': '1021994', '/dev/pts': '1cd1', '/dev/shm': '1021994',
    '/dev/mqueue': '19800202',
  };
  expect(Object.fromEntries(answer.split('\n').map((line) => line.split(' ')))).toEqual(magic);
});

test('an overlay may have more lower directories than fsconfig(2) takes in one string', async () => {
  const lower = Array.from({ length: 40 }, (_, i) => `layer-${i}`);
  const answer = await ask('ls /mnt/overlay | wc -l; cat /mnt/overlay/layer-0', (spec, { directory }) => {
    for (const name of [...lower, 'upper', 'work']) mkdirSync(join(directory, name));
    for (const name of lower) writeFileSync(join(directory, name, name), name);
    const layers = lower.map((name) => join(directory, name)).join(':');
    const options = [`lowerdir=${layers}`, `upperdir=${directory}/upper`, `workdir=${directory}/work`, 'noexec'];
    spec.mounts.push({ destination: '/mnt/overlay', type: 'overlay', source: 'overlay', options });
  });
  expect(answer).toBe('40\nlayer-0');
});

test('a mount that the kernel refuses names its entry and the reason', async () => {
  const badOption = await refusal((spec) => {
    spec.mounts.push({ destination: '/mnt', type: 'tmpfs', source: 'x', options: ['nosuch=1'] });
  });
  expect(badOption).toMatch(/^cannot mount "x" at "\/mnt": invalid argument: \w+: .* \(operation \d+ of \d+: \w+, \/mounts\/7\)$/);
  const badType = await refusal((spec) => {
    spec.mounts.push({ destination: '/mnt', type: 'nosuchfs', source: 'x' });
  });
  expect(badType).toMatch(/^cannot mount "x" at "\/mnt": no such device \(operation \d+ of \d+: fsopen, \/mounts\/7\); this kernel has no /);
  const noSource = await refusal((spec) => {
    spec.mounts.push({ destination: '/mnt', source: '/no/such', options: ['bind'] });
  });
  expect(noSource).toMatch(/"\/no\/such".*no such file or directory.*\/mounts\/7/);
});
