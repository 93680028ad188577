// The patience with seccomp agents: a process whose listener has been handed over can wait for one at any call. Knows
// nothing of what it does meanwhile.

import { NuncError } from '../error.ts';
import type { Ffi } from '../ffi/port.ts';
import { pollReadable } from '../ffi/system-calls.ts';

/** How long an init may take from the hand-over of its seccomp listener to the next record, and from there to its
 * execve(2), in milliseconds: what it calls in between can wait for an agent that never answers. */
const AGENT_PATIENCE = 5000;

/** Waits until a process with a seccomp listener has something to say. @throws NuncError when it takes too long */
export function awaitAgent(ffi: Ffi, report: number, purpose: string): void {
  if (pollReadable(ffi, report, AGENT_PATIENCE) !== 0) return;
  const details = { code: 'E_SECCOMP', origin: '/linux/seccomp/listenerPath' } as const;
  throw new NuncError('syscall', `cannot ${purpose}: its seccomp agent does not answer`, details);
}
