// Images that have files where a runtime makes devices, runs hooks and lets a service say that it is ready (classes 14
// and 16, beside image-links.test.ts): what is at these paths must be neither changed nor executed on the host.

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hooks } from '../../src/config/types.ts';
import { attackTests, type Target } from '../support/attacks/attack.ts';
import { runOnce } from '../support/attacks/hostile.ts';
import { writeConfig } from '../support/bundle.ts';

/** A device with a mode and an owner, at a link to a file of the host's: the harness sees what has become of that. */
async function ownDevices(target: Target): Promise<string[]> {
  for (const link of [join(target.canaries, 'file'), `../../../../../../../..${target.canaries}/file`]) {
    const bundle = target.bundle({
      args: ['true'],
      mutate: (spec) => {
        spec.root.readonly = false;
        spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev');
        spec.linux.devices = [{ path: '/dev/thing', type: 'c', major: 1, minor: 3, fileMode: 0o666, uid: 77, gid: 77 }];
      },
    });
    mkdirSync(join(bundle.rootfs, 'dev'), { recursive: true });
    symlinkSync(link, join(bundle.rootfs, 'dev/thing'));
    await runOnce(target, bundle);
  }
  return [];
}

const moments: readonly (keyof Hooks)[] = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'];

/** A hook of the host's, at whose path the image has a program: which sees the host when it is executed as the hook. */
async function replaceHooks(target: Target): Promise<string[]> {
  const gains: string[] = [];
  for (const moment of moments) {
    const bundle = target.bundle({ args: ['true'] });
    const hook = join(bundle.directory, 'hook');
    const script = (name: string): string => `#!/bin/sh\ntouch ${bundle.directory}/${name}\n`;
    const inImage = join(bundle.rootfs, hook);
    mkdirSync(dirname(inImage), { recursive: true });
    for (const [path, text] of [[hook, script('right')], [inImage, script('wrong')]] as const) {
      writeFileSync(path, text);
      chmodSync(path, 0o755);
    }
    bundle.spec.root.readonly = false;
    bundle.spec.hooks = { [moment]: [{ path: hook }] };
    writeConfig(bundle);
    await runOnce(target, bundle);
    const places = [bundle.directory, dirname(inImage)];
    if (places.some((place) => existsSync(join(place, 'wrong')))) gains.push(`is executed as a ${moment} hook`);
    if (!existsSync(join(bundle.directory, 'right'))) gains.push(`keeps the ${moment} hook from being executed`);
  }
  return gains;
}

attackTests(14, {
  outcomes: { runc: { verdict: 'withstands', note: '' } },
  attacks: { 'a file at a device': ownDevices, 'a program at the path of a hook': replaceHooks },
});

/** The directory for the socket is made in the image, whose /run leads elsewhere. */
async function notifyByLink(target: Target): Promise<string[]> {
  const directory = join(target.canaries, 'directory');
  const gains: string[] = [];
  for (const link of [directory, `../../../../../../../..${directory}`]) {
    const bundle = target.bundle({ args: ['true'], mutate: (spec) => void (spec.root.readonly = false) });
    rmSync(join(bundle.rootfs, 'run'), { recursive: true, force: true });
    symlinkSync(link, join(bundle.rootfs, 'run'));
    const env = { ...process.env, NOTIFY_SOCKET: join(bundle.directory, 'socket') } as Record<string, string>;
    const output = join(bundle.directory, 'output');
    await target.run(['create', '--bundle', bundle.directory, bundle.id], { env, output });
    await target.run(['delete', '--force', bundle.id]);
    for (const name of readdirSync(directory)) {
      rmSync(join(directory, name), { recursive: true });
      gains.push(`makes ${name} on the host`);
    }
  }
  return gains;
}

attackTests(16, { attacks: { 'a link at the place of the socket to say that it is ready by': notifyByLink } });
