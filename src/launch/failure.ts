// From a report of the init to a message: which operation failed, on what, and why.

import { type ErrorCode, type ErrorOptions, NuncError } from '../error.ts';
import { errno, errnoMessage, namedErrno } from '../linux/errno.ts';
import type { Reason } from '../plan/operation.ts';

/** Why an init has failed: the kernel has no memory for it, or somebody has killed it. A limit can be behind both. */
export type InitFailure = 'memory' | 'killed' | 'other';

interface InitErrorOptions extends ErrorOptions {
  readonly reason?: InitFailure;
}

/** What stopped an init on its way. */
export class InitError extends NuncError {
  readonly reason: InitFailure;

  constructor(message: string, { reason = 'other', ...options }: InitErrorOptions = {}) {
    super('syscall', message, options);
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
  /** What the kernel has said besides. */
  readonly log?: readonly string[] | undefined;
}

/** `cannot <action>: <reason> (operation i of n: <kind>, <json pointer>)`; engines match on the reason's words. */
export function describeFailure(failed: FailedOperation): InitError {
  const { story, index, total } = failed;
  const { kind, origin, action } = story;
  const where = `(operation ${index + 1} of ${total}: ${kind}${origin === '' ? '' : `, ${origin}`})`;
  const reason = [describeReason(story, failed.errno), ...failed.log ?? []].join(': ');
  const message = `${reason} ${where}`;
  const code = codeOfOperation(kind, origin);
  const details = {
    ...(code === undefined ? {} : { code }),
    operation: { index, of: total, kind, action },
    errno: namedErrno(failed.errno),
    ...(origin === '' ? {} : { origin }),
  };
  const dangles = story.mayDangle === true && failed.errno === errno.ENOENT;
  if (dangles) return new DanglingLinkError(message, details);
  return new InitError(message, { ...details, reason: failed.errno === errno.ENOMEM ? 'memory' : 'other' });
}

/** By the part of a config.json that asked for an operation. */
const CODES: readonly (readonly [origin: RegExp, code: ErrorCode])[] = [
  [/^\/process\/(args|cwd|env)/, 'E_EXEC'],
  [/^\/(mounts|root)|^\/linux\/(rootfsPropagation|maskedPaths|readonlyPaths)/, 'E_MOUNT'],
  [/^\/linux\/(cgroupsPath|resources)/, 'E_CGROUP'],
  [/^\/linux\/(namespaces|[ug]idMappings|timeOffsets)/, 'E_NAMESPACE'],
  [/^\/linux\/seccomp/, 'E_SECCOMP'],
  [/^\/linux\/netDevices/, 'E_NETWORK'],
  [/^\/hooks/, 'E_HOOK'],
];

const MOUNTING = [
  'open_tree', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr', 'mount', 'umount2',
  'pivot_root',
];
const MAKES_NAMESPACES = ['clone3', 'unshare', 'setns'];

function codeOfOperation(kind: string, origin: string): ErrorCode | undefined {
  const known = CODES.find(([pattern]) => pattern.test(origin))?.[1];
  if (known !== undefined) return known;
  if (MOUNTING.includes(kind)) return 'E_MOUNT';
  return MAKES_NAMESPACES.includes(kind) ? 'E_NAMESPACE' : undefined;
}

function describeReason(story: OperationStory, reason: number): string {
  if (story.message !== undefined) return story.message;
  // An action that begins with "exec: " is worded as Go's os/exec words it.
  const subject = story.action.startsWith('exec: ') ? story.action : `cannot ${story.action}`;
  const known = story.reasons?.find((one) => one.errno === reason)?.text;
  return `${subject}: ${known ?? errnoMessage(reason)}`;
}
