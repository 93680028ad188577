// Whose the state directory is. Knows nothing of what is in it.

import { lstatSync, type Stats, statSync } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';

const WRITABLE_FOR_ALL = 0o002;
const STICKY = 0o1000;

/** Whoever owns the directory decides which processes are killed and which cgroups are removed, and so does whoever may
 * replace what is in it. Root obeys whom it trusts with --root. @throws NuncError */
export function verifyRoot(root: string): void {
  const uid = process.geteuid?.() ?? 0;
  const status = lookAt(root, uid === 0 ? statSync : lstatSync);
  if (status === undefined) return;
  // Without the sticky bit everybody may rename and remove what others have made (inode(7)).
  const isOpen = (status.mode & (WRITABLE_FOR_ALL | STICKY)) === WRITABLE_FOR_ALL;
  if (status.isDirectory() && isOpen) throw refused(root, 'everybody may write to it');
  if (uid === 0) return;
  if (status.isDirectory() && status.uid === uid) return;
  throw refused(root, status.isDirectory() ? `it is uid ${status.uid}'s, not uid ${uid}'s` : 'it is not a directory');
}

/** @param look whether links are followed */
function lookAt(root: string, look: typeof statSync): Stats | undefined {
  try {
    return look(root, { throwIfNoEntry: false });
  } catch (cause) {
    throw refused(root, reasonOf(cause), cause);
  }
}

function refused(...[root, reason, cause]: [root: string, reason: string, cause?: unknown]): NuncError {
  const message = `cannot use the state directory ${JSON.stringify(root)}: ${reason}`;
  return new NuncError('state', message, { cause, code: 'E_PERMISSION', hint: rootHint() });
}

/** An ordinary user who has no XDG_RUNTIME_DIR ends up in root's directory. */
export function rootHint(): string | undefined {
  if (process.geteuid?.() === 0 || process.env['XDG_RUNTIME_DIR']) return undefined;
  return 'XDG_RUNTIME_DIR is not set, nor is --root given';
}
