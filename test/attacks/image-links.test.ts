// Images whose /dev, /proc, /sys, /etc and other places lead to a directory of the host's (classes 14 and 16): whatever
// a runtime makes or removes there, it must be the image's.

import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { again, runOnce, whileSwapping } from '../support/attacks/hostile.ts';
import { type Bundle, type BundleSpec, writeConfig } from '../support/bundle.ts';

/** Puts a link in the place of what the image has. */
function lead({ rootfs }: Bundle, path: string, to: string): void {
  rmSync(join(rootfs, path), { recursive: true, force: true });
  mkdirSync(dirname(join(rootfs, path)), { recursive: true });
  symlinkSync(to, join(rootfs, path));
}

/** What has become of the directory that everything leads to, and of the ptmx in it; it is empty afterwards. */
function madeOn({ canaries }: Target, place: string): string[] {
  const directory = join(canaries, 'directory');
  const names = readdirSync(directory);
  const found = names.filter((name) => name !== 'ptmx').map((name) => `${place}: makes ${name} on the host`);
  if (!isOurs(join(directory, 'ptmx'))) found.push(`${place}: removes a ptmx of the host's`);
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  return found;
}

const PTMX = 'ptmx of the host';

function isOurs(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') === PTMX;
  } catch {
    return false;
  }
}

/** What the config is like with which each place is used, beside the usual one. */
const places: Readonly<Record<string, (spec: BundleSpec) => void>> = {
  '/dev': (spec) => remove(spec, '/dev'),
  '/dev/pts': (spec) => remove(spec, '/dev'),
  '/dev/shm': (spec) => remove(spec, '/dev'),
  '/dev/fd': (spec) => remove(spec, '/dev'),
  '/proc': () => undefined,
  '/sys': () => undefined,
  '/etc': (spec) => bindFile(spec, '/etc/hosts'),
  '/run': (spec) => void (spec.process.cwd = '/run/made/here'),
};

/** Takes a mount and those that are below it by links only, so that the image's own is used. */
function remove(spec: BundleSpec, destination: string): void {
  spec.mounts = spec.mounts.filter((mount) => mount.destination !== destination);
}

function bindFile(spec: BundleSpec, destination: string): void {
  spec.mounts.push({ destination, source: '/etc/hostname', type: 'bind', options: ['bind', 'ro'] });
}

function leadingTo(link: (directory: string) => string, names: readonly string[]) {
  return async (target: Target): Promise<string[]> => {
    const gains: string[] = [];
    for (const place of names) {
      const bundle = target.bundle({ args: ['true'] });
      bundle.spec.root.readonly = false;
      places[place]?.(bundle.spec);
      writeConfig(bundle);
      const directory = join(target.canaries, 'directory');
      lead(bundle, place, link(directory));
      writeFileSync(join(directory, 'ptmx'), PTMX);
      await runOnce(target, bundle);
      gains.push(...madeOn(target, place));
    }
    return gains;
  };
}

attackTests(14, { attacks: {
  'absolute links': leadingTo((directory) => directory, Object.keys(places)),
  'links upwards': leadingTo((directory) => `../../../../../../../..${directory}`, ['/dev', '/dev/pts', '/etc']),
} });

/** Files and directories that a runtime makes in an image, at paths that are links into nothing on the host. */
async function makeByLinks(target: Target): Promise<string[]> {
  const gains: string[] = [];
  const nothing = join(target.canaries, 'directory/nothing');
  const attempts: readonly ((spec: BundleSpec) => void)[] = [
    (spec) => bindFile(spec, '/mnt/link'),
    (spec) => void spec.mounts.push({ destination: '/mnt/link', type: 'tmpfs', source: 'tmpfs', options: [] }),
    (spec) => void (spec.process.cwd = '/mnt/link'),
    (spec) => void (spec.linux.devices = [{ path: '/mnt/link/device', type: 'c', major: 1, minor: 3 }]),
    (spec) => void (spec.linux.devices = [{ path: '/mnt/link', type: 'c', major: 1, minor: 3 }]),
  ];
  for (const [index, attempt] of attempts.entries()) {
    const bundle = target.bundle({ args: ['true'], mutate: attempt });
    lead(bundle, '/mnt/link', nothing);
    writeFileSync(join(target.canaries, 'directory/ptmx'), PTMX);
    await runOnce(target, bundle);
    gains.push(...madeOn(target, `attempt ${index}`));
  }
  return gains;
}

/** tmpcopyup copies what the tmpfs covers. */
function copyUpBundle(target: Target, destination: string): Bundle {
  return target.bundle({
    args: ['cat', `${destination}/file`],
    mutate: (spec) => void spec.mounts.push({
      destination, type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', 'mode=755'],
    }),
  });
}

async function copyFromLink(target: Target): Promise<string[]> {
  const bundle = copyUpBundle(target, '/mnt/link');
  lead(bundle, '/mnt/link', target.canaries);
  return (await runOnce(target, bundle)).includes('untouched') ? ['reads a file of the host'] : [];
}

async function copyFromSwapped(target: Target): Promise<string[]> {
  const bundle = copyUpBundle(target, '/mnt/volume');
  const pair: [string, string] = [join(bundle.rootfs, 'mnt/volume'), join(bundle.rootfs, 'mnt/other')];
  mkdirSync(pair[0]);
  symlinkSync(target.canaries, pair[1]);
  return whileSwapping(pair, () => again(target, async () => (
    (await runOnce(target, bundle)).includes('untouched') ? ['reads a file of the host'] : []
  )));
}

attackTests(16, { needs: ['gcc'], attacks: {
  'what is made at a link': makeByLinks,
  'a tmpfs that begins with what a link leads to': copyFromLink,
  'a tmpfs that begins with a directory that is swapped': copyFromSwapped,
} });
