// From a report of the init to a message: which operation failed, on what, and why.

import { NuncError } from '../error.ts';
import { errno, errnoMessage } from '../linux/errno.ts';
import type { Reason } from '../plan/operation.ts';

/** Why an init has failed: the kernel has no memory for it, or somebody has killed it. A limit can be behind both. */
export type InitFailure = 'memory' | 'killed' | 'other';

/** What stopped an init on its way. */
export class InitError extends NuncError {
  readonly reason: InitFailure;

  constructor(message: string, reason: InitFailure = 'other') {
    super('syscall', message);
    this.reason = reason;
  }
}

/** The init has met a symbolic link that leads nowhere on its way to a mount's target: the create can be tried again
 * with a plan that lets the runtime make the targets. Everything is undone as after any failure. */
export class DanglingLinkError extends InitError {}

/** What must be known of an operation to tell its failure; a subset of a plan's operation, kept in the state file for
 * those that run after create has ended. */
export interface OperationStory {
  readonly kind: string;
  readonly origin: string;
  readonly action: string;
  readonly message?: string;
  readonly reasons?: readonly Reason[];
  readonly mayDangle?: boolean;
}

interface FailedOperation {
  readonly story: OperationStory;
  readonly index: number;
  readonly total: number;
  readonly errno: number;
}

/** `cannot <action>: <reason> (operation i of n: <kind>, <json pointer>)`; engines match on the reason's words. */
export function describeFailure(failed: FailedOperation): InitError {
  const { story, index, total } = failed;
  const where = `(operation ${index + 1} of ${total}: ${story.kind}${story.origin === '' ? '' : `, ${story.origin}`})`;
  const message = `${describeReason(story, failed.errno)} ${where}`;
  const dangles = story.mayDangle === true && failed.errno === errno.ENOENT;
  if (dangles) return new DanglingLinkError(message);
  return new InitError(message, failed.errno === errno.ENOMEM ? 'memory' : 'other');
}

function describeReason(story: OperationStory, reason: number): string {
  if (story.message !== undefined) return story.message;
  // An action that begins with "exec: " is worded as Go's os/exec words it.
  const subject = story.action.startsWith('exec: ') ? story.action : `cannot ${story.action}`;
  const known = story.reasons?.find((one) => one.errno === reason)?.text;
  return `${subject}: ${known ?? errnoMessage(reason)}`;
}
