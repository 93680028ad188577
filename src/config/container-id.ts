// Container ids: what may be one. Knows nothing of which exist.

import { NuncError } from '../error.ts';

declare const containerIdBrand: unique symbol;

/** A container id that was checked: safe as a file name and as a cgroup's name. */
export type ContainerId = string & { readonly [containerIdBrand]: true };

/** A cgroup or state directory's name could be no longer than 255 bytes anyway, but runc sets no limit and takes what
 * the file system takes; this one only keeps messages and paths sane. */
const MAX_LENGTH = 1024;

/**
 * Checks a container id with runc's rules: letters, digits, `_`, `+`, `.` and `-`, neither `.` nor `..`.
 *
 * @throws NuncError (usage): `invalid container id "…": …`.
 */
export function parseContainerId(text: string): ContainerId {
  const reason = invalidReason(text);
  if (reason !== undefined) throw new NuncError('usage', `invalid container id ${quote(text)}: ${reason}`);
  return text as ContainerId;
}

/** The same for an id that is to be taken: nobody could name `-x` to a command but behind `--`. Where one is in use
 * already, as runc's, it can still be named.
 *
 * @throws NuncError (usage) */
export function parseNewContainerId(text: string): ContainerId {
  if (!text.startsWith('-')) return parseContainerId(text);
  throw new NuncError('usage', `invalid container id ${quote(text)}: it begins as an option does`);
}

function invalidReason(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text === '.' || text === '..') return 'it is the name of a directory';
  if (text.length > MAX_LENGTH) return `it has ${text.length} characters, at most ${MAX_LENGTH} are allowed`;
  const wrong = /[^A-Za-z0-9_+.-]/u.exec(text);
  if (wrong === null) return undefined;
  return `${JSON.stringify(wrong[0])} is not one of A-Z a-z 0-9 _ + . -`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
