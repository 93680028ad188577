// Places and things that every manager needs: a private directory, a cgroup of its own, an image. Knows no manager.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { probeHost } from '../../src/host/probe.ts';
import { makeRootfs } from '../support/bundle.ts';

export interface Places {
  /** A directory of this manager alone, for its roots, sockets and configuration. */
  readonly directory: string;
  /** The directory's name, which is unique on the machine: for names of sockets, bridges, namespaces, … */
  readonly mark: string;
  /** The parent of the containers' cgroups, `/<mark>`. */
  readonly cgroupParent: string;
  /** Removes the directory and what is left of the cgroups: call it when all processes have ended. */
  remove(): void;
}

/** Removes empty cgroups, the innermost first; those with processes stay, and are found by nothingRemains(). */
function removeCgroups(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroups(join(path, entry.name));
  }
  try {
    rmdirSync(path);
  } catch {
    // In use.
  }
}

/** Removes what is empty below a cgroup of every hierarchy, such as a manager's default parent, which it leaves. */
export function removeEverywhere(cgroup: string): void {
  for (const { mountpoint } of probeHost().hierarchies) removeCgroups(mountpoint + cgroup);
}

/** Makes the places of a manager: `makePlaces('podman')`. Short, as the paths of Unix sockets must be. */
export function makePlaces(manager: string): Places {
  const directory = mkdtempSync(join(tmpdir(), `nunc-${manager}-`));
  const mark = basename(directory);
  const cgroupParent = `/${mark}`;
  const remove = (): void => {
    removeEverywhere(cgroupParent);
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, mark, cgroupParent, remove };
}

/** Makes the tar of a busybox root file system in a directory, for `import`. @returns its path */
export function makeImageTar(directory: string): string {
  const rootfs = join(directory, 'image-rootfs');
  const tar = join(directory, 'image.tar');
  makeRootfs(rootfs);
  execFileSync('tar', ['--numeric-owner', '--owner=0', '--group=0', '-C', rootfs, '-cf', tar, '.']);
  rmSync(rootfs, { recursive: true, force: true });
  return tar;
}
