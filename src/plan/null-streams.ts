// Standard streams that are the host's /dev/null become the container's: through its descriptor the container's root
// could change the host's device file, and a checkpoint can save only files that are in the container.

import * as L from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import type { CreateDraft } from './create-draft.ts';
import { deviceOf } from './devices.ts';
import { branch, call, close, EMPTY, mark, newLabel, newSlot, tell } from './draft.ts';
import type { Label, Value } from './operation.ts';
import { howInRoot, openInRoot, resolveInRoot } from './paths.ts';

const HOW_NULL = howInRoot(L.O_RDWR | L.O_NOFOLLOW | L.O_NOCTTY);

/** A container may have no /dev/null, or one that can't be opened: then the streams stay what they are. */
const ABSENT = [
  errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENXIO, errno.EROFS,
] as const;

/** The devices must be made, the root be the container's. */
export function planNullStreams(draft: CreateDraft): void {
  // Those that a file which is the container will have are not known before it runs.
  const streams = draft.input.standalone === true ? [0, 1, 2] : draft.input.nullStreams ?? [];
  if (streams.length === 0) return;
  const [absent, other] = [newLabel(draft, 'absent'), newLabel(draft, 'other')];
  const unlike = newLabel(draft, 'unlike');
  const on = ABSENT.map((number) => ({ errno: number, to: absent }));
  const opened = newSlot(draft);
  tell(draft, '', 'open the container\'s "/dev/null" for standard streams');
  openInRoot(draft, { slot: draft.root }, { path: 'dev/null', nofollow: true, result: draft.target, on });
  skipOtherFiles(draft, { slot: draft.target }, other);
  const path = { text: 'dev/null' };
  resolveInRoot(draft, [{ slot: draft.root }, path, HOW_NULL, L.OPEN_HOW_SIZE], {
    result: opened,
    on: ABSENT.map((number) => ({ errno: number, to: other })),
  });
  // Once more: who shares the image may have put something else there meanwhile.
  skipOtherFiles(draft, { slot: opened }, unlike);
  for (const stream of streams) planReplace(draft, stream, { slot: opened });
  mark(draft, unlike);
  close(draft, { slot: opened });
  mark(draft, other);
  close(draft, { slot: draft.target });
  mark(draft, absent);
}

function planReplace(draft: CreateDraft, stream: number, opened: Value): void {
  const kept = newLabel(draft, 'kept');
  if (draft.input.standalone === true) skipOtherFiles(draft, stream, kept);
  call(draft, 'dup3', [opened, stream, 0]);
  if (draft.input.standalone === true) mark(draft, kept);
}

/** An image's own file is not opened unless it is the device. */
function skipOtherFiles(draft: CreateDraft, file: Value, other: Label): void {
  call(draft, 'statx', [file, EMPTY, L.AT_EMPTY_PATH, L.STATX_TYPE, { memory: draft.statx }]);
  const mode = { load: draft.statx + L.STATX_OFFSET.mode, size: 2 } as const;
  branch(draft, mode, { mask: L.S_IFMT, test: 'not_equal', operand: L.S_IFCHR, to: other });
  branch(draft, deviceOf(draft), { test: 'not_equal', operand: 3 * 0x1_0000_0000 + 1, to: other });
}
