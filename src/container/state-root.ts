// Whose the state directory is. Knows nothing of what is in it.

import { lstatSync, type Stats } from 'node:fs';
import { NuncError, reasonOf } from '../error.ts';

/** Whoever owns the directory decides which processes are killed and which cgroups are removed. Root obeys whom it
 * trusts with --root. @throws NuncError */
export function verifyRoot(root: string): void {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return;
  const status = lookAt(root);
  if (status === undefined) return;
  if (status.isDirectory() && status.uid === uid) return;
  throw refused(root, status.isDirectory() ? `it is uid ${status.uid}'s, not uid ${uid}'s` : 'it is not a directory');
}

function lookAt(root: string): Stats | undefined {
  try {
    return lstatSync(root, { throwIfNoEntry: false });
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
