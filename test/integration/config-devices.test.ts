// Devices and links in /dev: those that every container has, those of linux.devices, and what is in their way.

import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ask, bundleFor, refusal, runBundle } from '../support/ask.ts';
import type { BundleSpec } from '../support/bundle.ts';
import { requires } from '../support/requires.ts';
import { runProgram } from '../support/runtime.ts';

const test = requires('root', 'busybox', 'nunc');

type Device = NonNullable<BundleSpec['linux']['devices']>[number];

const NODE = 'stat -c "%n %F %t:%T %a %u:%g"';

/** Without the mount at /dev the nodes are made in the image. */
function withoutDev(spec: BundleSpec): void {
  spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
}

function mapUsers(spec: BundleSpec): void {
  spec.linux.namespaces?.push({ type: 'user' });
  spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
}

test('the default devices are there, are what they should be, and work', async () => {
  const answer = await ask(`cd /dev; ${NODE} null zero full random urandom tty`);
  expect(answer.split('\n')).toEqual([
    'null character special file 1:3 666 0:0',
    'zero character special file 1:5 666 0:0',
    'full character special file 1:7 666 0:0',
    'random character special file 1:8 666 0:0',
    'urandom character special file 1:9 666 0:0',
    'tty character special file 5:0 666 0:0',
  ]);
  const used = await ask(`
    echo x >/dev/null && head -c 3 /dev/zero | od -An -tx1
    (echo x >/dev/full) 2>&1 | sed 's/.*: //'
    head -c 8 /dev/urandom | wc -c`);
  expect(used.split('\n').map((line) => line.trim())).toEqual(['00 00 00', 'No space left on device', '8']);
});

test('the links of /dev lead where they should', async () => {
  const script = 'cd /dev; for name in fd stdin stdout stderr ptmx; do readlink $name; done; echo through >stdout';
  // Sockets, which vitest has for standard output, can't be opened.
  const answer = await ask(script, undefined, { prefix: ['sh', '-c', '"$@" | cat', 'sh'] });
  const targets = ['/proc/self/fd', '/proc/self/fd/0', '/proc/self/fd/1', '/proc/self/fd/2', 'pts/ptmx'];
  expect(answer.split('\n')).toEqual([...targets, 'through']);
});

test('a user can open a terminal of the container\'s own devpts', async () => {
  const answer = await ask('exec 3<>/dev/ptmx; ls -n /dev/pts', (spec) => {
    spec.process.user = { uid: 1000, gid: 1000 };
  });
  // The slave is its opener's, in the group that config.json gives to devpts.
  expect(answer).toMatch(/^crw--w---- +1 +1000 +5 +136, +0 .* 0$/m);
});

const DEVICES: readonly Device[] = [
  { path: '/dev/character', type: 'c', major: 1, minor: 3, fileMode: 0o640, uid: 11, gid: 12 },
  { path: '/dev/unbuffered', type: 'u', major: 1, minor: 5, fileMode: 0o666 },
  { path: '/dev/block', type: 'b', major: 7, minor: 1, fileMode: 0o600, gid: 6 },
  { path: '/dev/large', type: 'b', major: 4095, minor: 1048575, fileMode: 0o600 },
  { path: '/dev/pipe', type: 'p', fileMode: 0o620, uid: 3 },
  { path: '/dev/by default', type: 'c', major: 1, minor: 7 },
  { path: '/dev/below/it/all', type: 'c', major: 1, minor: 8, fileMode: 0o444 },
  { path: '/elsewhere/node', type: 'c', major: 1, minor: 9, fileMode: 0o4755 },
];

test('linux.devices: type, numbers, mode and owner', async () => {
  const answer = await ask(`${NODE} ${DEVICES.map(({ path }) => `"${path}"`).join(' ')}`, (spec) => {
    spec.linux.devices = structuredClone(DEVICES) as Device[];
  });
  expect(answer.split('\n')).toEqual([
    '/dev/character character special file 1:3 640 11:12',
    '/dev/unbuffered character special file 1:5 666 0:0',
    '/dev/block block special file 7:1 600 0:6',
    '/dev/large block special file fff:fffff 600 0:0',
    '/dev/pipe fifo 0:0 620 3:0',
    '/dev/by default character special file 1:7 666 0:0',
    '/dev/below/it/all character special file 1:8 444 0:0',
    '/elsewhere/node character special file 1:9 4755 0:0',
  ]);
});

for (const user of [false, true]) {
  test(`linux.devices: one that is listed twice is one${user ? ', in a user namespace too' : ''}`, async () => {
    // In a user namespace only what the host has at that place.
    const path = user ? '/dev/full' : '/dev/twice';
    const answer = await ask(`${NODE} ${path}`, (spec) => {
      if (user) mapUsers(spec);
      const device: Device = { path, type: 'c', major: 1, minor: 7 };
      spec.linux.devices = [device, { ...device, fileMode: 0o600 }];
    });
    expect(answer).toBe(`${path} character special file 1:7 666 0:0`);
  });
}

test('linux.devices: one in place of a default device', async () => {
  const answer = await ask(`${NODE} /dev/tty`, (spec) => {
    spec.linux.devices = [{ path: '/dev/tty', type: 'c', major: 5, minor: 0, fileMode: 0o620, uid: 1, gid: 5 }];
  });
  expect(answer).toBe('/dev/tty character special file 5:0 620 1:5');
});

test('linux.devices: what exists and is that device is used, with the mode and owner asked for', async () => {
  const bundle = await bundleFor(`${NODE} /dev/thing /dev/null`, (spec) => {
    withoutDev(spec);
    spec.linux.devices = [{ path: '/dev/thing', type: 'c', major: 1, minor: 7, fileMode: 0o600, uid: 5, gid: 5 }];
  });
  await runProgram(['mknod', '-m', '600', join(bundle.rootfs, 'dev/thing'), 'c', '1', '7']);
  await runProgram(['mknod', '-m', '666', join(bundle.rootfs, 'dev/null'), 'c', '1', '3']);
  const { stdout, stderr } = await runBundle(bundle);
  expect(stderr).not.toMatch(/error/);
  expect(stdout.trim().split('\n')).toEqual([
    '/dev/thing character special file 1:7 600 5:5',
    '/dev/null character special file 1:3 666 0:0',
  ]);
});

const OBSTACLES: readonly (readonly [what: string, make: string])[] = [
  ['a device with another number', 'mknod thing c 1 3'],
  ['a device of another type', 'mknod thing b 1 7'],
  ['a regular file', 'touch thing'],
  ['a directory', 'mkdir thing'],
  ['a link to the right device', 'mknod real c 1 7; ln -s real thing'],
  ['a fifo', 'mkfifo thing'],
];

for (const [what, make] of OBSTACLES) {
  test(`linux.devices: ${what} in its place is an error and stays as it is`, async () => {
    const bundle = await bundleFor('true', (spec) => {
      withoutDev(spec);
      spec.linux.devices = [{ path: '/dev/thing', type: 'c', major: 1, minor: 7 }];
    });
    await runProgram(['sh', '-ec', `cd ${bundle.rootfs}/dev; ${make}`]);
    const before = lstatSync(join(bundle.rootfs, 'dev/thing'));
    const { status, stderr } = await runBundle(bundle);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cannot make the device \\"\/dev\/thing\\": file exists .*\/linux\/devices\/0\)/);
    const after = lstatSync(join(bundle.rootfs, 'dev/thing'));
    expect([after.ino, after.mode, after.rdev]).toEqual([before.ino, before.mode, before.rdev]);
  });
}

test('linux.devices: a link in the image on the way leads nowhere outside', async () => {
  const bundle = await bundleFor('true', (spec) => {
    spec.linux.devices = [{ path: '/trap/node', type: 'c', major: 1, minor: 3 }];
  });
  mkdirSync(join(bundle.directory, 'outside'));
  symlinkSync(join(bundle.directory, 'outside'), join(bundle.rootfs, 'trap'));
  await runBundle(bundle);
  expect(existsSync(join(bundle.directory, 'outside/node'))).toBe(false);
});

test('a link in place of /dev in the image leads nowhere outside', async () => {
  const bundle = await bundleFor('true', withoutDev);
  mkdirSync(join(bundle.directory, 'outside'));
  await runProgram(['rmdir', join(bundle.rootfs, 'dev')]);
  symlinkSync(join(bundle.directory, 'outside'), join(bundle.rootfs, 'dev'));
  await runBundle(bundle);
  expect(existsSync(join(bundle.directory, 'outside/null'))).toBe(false);
});

test('in a user namespace the devices are the host\'s, and work', async () => {
  const answer = await ask(`
    cd /dev; stat -c '%n %t:%T' null tty zero; echo x >null && head -c 4 zero | wc -c
    grep -c ' /dev/null ' /proc/self/mountinfo`, (spec) => {
    mapUsers(spec);
    spec.linux.devices = [{ path: '/dev/zero', type: 'c', major: 1, minor: 5 }];
  });
  expect(answer.split('\n')).toEqual(['null 1:3', 'tty 5:0', 'zero 1:5', '4', '1']);
});

test('in a user namespace a device that the host does not have, or has as another, is an error', async () => {
  const refuse = (path: string): Promise<string> => refusal((spec) => {
    mapUsers(spec);
    spec.linux.devices = [{ path, type: 'c', major: 1, minor: 5 }];
  });
  expect(await refuse('/dev/no-such')).toMatch(/"\/dev\/no-such": no such file or directory .*\/linux\/devices\/0\)$/);
  expect(await refuse('/dev/full')).toMatch(/"\/dev\/full": file exists .*\/linux\/devices\/0\)$/);
});

test('a bind mount at /dev brings its own devices: nothing is made there', async () => {
  const bundle = await bundleFor('ls /dev', (spec) => {
    withoutDev(spec);
    spec.linux.maskedPaths = [];
    spec.mounts.push({ destination: '/dev', source: 'devices', options: ['bind'] });
  });
  mkdirSync(join(bundle.directory, 'devices'));
  writeFileSync(join(bundle.directory, 'devices/own'), '');
  expect(await runBundle(bundle)).toMatchObject({ status: 0, stdout: 'own\n' });
});

test('the nodes have the mode asked for whatever the caller\'s umask is', async () => {
  const answer = await ask('stat -c %a /dev/null /dev/x', (spec) => {
    spec.linux.devices = [{ path: '/dev/x', type: 'c', major: 1, minor: 3, fileMode: 0o777 }];
  }, { prefix: ['sh', '-c', 'umask 077; exec "$@"', 'sh'] });
  expect(answer).toBe('666\n777');
});

test('linux.devices: wrong entries are refused by name', async () => {
  const refuse = (device: object): Promise<string> => refusal((spec) => {
    spec.linux.devices = [device as Device];
  });
  expect(await refuse({ path: '/dev/x', type: 'x', major: 1, minor: 3 })).toMatch(/\/linux\/devices\/0\/type: "x" is not one of/);
  expect(await refuse({ path: '/dev/x', type: 'c' })).toMatch(/\/linux\/devices\/0\/minor: missing/);
  expect(await refuse({ path: 'dev/x', type: 'c', major: 1, minor: 3 })).toMatch(/\/linux\/devices\/0\/path: "dev\/x" is not an absolute path/);
});
