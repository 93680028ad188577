// What a hostile image, or a wrong config, can do to who makes a terminal for it: nothing but make it fail.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bundle, BundleSpec } from '../support/bundle.ts';
import { messageOf, watchHost } from '../support/lifecycle.ts';
import { listenForConsole } from '../support/pty.ts';
import { requires } from '../support/requires.ts';
import { runtime } from '../support/runtime.ts';
import { type Change, terminalBundle } from '../support/terminal.ts';

// runc 1.1 checks none of this (CVE-2025-52565): it follows a symbolic link at /dev/console within the rootfs.
const test = requires('root', 'busybox', 'nunc');

/** Creates a bundle that is to be refused. @returns the message */
async function terminalRefusal(change: Change): Promise<string> {
  const bundle = await terminalBundle('echo it runs', change);
  const watch = watchHost(bundle);
  const path = join(bundle.directory, 'console');
  listenForConsole(path);
  const { status, stderr } = await runtime(['create', '-b', bundle.directory, '--console-socket', path, bundle.id]);
  expect(status).toBe(1);
  rmSync(path);
  await watch.nothingLeft();
  return messageOf(stderr);
}

/** Without the mounts of /dev and below: it is the image's. */
function imageDev(spec: BundleSpec, { rootfs }: Bundle): string {
  spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
  mkdirSync(join(rootfs, 'dev/pts'), { recursive: true });
  return join(rootfs, 'dev');
}

const NO_DEVPTS = /^cannot open a terminal: no devpts is mounted at "\/dev\/pts" \(operation .*, \/process\/terminal\)$/;

test('hostile image: there is no devpts', async () => {
  expect(await terminalRefusal((spec, bundle) => {
    rmSync(join(imageDev(spec, bundle), 'pts'), { recursive: true });
  })).toMatch(NO_DEVPTS);
});

test('hostile image: what looks like ptmx is not in a devpts', async () => {
  const fake = async (make: string): Promise<string> => terminalRefusal((spec, bundle) => {
    const dev = imageDev(spec, bundle);
    execFileSync('sh', ['-c', `cd ${dev}/pts; ${make}`]);
  });
  // The right device at the wrong place, and something that would block who opens it.
  for (const make of ['mknod ptmx c 5 2', 'mkfifo ptmx', 'ln -s /dev/ptmx ptmx']) {
    expect(await fake(make)).toMatch(NO_DEVPTS);
  }
});

test('hostile config: what is mounted over ptmx is not opened', async () => {
  expect(await terminalRefusal((spec, { directory }) => {
    writeFileSync(join(directory, 'file'), '');
    spec.mounts.push({ destination: '/dev/pts/ptmx', source: join(directory, 'file'), options: ['bind'] });
  })).toMatch(/^cannot open a terminal at "\/dev\/pts\/ptmx": invalid cross-device link /);
});

test('hostile image: /dev/console that leads elsewhere is not followed', async () => {
  let victim = '';
  const message = await terminalRefusal((spec, bundle) => {
    const dev = imageDev(spec, bundle);
    spec.mounts.push({ destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance'] });
    victim = join(bundle.rootfs, 'etc/victim');
    writeFileSync(victim, 'untouched');
    symlinkSync('/etc/victim', join(dev, 'console'));
  });
  expect(message).toMatch(/too many levels of symbolic links/);
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
});

test('hostile image: /dev/console that is a directory, or a link into nothing', async () => {
  const withConsole = (make: (path: string) => void): Promise<string> => terminalRefusal((spec, bundle) => {
    const dev = imageDev(spec, bundle);
    spec.mounts.push({ destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance'] });
    make(join(dev, 'console'));
  });
  const mount = 'cannot mount the terminal at "/dev/console"';
  expect(await withConsole((path) => mkdirSync(path))).toMatch(`${mount}: invalid argument`);
  expect(await withConsole((path) => symlinkSync('/none', path))).toMatch(`${mount}: too many levels`);
});
