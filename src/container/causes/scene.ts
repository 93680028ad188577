// Where a failure happened, for whoever looks for what is behind it afterwards; and the door to that search, which is
// loaded only then. Nothing here costs a command that succeeds.

import type { Spec } from '../../config/types.ts';
import { NuncError } from '../../error.ts';
import type { Ffi } from '../../ffi/port.ts';

export interface Scene {
  readonly spec: Spec;
  readonly bundle: string;
  /** What a container that is not there any more has been made of, or the root of one that is. */
  readonly rootfs: string;
  /** Whether `rootfs` shows the mounts of the container. */
  readonly isLive: boolean;
}

/**
 * Adds to an error what may be behind it.
 *
 * @param scene called only when there is something to look for
 * @returns the error to report
 */
export async function explained(ffi: Ffi, error: unknown, scene: () => Scene): Promise<unknown> {
  if (!(error instanceof NuncError) || error.hint !== undefined) return error;
  if (error.kind !== 'syscall' && error.kind !== 'host') return error;
  try {
    const { findHint } = await import('./find-hint.ts');
    const hint = findHint(ffi, error, scene());
    if (hint === undefined) return error;
    const { kind, message, exitStatus } = error;
    return new NuncError(kind, message, { cause: error, exitStatus, hint });
  } catch {
    // What has failed is to be reported whatever becomes of the search.
    return error;
  }
}
