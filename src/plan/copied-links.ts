// crun's mount option `copy-symlink`: in place of a mount, a symbolic link like the source.

import type { Mount } from '../config/types.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { branch, call, close, fail, jump, mark, newLabel, newSlot, reserve } from './draft.ts';
import { openTarget } from './mount-targets.ts';
import type { Value } from './operation.ts';
import { splitPath } from './paths.ts';

/** Makes a symbolic link at a mount's destination; one that is there already must hold the same. */
export function copyLink(draft: CreateDraft, mount: Mount, content: string): void {
  const components = splitPath(mount.destination);
  const name = { text: components.pop() ?? '' };
  openTarget(draft, `/${components.join('/')}`, 'directory');
  const directory: Value = { slot: draft.target };
  const made = newLabel(draft, 'made');
  call(draft, 'symlinkat', [{ text: content }, directory, name], { tolerate: [errno.EEXIST], success: made });
  requireSameLink(draft, { directory, name }, content);
  mark(draft, made);
  close(draft, directory);
}

function requireSameLink(draft: CreateDraft, link: { directory: Value; name: Value }, content: string): void {
  const bytes = new TextEncoder().encode(content);
  const length = newSlot(draft);
  // One byte more than is wanted, to see that there is more.
  const found = reserve(draft, bytes.length + 1);
  const different = newLabel(draft, 'different');
  const same = newLabel(draft, 'same');
  const args = [link.directory, link.name, { memory: found }, bytes.length + 1];
  const on = [{ errno: errno.EINVAL, to: different }];
  call(draft, 'readlinkat', args, { result: length, on });
  branch(draft, { slot: length }, { test: 'not_equal', operand: bytes.length, to: different });
  for (let i = 0; i < bytes.length; i++) {
    branch(draft, { load: found + i, size: 1 }, { test: 'not_equal', operand: bytes[i] as number, to: different });
  }
  jump(draft, same);
  mark(draft, different);
  fail(draft, errno.EEXIST);
  mark(draft, same);
}
