// From a report of the init to a message: which operation failed, on what, and why.

import { NuncError } from '../error.ts';
import { errnoMessage } from '../linux/errno.ts';

/** What must be known of an operation to tell its failure; a subset of a plan's operation, kept in the state file for
 * those that run after create has ended. */
export interface OperationStory {
  readonly kind: string;
  readonly origin: string;
  readonly action: string;
  readonly message?: string;
}

interface FailedOperation {
  readonly story: OperationStory;
  readonly index: number;
  readonly total: number;
  readonly errno: number;
}

/** `cannot <action>: <reason> (operation i of n: <kind>, <json pointer>)`; engines match on the reason's words. */
export function describeFailure(failed: FailedOperation): NuncError {
  const { story, index, total } = failed;
  const where = `(operation ${index + 1} of ${total}: ${story.kind}${story.origin === '' ? '' : `, ${story.origin}`})`;
  return new NuncError('syscall', `${describeReason(story, failed.errno)} ${where}`);
}

function describeReason(story: OperationStory, errno: number): string {
  if (story.message !== undefined) return story.message;
  // An action that begins with "exec: " is worded as Go's os/exec words it.
  const subject = story.action.startsWith('exec: ') ? story.action : `cannot ${story.action}`;
  return `${subject}: ${errnoMessage(errno)}`;
}
