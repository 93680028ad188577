// Files of procfs that the plan writes to. They are reached through a procfs of the plan's own that is mounted nowhere:
// a container can't have put another one, or anything else, in its place (CVE-2019-16884, CVE-2025-52881).

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { ProcessDraft } from './create-draft.ts';
import {
  branch, byteLength, call, close, fail, HERE, jump, mark, newLabel, newSlot, reserve, tell,
} from './draft.ts';
import type { Address, Call, Value } from './operation.ts';

/** struct statfs. */
const STATFS_SIZE = 120;

/** The first property that has something written to procfs. */
function originOf({ input: { spec } }: ProcessDraft): string | undefined {
  const { process, linux } = spec;
  if (isSet(process?.apparmorProfile)) return '/process/apparmorProfile';
  if (isSet(process?.selinuxLabel)) return '/process/selinuxLabel';
  return Object.keys(linux?.sysctl ?? {}).length > 0 ? '/linux/sysctl' : undefined;
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

/**
 * Stage 0: the host's procfs, which nobody in a container can have tampered with, for where a new one can't be mounted:
 * in a user namespace that does not own its pid namespace, or that sees only parts of a procfs (mount_namespaces(7)).
 */
export function openHostProcfs(draft: ProcessDraft): void {
  const origin = originOf(draft);
  if (origin === undefined) return;
  const procfs = newSlot(draft);
  const genuine = newLabel(draft, 'procfs');
  const statfs = reserve(draft, STATFS_SIZE);
  tell(draft, origin, 'open the host\'s procfs');
  call(draft, 'openat', [HERE, { text: '/proc' }, L.O_PATH | L.O_DIRECTORY | L.O_CLOEXEC], { result: procfs });
  call(draft, 'fstatfs', [{ slot: procfs }, { memory: statfs }]);
  branch(draft, { load: statfs, size: 8 }, { test: 'equal', operand: L.PROC_SUPER_MAGIC, to: genuine });
  fail(draft, errno.ENODEV);
  mark(draft, genuine);
  draft.hostProcfs = procfs;
}

/** A procfs to write to, in which /proc/self is the calling process; undefined when nothing is to be written. */
export function openProcfs(draft: ProcessDraft): Value | undefined {
  const { hostProcfs } = draft;
  if (hostProcfs === undefined) return undefined;
  const result = newSlot(draft);
  const [denied, done] = [newLabel(draft, 'denied'), newLabel(draft, 'mounted')];
  const on = [{ errno: errno.EPERM, to: denied }];
  const context: Value = { slot: draft.context };
  tell(draft, originOf(draft) ?? '', 'mount a private procfs');
  call(draft, 'fsopen', [{ text: 'proc' }, L.FSOPEN_CLOEXEC], { result: draft.context, on });
  call(draft, 'fsconfig', [context, L.FSCONFIG_CMD_CREATE, 0, 0, 0], { on });
  call(draft, 'fsmount', [context, L.FSMOUNT_CLOEXEC, 0], { result, on });
  close(draft, context);
  jump(draft, done);
  mark(draft, denied);
  call(draft, 'dup', [{ slot: hostProcfs }], { result });
  mark(draft, done);
  return { slot: result };
}

// Nothing that is mounted over a file of the host's procfs is used in its place.
const HOW_WRITE: Address = { words: [L.O_WRONLY | L.O_CLOEXEC, 0, L.RESOLVE_NO_XDEV | L.RESOLVE_NO_MAGICLINKS] };

interface Content {
  readonly path: string;
  readonly content: string;
}

/** Writes a string to a file of a procfs in one write(2). */
export function writeProcfs(
  draft: ProcessDraft,
  procfs: Value,
  { path, content, on }: Content & Pick<Call, 'on'>,
): void {
  const file: Value = { slot: draft.target };
  call(draft, 'openat2', [procfs, { text: path }, HOW_WRITE, L.OPEN_HOW_SIZE], { result: draft.target });
  call(draft, 'write', [file, { text: content }, byteLength(content)], on === undefined ? {} : { on });
  close(draft, file);
}
