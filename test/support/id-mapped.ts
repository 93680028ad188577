// Asks the kernel which file systems can have their ids mapped here: it knows by type, and newer ones know more.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileCall, nameOf } from '../../src/ffi/file-calls.ts';
import { openFfi } from '../../src/ffi/napi.ts';
import { probeHost } from '../../src/host/probe.ts';
import { openIdMapNamespaces } from '../../src/launch/user-namespace.ts';
import * as L from '../../src/linux/constants.ts';

/** Whether the ids of a mount of the file system that `path` is on can be mapped. */
function canMapIds(path: string): boolean {
  const ffi = openFfi();
  const opened: number[] = [];
  try {
    const maps = [{ uids: '0 1 1\n', gids: '0 1 1\n', origin: '' }];
    const [namespace = -1] = openIdMapNamespaces(ffi, maps, { facts: probeHost(), opened });
    const tree = fileCall(ffi, 'open_tree', L.AT_FDCWD, nameOf(path), L.OPEN_TREE_CLONE | L.OPEN_TREE_CLOEXEC);
    if (tree < 0) return false;
    opened.push(tree);
    const attributes = new BigUint64Array([BigInt(L.MOUNT_ATTR_IDMAP), 0n, 0n, BigInt(namespace)]);
    const bytes = new Uint8Array(attributes.buffer);
    return fileCall(ffi, 'mount_setattr', tree, nameOf(''), L.AT_EMPTY_PATH, bytes, L.MOUNT_ATTR_SIZE) === 0;
  } catch {
    return false;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** That of the directory where bundles are made. */
export function canMapIdsOfBundles(): boolean {
  return canMapIds(tmpdir());
}

/** A tmpfs, since Linux 6.3. */
export function canMapIdsOfTmpfs(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-idmap-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
    try {
      return canMapIds(directory);
    } finally {
      execFileSync('umount', [directory]);
    }
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
