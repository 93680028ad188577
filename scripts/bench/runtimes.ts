// The runtimes, their bundles, and how each command is called: all three alike, as a manager would.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { configTemplate } from '../../src/config/template.ts';
import type { RuntimeName } from './results.ts';

export interface Runtime {
  readonly name: RuntimeName;
  /** First line of `--version`. */
  readonly version: string;
  /** The command line up to the command. */
  readonly call: readonly string[];
  /** Bundles by what their process does. */
  readonly bundles: { readonly true: string; readonly sleep: string };
  readonly pidFile: string;
}

interface Surroundings {
  readonly directory: string;
  /** The cgroup that the containers' cgroups are made in. */
  readonly cgroup: string;
  readonly cgroups: 'v1' | 'v2';
}

/** Debian's places, and where one builds to. */
const SEARCH = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** @throws Error when no such program is installed */
export function findProgram(name: string): string {
  const found = SEARCH.map((directory) => `${directory}/${name}`).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed; --runtimes chooses among those that are`);
  return found;
}

/** Makes a busybox root file system of two programs. */
export function makeRootfs(rootfs: string, busybox: string): void {
  for (const directory of ['bin', 'dev', 'proc', 'sys']) mkdirSync(`${rootfs}/${directory}`, { recursive: true });
  copyFileSync(busybox, `${rootfs}/bin/busybox`);
  symlinkSync('busybox', `${rootfs}/bin/true`);
  symlinkSync('busybox', `${rootfs}/bin/sleep`);
}

/** Makes a runtime's bundles and says how to call it. The root file system in `directory` is shared by all. */
export function prepareRuntime(name: RuntimeName, executable: string, surroundings: Surroundings): Runtime {
  const own = `${surroundings.directory}/${name}`;
  const bundles = { true: `${own}/true`, sleep: `${own}/sleep` };
  makeBundle(bundles.true, ['/bin/true'], { name, ...surroundings });
  makeBundle(bundles.sleep, ['/bin/sleep', '1000000'], { name, ...surroundings });
  return {
    name,
    version: execFileSync(executable, ['--version'], { encoding: 'utf8' }).split('\n', 1)[0] ?? '',
    call: [executable, '--root', `${own}/state`],
    bundles,
    pidFile: `${own}/pid`,
  };
}

/** Makes the file that is nunc's container of `true`. @returns its path */
export function compileTrue({ call: [executable = ''], bundles }: Runtime): string {
  const file = `${bundles.true}/compiled`;
  execFileSync(executable, ['compile', '--bundle', bundles.true, '--output', file]);
  return file;
}

function makeBundle(bundle: string, args: string[], options: Surroundings & { name: string }): void {
  const spec = configTemplate({ rootless: false, uid: 0, gid: 0, cgroup2: options.cgroups === 'v2' });
  const config = {
    ...spec,
    // crun 1.8 refuses 1.3.0; nothing here is newer than this.
    ociVersion: '1.0.2',
    process: { ...spec.process, args, terminal: false },
    root: { ...spec.root, path: `${options.directory}/rootfs` },
    linux: { ...spec.linux, cgroupsPath: `${options.cgroup}/${options.name}` },
  };
  mkdirSync(bundle, { recursive: true });
  writeFileSync(`${bundle}/config.json`, JSON.stringify(config, undefined, '\t'));
}
