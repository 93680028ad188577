// Where a mount goes: the target's descriptor, made when missing, and what must not be covered. The rules for /proc are
// runc's (checkProcMount): a path that config/rules/mounts.ts could judge by its letters has been judged there.

import { COVERABLE_PROC_FILES } from '../config/rules/mounts.ts';
import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { branch, call, fail, mark, newLabel } from './draft.ts';
import type { Slot, Value } from './operation.ts';
import { openInRoot, openOrMake, pathInRoot, splitPath } from './paths.ts';

/** Opens the target of a mount in `draft.target`, making it when missing: then `missing` is set to 1. */
export function openTarget(
  draft: CreateDraft,
  destination: string,
  kind: 'directory' | 'file',
  missing?: Slot,
): void {
  const components = splitPath(destination);
  openOrMake(draft, { slot: draft.root }, {
    components,
    kind,
    result: draft.target,
    parent: draft.parent,
    missing,
    repeatable: true,
  });
  if (!COVERABLE_PROC_FILES.has(components.join('/'))) refuseTarget(draft, destination, [L.PROC_SUPER_MAGIC]);
}

/** The target of a procfs or a sysfs, which is to be where the container looks for it: a link of the image must not
 * move it elsewhere (CVE-2019-19921, CVE-2023-27561). */
export function openOrdinaryDirectory(draft: CreateDraft, destination: string, type: string): void {
  const reasons = [{ errno: errno.ENOTDIR, text: `filesystem "${type}" must be mounted on ordinary directory` }];
  openOrMake(draft, { slot: draft.root }, {
    components: splitPath(destination),
    kind: 'directory',
    nofollow: true,
    result: draft.target,
    parent: draft.parent,
    reasons,
    repeatable: true,
  });
}

/** A target that is not followed when it is a symbolic link; it is not made (crun's `dest-nofollow`). */
export function openTargetItself(draft: CreateDraft, destination: string): void {
  openInRoot(draft, { slot: draft.root }, { path: pathInRoot(destination), nofollow: true, result: draft.target });
  refuseTarget(draft, destination, [L.PROC_SUPER_MAGIC, L.SYSFS_MAGIC, L.DEVPTS_SUPER_MAGIC]);
}

/** Fails when the target is on one of these file systems, whatever links the path went through. */
function refuseTarget(draft: CreateDraft, destination: string, magics: readonly number[]): void {
  const allowed = newLabel(draft, 'allowed');
  const refused = newLabel(draft, 'refused');
  const type = fileSystemOf(draft, { slot: draft.target });
  for (let i = 1; i < magics.length; i++) {
    branch(draft, type, { test: 'equal', operand: magics[i] as number, to: refused });
  }
  branch(draft, type, { test: 'not_equal', operand: magics[0] as number, to: allowed });
  if (magics.length > 1) mark(draft, refused);
  const where = magics.length > 1 ? 'a file system of the kernel\'s' : '/proc';
  fail(draft, errno.EPERM, `cannot ${draft.action}: ${JSON.stringify(destination)} cannot be mounted because it is `
    + `inside ${where}`);
  mark(draft, allowed);
}

/** Only a procfs may be bound over /proc. The words are runc's. */
export function requireProcfs(draft: CreateDraft, destination: string): void {
  const right = newLabel(draft, 'procfs');
  const type = fileSystemOf(draft, { slot: draft.tree });
  branch(draft, type, { test: 'equal', operand: L.PROC_SUPER_MAGIC, to: right });
  fail(draft, errno.EPERM, `cannot ${draft.action}: ${JSON.stringify(destination)} cannot be mounted because it is `
    + 'not of type proc');
  mark(draft, right);
}

/** statfs(2): f_type comes first. */
function fileSystemOf(draft: CreateDraft, descriptor: Value): Value {
  call(draft, 'fstatfs', [descriptor, { memory: draft.statx }]);
  return { load: draft.statx, size: 8 };
}
