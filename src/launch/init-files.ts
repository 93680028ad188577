// Answers the init's requests that are about files: copies into a tmpfs, and targets of mounts behind dangling links.

import { closeSync } from 'node:fs';
import { namespaceSource } from '../config/rules/namespaces.ts';
import type { Mount, Spec } from '../config/types.ts';
import { messageOf, NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { describeMount } from '../plan/mounts.ts';
import type { WantedTarget } from '../plan/paths.ts';
import { type Rights, withContainerRights } from './container-rights.ts';
import { copyTree } from './copy-tree.ts';
import { makeTarget } from './make-target.ts';
import type { InitRequest, RequestHandlers } from './rendezvous.ts';

/** Who serves them, for a container; `targets` are those of its plan. */
export function fileHandlers(ffi: Ffi, spec: Spec, targets: readonly WantedTarget[]): RequestHandlers {
  const inUserNamespace = namespaceSource(spec, 'user') !== 'inherited';
  const withRights = (pid: number, act: (rights: Rights) => void): void => {
    withContainerRights(ffi, inUserNamespace ? pid : undefined, act);
  };
  return {
    'copy-up': (asked) => {
      copyUp(spec.mounts?.[asked.value], asked, (ends) => {
        withRights(asked.pid, (rights) => { copyTree(ffi, ends, rights); });
      });
    },
    'mount-target': (asked) => {
      const target = targets[asked.value];
      if (target === undefined) throw new NuncError('syscall', `cannot make target ${asked.value}: nobody wants it`);
      withRoot(asked, (root) => {
        withRights(asked.pid, (rights) => { makeTarget(ffi, root, { target, rights }); });
      });
    },
  };
}

/** The channel has the tmpfs' root, then the directory below it. */
function copyUp(
  mount: Mount | undefined,
  asked: InitRequest,
  copy: (ends: { from: number; to: number }) => void,
): void {
  const to = asked.receive();
  try {
    const from = asked.receive();
    try {
      copy({ from, to });
    } finally {
      closeSync(from);
    }
  } catch (cause) {
    const action = mount === undefined ? 'fill a tmpfs' : describeMount(mount);
    throw new NuncError('syscall', `cannot ${action}: ${messageOf(cause)} (/mounts/${asked.value})`, {
      cause, code: 'E_MOUNT', origin: `/mounts/${asked.value}`,
    });
  } finally {
    closeSync(to);
  }
}

/** The channel has the rootfs. */
function withRoot(asked: InitRequest, make: (root: number) => void): void {
  const root = asked.receive();
  // As in the init: modes are as asked for.
  const mask = process.umask(0);
  try {
    make(root);
  } finally {
    process.umask(mask);
    closeSync(root);
  }
}
