// What the supervisor tells a person: lines on standard error that begin with its name.

import { errno } from '../../linux/errno.ts';
import { byteLength, call, reserve, set } from '../draft.ts';
import type { Slot, Value } from '../operation.ts';
import type { SupervisorDraft } from './draft.ts';

/** A text that is known, or the address and the length of one. */
type Piece = string | readonly [address: Value, length: Value];

const STANDARD_ERROR = 2;
/** struct iovec. */
const IOVEC_SIZE = 16;

const UNHEARD = [errno.EPIPE, errno.EBADF, errno.EIO, errno.ENOSPC, errno.EAGAIN, errno.EINVAL, errno.EFBIG];

/** Writes the pieces at once, behind the name. Whether anybody hears it is no matter. */
export function say(draft: SupervisorDraft, pieces: readonly Piece[]): void {
  const all: readonly Piece[] = [`${draft.input.name}: `, ...pieces];
  const vector = reserve(draft, all.length * IOVEC_SIZE);
  for (const [index, piece] of all.entries()) {
    const [address, length] = typeof piece === 'string' ? [{ text: piece }, byteLength(piece)] : piece;
    set(draft, (vector + index * IOVEC_SIZE) as Slot, address);
    set(draft, (vector + index * IOVEC_SIZE + 8) as Slot, length);
  }
  call(draft, 'writev', [STANDARD_ERROR, { memory: vector }, all.length], { tolerate: UNHEARD });
}
