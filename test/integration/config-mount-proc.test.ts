// What is mounted at, over and inside /proc and /sys.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { Bundle } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';

const test = requires('root', 'busybox');
const ours = requires('root', 'busybox', 'nunc');

function makeSource({ directory }: Bundle): void {
  mkdirSync(join(directory, 'source'));
  writeFileSync(join(directory, 'source/file'), 'content\n');
}

// The words in which runc refuses them.
const PROC: readonly (readonly [destination: string, words: RegExp])[] = [
  ['/proc', /"\/proc" cannot be mounted because it is not of type proc$/],
  ['/proc/self/attr', /"\/proc\/self\/attr" cannot be mounted because it is inside \/proc$/],
  ['/proc/self/root/escaped', /"\/proc\/self\/root\/escaped" cannot be mounted because it is inside \/proc$/],
];

ours('nothing but a procfs goes over /proc, nothing at all inside', async () => {
  for (const [destination, words] of PROC) {
    const message = await refusal((spec) => { spec.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs' }); });
    expect(message).toMatch(words);
  }
  expect(existsSync('/escaped')).toBe(false);
  const bound = await refusal((spec, made) => {
    makeSource(made);
    spec.mounts.push({ destination: '/proc', source: 'source', options: ['bind'] });
  });
  expect(bound).toMatch(/^cannot mount "source" at "\/proc": "\/proc" cannot be mounted because it is not of type proc \(/);
});

test('nor through links of the image', async () => {
  for (const [link, destination] of [['/proc/self/attr', '/link'], ['/proc/sys', '/link/kernel'], ['/proc', '/link']]) {
    const bundle = await bundleFor('echo it runs', (spec, made) => {
      makeSource(made);
      symlinkSync(link ?? '', join(made.rootfs, 'link'));
      spec.mounts.push({ destination: destination ?? '', source: 'source', options: ['bind'] });
    });
    const { status, stdout, stderr } = await runBundle(bundle);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/cannot be mounted because it is (inside \/proc|not of type proc)/);
  }
});

test('what lxcfs covers may be covered, and a procfs may be bound over /proc', async () => {
  const answer = await ask('cat /proc/cpuinfo /proc/uptime; ls /proc | grep -c self', (spec, bundle) => {
    makeSource(bundle);
    for (const name of ['cpuinfo', 'uptime']) {
      spec.mounts.push({ destination: `/proc/${name}`, source: `${bundle.directory}/source/file`, options: ['bind'] });
    }
  });
  expect(answer.split('\n').slice(0, 2)).toEqual(['content', 'content']);
  const bound = await ask('cat /proc/1/comm', (spec) => {
    const index = spec.mounts.findIndex(({ destination }) => destination === '/proc');
    spec.mounts[index] = { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind'] };
  });
  expect(bound).toBe(readFileSync('/proc/1/comm', 'utf8').trim());
});

test('/proc and /sys have to be directories of the image (CVE-2019-19921, CVE-2023-27561)', async () => {
  for (const [name, type] of [['proc', 'proc'], ['sys', 'sysfs']] as const) {
    const bundle = await bundleFor('echo it runs', (_, { rootfs }) => {
      rmSync(join(rootfs, name), { recursive: true, force: true });
      mkdirSync(join(rootfs, 'elsewhere'));
      symlinkSync('/elsewhere', join(rootfs, name));
    });
    const { status, stdout, stderr } = await runBundle(bundle);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`filesystem .*${type}.* must be mounted on ordinary directory`));
  }
});

// runc fails with the kernel's EPERM.
ours('in a user namespace a sysfs without a network namespace is the host\'s', async () => {
  const answer = await ask('grep " /sys " /proc/self/mountinfo', (spec, { directory, rootfs }) => {
    chmodSync(directory, 0o711);
    execFileSync('chown', ['-hR', '100000:100000', rootfs]);
    const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    spec.linux.namespaces?.push({ type: 'user' });
    spec.linux.uidMappings = map;
    spec.linux.gidMappings = map;
    spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'network') ?? [];
  });
  expect(answer).toMatch(/ \/sys ro,nosuid,nodev,noexec,relatime.* - sysfs /);
});
