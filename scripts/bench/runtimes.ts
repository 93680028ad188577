// The runtimes and how each command is called: all three alike, as a manager would.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import type { RuntimeName } from './results.ts';

export interface Runtime {
  readonly name: RuntimeName;
  /** First line of `--version`, and the commit in it. */
  readonly version: string;
  readonly commit: string | undefined;
  /** The command line up to the command. */
  readonly call: readonly string[];
  /** Its part of the benchmark's directory. */
  readonly directory: string;
  /** The cgroup that its containers' cgroups are made in. */
  readonly cgroup: string;
  readonly pidFile: string;
}

interface Surroundings {
  readonly directory: string;
  readonly cgroup: string;
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

/** Says how to call a runtime, with a state directory of its own below `directory`. */
export function prepareRuntime(name: RuntimeName, executable: string, { directory, cgroup }: Surroundings): Runtime {
  const own = `${directory}/${name}`;
  const version = execFileSync(executable, ['--version'], { encoding: 'utf8' });
  return {
    name,
    version: version.split('\n', 1)[0] ?? '',
    commit: /^commit: (\S+)$/m.exec(version)?.[1],
    call: [executable, '--root', `${own}/state`],
    directory: own,
    cgroup: `${cgroup}/${name}`,
    pidFile: `${own}/pid`,
  };
}
