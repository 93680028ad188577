// What CRIU finds of a container's file systems when it restores it: the rootfs as a mount, which it wants, with the
// directories and files in it that are to be mounted over. Runs in a mount namespace that goes when CRIU has ended.

import { closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import type { Mount } from '../config/types.ts';
import type { Ffi } from '../ffi/port.ts';
import { withContainerRights } from '../launch/container-rights.ts';
import { makeTarget } from '../launch/make-target.ts';
import { bindTree } from '../launch/private-mounts.ts';
import { bindSource } from '../plan/mounts.ts';
import { splitPath } from '../plan/paths.ts';
import { resolveInside } from './external.ts';
import type { PreparedBundle } from './prepare.ts';
import { type ContainerPlace, criuRootOf } from './store.ts';

/** @returns where the rootfs is mounted */
export function mountRootfs(ffi: Ffi, place: ContainerPlace, { rootfs }: PreparedBundle): string {
  const root = criuRootOf(place);
  mkdirSync(root, { mode: 0o700 });
  bindTree(ffi, rootfs, root);
  return root;
}

/** Makes what is missing in the rootfs of what is mounted over. Bind mounts are mounted, for those within them. */
export function makeMountTargets(ffi: Ffi, { spec, mountOptions, rootfs, bundle }: PreparedBundle): void {
  const { mounts = [] } = spec;
  const filled: string[] = [];
  const mask = process.umask(0);
  try {
    mounts.forEach((mount, i) => {
      const path = `/${splitPath(mount.destination).join('/')}`;
      // What is in a new file system CRIU makes, or it is there.
      if (mountOptions[i]?.remount === true || filled.some((other) => path.startsWith(`${other}/`))) return;
      if (mountOptions[i]?.bind !== true) filled.push(path);
      makeOne(ffi, { mount, rootfs, source: mountOptions[i]?.bind === true ? bindSource(mount, bundle) : undefined });
    });
  } finally {
    process.umask(mask);
  }
}

interface Target {
  readonly mount: Mount;
  readonly rootfs: string;
  /** Of a bind mount. */
  readonly source: string | undefined;
}

function makeOne(ffi: Ffi, { mount, rootfs, source }: Target): void {
  const kind = source === undefined || statSync(source).isDirectory() ? 'directory' : 'file';
  const root = openSync(rootfs, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const target = { components: splitPath(mount.destination), kind } as const;
    withContainerRights(ffi, undefined, (rights) => { makeTarget(ffi, root, { target, rights }); });
  } finally {
    closeSync(root);
  }
  if (source !== undefined) bindTree(ffi, source, resolveInside(rootfs, mount.destination).path);
}
